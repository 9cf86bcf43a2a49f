/**
 * The flags that every ffmpeg and ffprobe of ours runs with, because their inputs come from strangers. Each was
 * shown to stop an attack that works without it; `test/media/attacks.test.ts` rebuilds the attacks.
 */
import { allowedDecoders } from './decoders.ts';

/** Demuxers that read one file and never open another: no playlist, manifest, script or image pattern. */
const formats = [
  'mov',
  'matroska',
  'webm',
  'avi',
  'flv',
  'mpegts',
  'mpeg',
  'mpegvideo',
  'asf',
  'ogg',
  'mxf',
  'ivf',
  'dv',
  'wav',
  'mp3',
  'aac',
  'flac',
] as const;

/** Single pictures, for overlays. `image2` is left out: it expands patterns in names. */
const pictureFormats = ['png_pipe', 'jpeg_pipe', 'webp_pipe', 'gif', 'bmp_pipe'] as const;

/** About 8K: 8192 × 4352. Larger pictures are bombs more often than films. */
const maxPixels = 35_651_584;
const maxAllocBytes = 268_435_456;
/** Of one file. */
export const mostTracks = 64;

/** Decides nothing by itself: stdin is closed as well, and the version banner would only fill the log. */
export const quietFlags = ['-nostdin', '-hide_banner', '-v', 'error'] as const;

const commonInputFlags = [
  '-protocol_whitelist',
  'file',
  '-format_whitelist',
  [...formats, ...pictureFormats].join(','),
  '-codec_whitelist',
  allowedDecoders.join(','),
  // One more than may be: some demuxers of FFmpeg 7 and later take so many and leave out the rest without a word.
  '-max_streams',
  String(mostTracks + 1),
  // Before -i: after it they are options of the output and do nothing.
  '-max_pixels',
  String(maxPixels),
  '-max_alloc',
  String(maxAllocBytes),
  '-probesize',
  '10M',
  '-analyzeduration',
  '10M',
] as const;

/** All go before `-i`. */
export const inputFlags = (options: { threads?: number } = {}): string[] => [
  ...commonInputFlags,
  ...(options.threads ? ['-threads', String(options.threads)] : []),
];

/**
 * For a list of files of ours, and for nothing else: the list is written by the plan, its files by earlier tasks. The
 * demuxer takes names without folders only, and opens them with these very lists.
 */
export const joinFlags = (): string[] => [
  ...['-protocol_whitelist', 'file', '-format_whitelist', 'concat,mov', '-codec_whitelist', 'h264,hevc,pcm_s16le'],
  ...['-safe', '1', '-f', 'concat'],
];

/** ffprobe opens what a playlist names, exactly as ffmpeg does. */
export const probeFlags = (): string[] => ['-hide_banner', '-v', 'error', ...commonInputFlags];

/** A file argument: a name of ours in the work folder. The prefix keeps a name from being read as an option or a URL. */
export const fileArgument = (file: string): string => `file:${file}`;
