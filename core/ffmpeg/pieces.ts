/**
 * Pieces of a film: encoded apart, and joined without touching a sample. Each is a fragmented MP4 with one track, whose
 * times are those of the whole film. What goes wrong without these flags was measured: docs/decisions/0018.
 */
import type { Rational } from '../media/probe.ts';
import type { VideoEncoding } from '../presets/video.ts';
import { videoCodecArguments } from './codecs.ts';
import { fileArgument, inputFlags } from './hardened.ts';
import { rateText, seconds } from './numbers.ts';
import type { Link } from './recipe.ts';

/** What FFmpeg's own muxer makes of a rate: ticks in which every picture of it starts exactly. */
const trackTimescale = ({ num }: Rational): number => (num >= 10_000 ? num : trackTimescale({ num: num * 2, den: 1 }));

/** A fragment of sound is kept in memory until it is whole: microseconds. */
const soundFragment = 10_000_000;

const fragmented = [
  // Without `frag_discont` each piece would start at 0; without negative offsets B pictures would delay it.
  ...['-movflags', '+frag_keyframe+empty_moov+default_base_moof+negative_cts_offsets+frag_discont'],
  ...['-avoid_negative_ts', 'disabled', '-f', 'mp4'],
] as const;

/** Pictures come out with the numbers that the filters gave them. */
export const exactTimes = (rate: Rational): string[] => [
  ...['-fps_mode', 'passthrough', '-enc_time_base:v', `${rate.den}/${rate.num}`],
];

/** Encodes the picture of a piece. A key picture comes first, and no picture needs one of another piece. */
export const pictureOfPiece = (encoding: VideoEncoding, rate: Rational): string[] => [
  ...pieceCodec(encoding),
  '-an',
  ...exactTimes(rate),
  ...['-video_track_timescale', String(trackTimescale(rate))],
  ...fragmented,
];

/** Presets with which x264 looks at no picture before it encodes it. */
const withoutLookahead: ReadonlySet<string | undefined> = new Set(['ultrafast', 'superfast']);

/**
 * How full a piece may count on the decoder's buffer to be where it starts: by itself each would count on a full one, and
 * together they would run it dry. An encoder that looks ahead leaves it half full at least. One that does not leaves next to
 * nothing after pictures that are hard to encode, so it is made to look a little ahead: measured, that costs no time.
 */
const bufferAtStart = ({ maxBitrate, videoCodec, speed }: VideoEncoding): string[] => {
  if (maxBitrate === undefined) return [];
  return ['vbv-init=0.5', ...(videoCodec === 'h264' && withoutLookahead.has(speed) ? ['rc-lookahead=10'] : [])];
};

export const pieceCodec = (encoding: VideoEncoding): string[] => {
  const words = videoCodecArguments(encoding);
  const buffer = bufferAtStart(encoding);
  if (encoding.videoCodec === 'hevc') {
    const parameters = ['open-gop=0', ...buffer].join(':');
    return words.map((word) => (word === 'log-level=error' ? `${word}:${parameters}` : word));
  }
  if (encoding.videoCodec !== 'h264') return words;
  return [...words, '-flags', '+cgop', ...(buffer.length > 0 ? ['-x264-params', buffer.join(':')] : [])];
};

/** The sound, whole or a piece of it; `encode` names the codec. */
export const soundOfPiece = (encode: readonly string[]): string[] => [
  ...encode,
  '-vn',
  ...['-frag_duration', String(soundFragment)],
  ...fragmented,
];

/** Opens a slice: its times are kept, less what they are ahead; `threads` are its decoder's. */
export const sliceArguments = (file: string, aheadSeconds: number, threads?: number): string[] => [
  ...inputFlags(threads === undefined ? {} : { threads }),
  '-copyts',
  ...['-itsoffset', seconds(-aheadSeconds), '-i', fileArgument(file)],
];

/**
 * Pictures by their numbers in the whole; `last` is the first one that is left out, null keeps all to the end. Of the last
 * piece `end` is where the whole ends at the latest: versions of FFmpeg differ in how long they let its last picture stand.
 */
export type Span = { readonly first: number; readonly last: number | null; readonly end?: number };

/**
 * The links of a branch for a piece of it: where the rate is made constant, all pictures but those of the piece are left
 * out. What comes before sees pictures around the piece, what comes after only the piece. The whole film starts with its
 * first picture, however late that is shown.
 */
export const linksOfPiece = (edits: readonly Link[], rate: Rational, { first, last, end }: Span): Link[] => {
  const at = edits.findIndex(isRate);
  if (at < 0) throw new TypeError('what is cut has a constant rate');
  const until = last ?? end;
  const kept = [
    ...(first > 0 ? [`start_pts=${first}`] : []),
    ...(until === undefined ? [] : [`end_pts=${until}`]),
  ].join(':');
  // A start other than 0 is no whole number of the source's ticks, and what lies halfway would be rounded the other way.
  const exact = [
    `fps=${rateText(rate)}${first === 0 ? ':start_time=0' : ''}`,
    ...(kept === '' ? [] : [`trim=${kept}`]),
  ];
  return [...edits.slice(0, at), ...exact, ...edits.slice(at + 1)];
};

const isRate = (link: Link): boolean => typeof link === 'string' && link.startsWith('fps=');
