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

/**
 * Closed groups of a constant length: no key frame that a change of scene asks for. No B-frames: where pictures are
 * reordered, either an edit list says where 0 is, which hls.js does not read, or negative offsets do, which FFmpeg's own
 * reader (and players built on it) takes for a delay of two pictures. Without them every player is in step.
 */
export const gopArguments = ({ gopFrames }: Cuts): string[] => [
  ...['-g', String(gopFrames), '-keyint_min', String(gopFrames), '-sc_threshold', '0', '-bf', '0'],
];

/** What FFmpeg's AAC encoder puts before the first sample. */
const aacLeadSamples = 1024;

/**
 * Takes as much off the start of the sound as the encoder puts there, so that what is heard is in step without an edit
 * list. At most 1/31 s of the very start is not heard.
 */
export const withoutLead = [`atrim=start_sample=${aacLeadSamples}`, 'asetpts=PTS-STARTPTS'] as const;

/** Down to FFmpeg's microsecond: a segment must not end one key frame late. */
const hlsTime = (seconds: number): string => (Math.floor(seconds * 1e6 + 1e-3) / 1e6).toFixed(6);

/**
 * The muxer's arguments; its file argument is `renditionFiles(id).list`. `first` is the number of the first segment of a
 * piece, whose times are then those of the whole stream.
 */
export const segmentArguments = (id: string, cuts: Cuts, first?: number): string[] => {
  const { head, segment } = renditionFiles(id);
  return [
    ...['-f', 'hls', '-hls_segment_type', 'fmp4', '-hls_playlist_type', 'vod', '-hls_time', hlsTime(cuts.seconds)],
    // No edit lists: hls.js does not read them, and waits for ever for the end of what they cut off.
    ...['-hls_segment_options', `movflags=+cmaf${first === undefined ? '' : '+frag_discont'}`],
    ...['-start_number', String(first ?? 1), '-hls_fmp4_init_filename', fileArgument(head)],
    ...['-hls_segment_filename', fileArgument(`${segment.prefix}%0${segment.digits}d${segment.suffix}`)],
  ];
};
