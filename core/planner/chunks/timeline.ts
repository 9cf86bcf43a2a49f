/**
 * From the times of a source to the pictures of an output, exactly as one FFmpeg process would count them: all in whole
 * ticks and whole pictures, and rounded where FFmpeg rounds.
 */
import { sliceLeadSeconds } from '../../media/mp4/slice.ts';
import type { Window } from '../../ffmpeg/recipe.ts';
import type { Rational } from '../../media/probe.ts';
import type { SourceIndex, TrackIndex } from '../../media/source-index.ts';

export type Timeline = {
  readonly track: TrackIndex;
  /** Ticks of the track at which the output starts. */
  readonly origin: number;
  /** How many times faster the output is. */
  readonly tempo: number;
  /** Seconds that the times in a slice are ahead of those of the output, before the tempo. */
  readonly aheadSeconds: number;
  /** Of a part of a source: its first picture, and the tick before which its last one is shown. Ticks of the track. */
  readonly part: { readonly first: number; readonly end: number } | undefined;
  /** Ticks at which the last picture has been shown. */
  readonly end: number;
};

const micros = (seconds: number): number => Math.round(seconds * 1e6);

/** Half away from zero, as FFmpeg does. */
const nearest = (value: number): number => Math.sign(value) * Math.round(Math.abs(value));

/** Microseconds at which the file starts: the earliest of its tracks. What comes before 0 is never shown. */
const fileStart = ({ tracks }: SourceIndex): number =>
  Math.min(...tracks.map(({ start, timescale }) => Math.max(0, nearest((start * 1e6) / timescale))));

/** True where every picture stands for the same number of ticks. */
const isSteady = ({ start, end, samples, longest }: TrackIndex): boolean => samples * longest === end - start;

/**
 * Of `-ss` and `-t`: pictures from the first one at or after the start, for so many ticks counted from that picture; the
 * last one stands until the next one of the source would have been shown.
 */
const partOf = (track: TrackIndex, origin: number, window: Window): Timeline['part'] & { readonly until: number } => {
  const step = track.longest;
  const at = (n: number): number => track.start + n * step;
  const first = window.start > 0 ? at(Math.max(0, Math.ceil((origin - track.start) / step))) : track.start;
  const length = window.seconds === null ? Infinity : nearest((micros(window.seconds) * track.timescale) / 1e6);
  const end = Math.min(first + length, track.end);
  return { first, end, until: Math.min(track.end, first + Math.ceil(Math.min(length, track.end) / step) * step) };
};

/** Why a part of a source cannot be cut exactly; undefined where it can, and of a whole source. */
export const refusedPart = (track: TrackIndex, window: Window): string | undefined =>
  window.trimmed && !isSteady(track)
    ? 'a part of a source with a variable frame rate is encoded in one piece'
    : undefined;

export const timelineOf = (index: SourceIndex, track: TrackIndex, window: Window, tempo: number): Timeline => {
  const startMicros = fileStart(index) + micros(window.start);
  const origin = nearest((startMicros * track.timescale) / 1e6);
  const aheadSeconds = sliceLeadSeconds + startMicros / 1e6;
  if (!window.trimmed) return { track, origin, tempo, aheadSeconds, part: undefined, end: track.end };
  const { first, end, until } = partOf(track, origin, window);
  return { track, origin, tempo, aheadSeconds, part: { first, end }, end: until };
};

/** The number of the picture from which on a picture of the source is shown that starts at this tick. */
export const pictureAt = ({ track, origin, tempo }: Timeline, tick: number, rate: Rational): number => {
  const since = tick - origin;
  const faster = tempo === 1 ? since : Math.trunc(since / tempo);
  return nearest((faster * rate.num) / (rate.den * track.timescale));
};

/** A tick of the track at or after the start of a picture of the output. */
export const tickOf = ({ track, origin, tempo }: Timeline, picture: number, rate: Rational): number =>
  origin + Math.ceil((picture * rate.den * track.timescale * tempo) / rate.num);

/** How many pictures the output has. Of a source whose rate varies the last one may be missing, or there may be one more. */
export const picturesOf = (timeline: Timeline, rate: Rational): number =>
  Math.max(1, pictureAt(timeline, timeline.end, rate));

/** The same moment in another rate. */
export const pictureIn = (picture: number, from: Rational, to: Rational): number =>
  from.num === to.num && from.den === to.den
    ? picture
    : Math.round((picture * from.den * to.num) / (from.num * to.den));
