/**
 * When samples are shown: their times in the media, and what the edit list makes of them, as FFmpeg does it (libavformat
 * mov.c, `mov_fix_index`): the first picture inside the edit is shown where the empty edits end, and all others keep
 * their distance to it. Sound starts there to the sample.
 */
import type { Movie, TrackBoxes } from './moov.ts';
import type { Samples } from './samples.ts';

export interface Timeline {
  /** When each sample is shown, in the order of decoding, in ticks of the presentation. */
  readonly shown: Float64Array;
  /** Added to decoding times. */
  readonly moved: number;
  /** What is shown: from the first up to but without `end`. Sound may start inside of its first sample. */
  readonly start: number;
  readonly end: number;
  /** The longest time that one picture stands. */
  readonly longest: number;
}

const normalRate = 0x1_0000;

/** As `av_rescale`: to the nearest, halves up. */
const rescaled = (ticks: number, from: number, to: number): number =>
  Number((BigInt(ticks) * BigInt(to) + BigInt(from) / 2n) / BigInt(from));

/** Empty edits, and then one that shows the media. Undefined where the list is another. */
const oneEdit = (
  movie: Movie,
  { edits, timescale }: TrackBoxes,
): { readonly delay: number; readonly from: number; readonly to: number } | undefined => {
  if (edits.length === 0) return { delay: 0, from: -Infinity, to: Infinity };
  const media = edits.at(-1);
  const empty = edits.slice(0, -1);
  if (movie.timescale === 0 || !media || media.from < 0 || media.rate !== normalRate || media.ticks === 0)
    return undefined;
  if (empty.some(({ from }) => from !== -1)) return undefined;
  const delay = empty.reduce((sum, { ticks }) => sum + rescaled(ticks, movie.timescale, timescale), 0);
  return { delay, from: media.from, to: media.from + rescaled(media.ticks, movie.timescale, timescale) };
};

/** The least of the times; of so many that a callback for each would cost more than all else. */
const leastOf = (times: Float64Array): number => {
  let least = Infinity;
  for (const time of times) if (time < least) least = time;
  return least;
};

const isAscending = (times: Float64Array): boolean => {
  for (let n = 1; n < times.length; n += 1) if ((times[n] ?? 0) < (times[n - 1] ?? 0)) return false;
  return true;
};

/** Where the media ends: what is decoded lasts as long as what is shown, however it was reordered. */
const mediaEnd = (shown: Float64Array, { decoded, lastTicks }: Samples): number =>
  leastOf(shown) + (decoded.at(-1) ?? 0) + lastTicks;

const durationOf = ({ decoded, count, lastTicks }: Samples, n: number): number =>
  n + 1 < count ? (decoded[n + 1] ?? 0) - (decoded[n] ?? 0) : lastTicks;

/** A text where it cannot be told: why. */
export const timelineOf = (movie: Movie, track: TrackBoxes, samples: Samples): Timeline | string => {
  const edit = oneEdit(movie, track);
  if (!edit) return 'its edit list shows more than one stretch of it, or at another speed';
  const { count, decoded, later, shift } = samples;
  const shown = new Float64Array(count);
  for (let n = 0; n < count; n += 1) shown[n] = (decoded[n] ?? 0) + (later[n] ?? 0) + shift;
  const ends = (n: number): number => (shown[n] ?? 0) + (track.kind === 'audio' ? durationOf(samples, n) : 1);
  const isKept = (n: number): boolean => ends(n) > edit.from && (shown[n] ?? 0) < edit.to;
  const isWhole = edit.from === -Infinity && edit.to === Infinity;
  const kept = isWhole ? shown.slice() : shown.filter((_, n) => isKept(n));
  if (!isAscending(kept)) kept.sort();
  const [first, last] = [kept[0], kept.at(-1)];
  if (first === undefined || last === undefined) return 'its edit list shows nothing of it';
  let hidden = Infinity;
  for (const time of shown) if (time > last && time < hidden) hidden = time;
  // FFmpeg shows some of them, those that it needs for others.
  if (track.kind === 'video' && hidden !== Infinity) return 'its edit list hides pictures at its end';
  const moved = edit.from === -Infinity ? 0 : edit.delay - (track.kind === 'audio' ? edit.from : first);
  const end = Math.min(Math.max(last + 1, mediaEnd(shown, samples)), hidden);
  let longest = end - last;
  for (let n = 1; n < kept.length; n += 1) {
    const gap = (kept[n] ?? 0) - (kept[n - 1] ?? 0);
    if (gap === 0 && track.kind === 'video') return 'two of its pictures are shown at the same time';
    longest = Math.max(longest, gap);
  }
  for (let n = 0; n < count; n += 1) shown[n] = (shown[n] ?? 0) + moved;
  return {
    shown,
    moved,
    start: Math.max(first, track.kind === 'audio' ? edit.from : first) + moved,
    end: end + moved,
    longest,
  };
};
