/** Where a film is cut: at picture numbers, near to key pictures of the source, so that little is decoded twice. */
import type { Rational } from '../../media/probe.ts';
import { pictureAt, pictureIn, picturesOf, type Timeline, tickOf } from './timeline.ts';

/** A piece of the output, in pictures of the base rate and in ticks of the source. */
export type Chunk = {
  /** Counted from 0. */
  readonly number: number;
  readonly first: number;
  /** The first picture that is no longer in it; null of the last piece, which goes to the end. */
  readonly last: number | null;
  /** Null: from the start of the source, to its end. */
  readonly from: number | null;
  readonly to: number | null;
};

export type Grid = {
  readonly timeline: Timeline;
  /** The rate that pieces are counted in, and those of all outputs that are cut at the same places. */
  readonly rate: Rational;
  readonly rates: readonly Rational[];
  /** Pieces start at multiples of so many pictures. */
  readonly every: number;
  /** Pictures of the source that a filter has to see before and after those that it makes. */
  readonly memory: number;
};

/** A piece may be this much longer or shorter than it would be if all were alike; for the sake of a scene not as much. */
const [slack, slackForScene] = [0.35, 0.25];
/** Decoding is about so much of the work; more than a quarter of it may not be done twice. */
const [decodingShare, mostTwice] = [0.2, 0.25];

/** The index of the last of the sorted values that is at most `limit`; -1 where there is none. */
const lastUpTo = (sorted: readonly number[], limit: number): number => {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
};

/**
 * When the key picture is shown from which everything can be decoded that is shown at this picture or later; undefined
 * where only the start of the source will do.
 */
const keyFor = ({ timeline, rate, rates, memory }: Grid, picture: number): number | undefined => {
  const { track } = timeline;
  const { times } = track.syncs;
  const before = memory === 0 ? Infinity : tickOf(timeline, picture, rate) - memory * track.longest;
  const shown = (tick: number): boolean =>
    rates.every((each) => pictureAt(timeline, tick, each) <= pictureIn(picture, rate, each));
  let at = lastUpTo(times, Math.min(before, tickOf(timeline, picture + 1, rate)));
  while (at > 0 && !shown(times[at] ?? 0)) at -= 1;
  return at > 0 ? times[at] : undefined;
};

/** Ticks of the source that are decoded for nothing where a piece starts at this picture. */
const wasted = (grid: Grid, picture: number): number => {
  const { timeline, rate } = grid;
  const key = keyFor(grid, picture) ?? timeline.track.start;
  return Math.max(0, tickOf(timeline, picture, rate) - key);
};

/**
 * Pictures at which scenes start: an encoder puts a key picture there before the usual distance is over. Whoever encodes
 * the film again does the same, so that a piece which starts there is what one encode would have made of it.
 */
const scenesOf = ({ timeline, rate }: Grid): ReadonlySet<number> => {
  const { times } = timeline.track.syncs;
  const gaps = times.slice(1).map((tick, n) => tick - (times[n] ?? 0));
  const usual = gaps.reduce((most, gap) => Math.max(most, gap), 0) - timeline.track.longest;
  return new Set(times.slice(1).flatMap((tick, n) => ((gaps[n] ?? 0) < usual ? pictureAt(timeline, tick, rate) : [])));
};

type Target = { readonly at: number; readonly length: number; readonly scenes: ReadonlySet<number> };

/** The picture near the target that costs least to start at. */
const near = (grid: Grid, { at: target, length, scenes }: Target): number | undefined => {
  const { timeline, rate, every } = grid;
  const aligned = (picture: number): number => Math.round(picture / every) * every;
  const { times } = timeline.track.syncs;
  const [low, high] = [target - slack * length, target + slack * length];
  const from = Math.max(0, lastUpTo(times, tickOf(timeline, Math.floor(low), rate)));
  const to = lastUpTo(times, tickOf(timeline, Math.ceil(high), rate));
  const keys = times.slice(from, to + 1).map((tick) => aligned(pictureAt(timeline, tick, rate)));
  const isScene = (picture: number): boolean =>
    scenes.has(picture) && Math.abs(picture - target) <= slackForScene * length;
  const onGrid = every === 1 ? [] : [Math.ceil(low / every) * every, Math.floor(high / every) * every];
  const candidates = [...new Set([aligned(target), ...keys, ...onGrid])].filter((each) => each >= low && each <= high);
  return candidates
    .map((picture) => ({
      picture,
      cost: wasted(grid, picture),
      plain: isScene(picture) ? 0 : 1,
      off: Math.abs(picture - target),
    }))
    .toSorted((a, b) => a.cost - b.cost || a.plain - b.plain || a.off - b.off)[0]?.picture;
};

const starts = (grid: Grid, total: number, count: number): number[] => {
  const length = total / count;
  const scenes = scenesOf(grid);
  const found = [0];
  for (let n = 1; n < count; n += 1) {
    const at = near(grid, { at: n * length, length, scenes });
    if (at !== undefined && at > (found.at(-1) ?? 0) && at < total) found.push(at);
  }
  return found;
};

const chunksAt = (grid: Grid, at: readonly number[]): Chunk[] => {
  const { timeline, rate, memory } = grid;
  const { track, part } = timeline;
  return at.map((first, number) => {
    const last = at[number + 1] ?? null;
    const end = last === null ? null : tickOf(timeline, last, rate) + memory * track.longest;
    return {
      number,
      first,
      last,
      from: first === 0 ? (part && part.first > track.start ? part.first : null) : (keyFor(grid, first) ?? null),
      to: last === null ? (part && part.end < track.end ? part.end : null) : end,
    };
  });
};

/**
 * About so many pieces, fewer where the source's key pictures are too far apart; undefined where it cannot be cut
 * without decoding too much of it twice. Together the pieces hold every picture once.
 */
export const chunksOf = (grid: Grid, wanted: number): Chunk[] | undefined => {
  const { timeline, rate } = grid;
  const total = picturesOf(timeline, rate);
  const length = timeline.end - (timeline.part?.first ?? timeline.track.start);
  for (let count = wanted; count >= 2; count = Math.floor(count / 2)) {
    const at = starts(grid, total, count);
    const twice = at.reduce((sum, picture) => sum + (picture === 0 ? 0 : wasted(grid, picture)), 0);
    if (at.length > 1 && (decodingShare * twice) / Math.max(1, length) <= mostTwice) return chunksAt(grid, at);
  }
  return undefined;
};
