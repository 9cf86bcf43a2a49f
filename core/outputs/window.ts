/** Which seconds of a source an output covers, and which frame rate it gets. */
import { Failure } from '../failures.ts';
import { type Rational, rationalValue, type VideoStream } from '../media/probe.ts';
import type { Source, Window } from '../ffmpeg/recipe.ts';
import type { Dimensions } from '../ffmpeg/size.ts';

/** The part of the source between `start` and `end`, both counted from the start of the clip. */
export const windowOf = (source: Source, at: { start?: number; end?: number }): Window => {
  const offset = at.start ?? 0;
  if (at.end !== undefined && at.end <= offset) {
    throw new Failure('spec.invalid', { detail: `"end" (${at.end} s) must lie after "start" (${offset} s).` });
  }
  if (source.seconds !== null && offset >= source.seconds) {
    throw new Failure('spec.invalid', {
      detail: `"start" (${offset} s) lies beyond the end of "${source.name}", which has ${source.seconds.toFixed(2)} s.`,
    });
  }
  const rest = source.seconds === null ? null : source.seconds - offset;
  const asked = at.end === undefined ? null : at.end - offset;
  return {
    start: source.start + offset,
    seconds: rest === null ? asked : Math.min(rest, asked ?? rest),
    trimmed: source.cut === true || source.start > 0 || offset > 0 || asked !== null,
  };
};

const standardRates: readonly Rational[] = [
  { num: 24_000, den: 1001 },
  { num: 24, den: 1 },
  { num: 25, den: 1 },
  { num: 30_000, den: 1001 },
  { num: 30, den: 1 },
  { num: 48, den: 1 },
  { num: 50, den: 1 },
  { num: 60_000, den: 1001 },
  { num: 60, den: 1 },
];

/** A rate that a job asks for. */
export const askedRate = (fps: number): Rational =>
  Number.isInteger(fps) ? { num: fps, den: 1 } : { num: Math.round(fps * 1000), den: 1000 };

const maxFps = 60;
/** A phone's variable rate averages a little under its nominal one; further away it is another rate. */
const snapRatio = 0.025;

/**
 * A constant frame rate for an output of this track: the source's own, snapped to the standard rate it means, at most
 * 60. Undefined where the source does not tell.
 */
export const steadyRate = (video: VideoStream): Rational | undefined => {
  if (!video.fps || video.fps.num <= 0) return undefined;
  const fps = rationalValue(video.fps);
  if (fps >= maxFps) return { num: maxFps, den: 1 };
  const near = standardRates
    .map((rate) => ({ rate, off: Math.abs(rationalValue(rate) - fps) / fps }))
    .toSorted((a, b) => a.off - b.off)[0];
  return near && near.off <= snapRatio ? near.rate : video.fps;
};

/** A single picture, which lasts as long as it is shown. */
export const isStill = ({ probe, sequence }: Source): boolean =>
  !sequence && (probe.container.endsWith('_pipe') || ['jpg', 'png', 'webp'].includes(probe.container));

/** As 4:2:0 subsampling wants it. */
export const evenSize = ({ width, height }: Dimensions): Dimensions => ({
  width: Math.max(2, 2 * Math.floor(width / 2)),
  height: Math.max(2, 2 * Math.floor(height / 2)),
});
