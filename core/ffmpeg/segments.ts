/**
 * Segments of a stream: fragmented MP4 with a head of its own (CMAF), which HLS and DASH both play.
 * Muxer: https://ffmpeg.org/ffmpeg-formats.html#hls-2
 */
import { renditionFiles } from '../media/rendition.ts';
import { type Rational, rationalValue } from '../media/probe.ts';
import { fileArgument } from './hardened.ts';

export interface Cuts {
  /** Pictures from one key frame to the next. */
  readonly gopFrames: number;
  /** A whole number of those groups. */
  readonly segmentFrames: number;
  /** Of a segment. */
  readonly seconds: number;
}

/** Apple's HLS Authoring Specification, 1.10: a key frame every two seconds. */
const gopSeconds = 2;

/** Where a picture of a constant rate is cut. The same for every rendition, so that players can change between them. */
export const cutsOf = (rate: Rational, segmentSeconds: number): Cuts => {
  const frames = Math.max(1, segmentSeconds * rationalValue(rate));
  const groups = Math.max(1, Math.min(Math.round(segmentSeconds / gopSeconds), Math.floor(frames)));
  const gopFrames = Math.max(1, Math.round(frames / groups));
  const segmentFrames = gopFrames * groups;
  return { gopFrames, segmentFrames, seconds: segmentFrames / rationalValue(rate) };
};

/** Closed groups of a constant length: no key frame that a change of scene asks for. */
export const gopArguments = ({ gopFrames }: Cuts): string[] => [
  ...['-g', String(gopFrames), '-keyint_min', String(gopFrames), '-sc_threshold', '0', '-flags', '+cgop'],
];

/** Down to FFmpeg's microsecond: a segment must not end one key frame late. */
const hlsTime = (seconds: number): string => (Math.floor(seconds * 1e6 + 1e-3) / 1e6).toFixed(6);

/** The muxer's arguments; its file argument is `renditionFiles(id).list`. */
export const segmentArguments = (id: string, cuts: Cuts): string[] => {
  const { head, segment } = renditionFiles(id);
  return [
    ...['-f', 'hls', '-hls_segment_type', 'fmp4', '-hls_playlist_type', 'vod', '-hls_time', hlsTime(cuts.seconds)],
    // What is decoded before 0 keeps its time, and an edit list in the head says where 0 is: shifted instead, pictures
    // would be late by what they are reordered by, and sound by what its encoder puts before the first sample. Without
    // edit lists (`movflags=+cmaf`) FFmpeg's own reader, and all players built on it, see pictures late.
    ...['-avoid_negative_ts', 'disabled'],
    ...['-start_number', '1', '-hls_fmp4_init_filename', fileArgument(head)],
    ...['-hls_segment_filename', fileArgument(`${segment.prefix}%0${segment.digits}d${segment.suffix}`)],
  ];
};
