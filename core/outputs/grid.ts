/** Pictures at even distances, such as those of a storyboard, in one pass over the source. */
import { Failure } from '../failures.ts';
import type { Source, Window } from '../ffmpeg/recipe.ts';

/** Pictures a second that FFmpeg is let write at most. Closer ones would be the same picture. */
const closest = 1 / 50;

export type Grid = {
  /** Seconds of the window at which the first picture stands. */
  readonly first: number;
  readonly every: number;
  readonly count: number;
};

/** The length of what is looked at. Fails with `spec.invalid` where the container does not tell. */
export const lengthOf = (source: Source, window: Window): number => {
  const seconds = window.seconds ?? source.video?.durationSeconds ?? null;
  if (seconds !== null && seconds > 0) return seconds;
  throw new Failure('spec.invalid', {
    detail: `How long "${source.name}" lasts is not known: make a video of it first, and this from the video.`,
  });
};

const micro = (seconds: number): number => Math.round(seconds * 1e6);

/** As many pictures as lie `every` seconds apart in `seconds`; at least one. Fails with `spec.invalid` above `most`. */
export const countIn = (seconds: number, every: number, most: number): number => {
  const count = Math.max(1, Math.ceil((seconds - 1e-6) / Math.max(every, 1e-6)));
  if (count <= most) return count;
  const least = Math.ceil((seconds / most) * 10) / 10;
  throw new Failure('spec.invalid', {
    detail: `"every" (${every} s) makes ${count} pictures of ${seconds.toFixed(1)} s; at most ${most} are made, so ask for ${least} s or more.`,
  });
};

/**
 * Lets the picture through that stands at each second of the grid, and none beyond; where the source ends early it is
 * the last one. Everything before the first second counts as it, so that a single picture is enough.
 */
export const gridFilters = ({ first, every, count }: Grid): string[] => [
  `setpts=max(PTS-${micro(first)}/1000000/TB\\,0)`,
  `fps=1000000/${micro(Math.max(closest, every))}:start_time=0:round=up:eof_action=pass`,
  ...(count > 1 ? [`tpad=stop=${count - 1}:stop_mode=clone`] : []),
];

/** JPEG files, numbered from 001. */
export const jpegSeries = (name: string, count: number) => ({
  // JPEG is full range; the second filter names what the first one made.
  pixels: 'scale=out_range=pc,format=yuvj420p',
  encode: ['-an', '-frames:v', String(count), '-c:v', 'mjpeg', '-q:v', '3', '-f', 'image2', '-start_number', '1'],
  pattern: `${name}-%03d.jpg`,
  prefix: `${name}-`,
  suffix: '.jpg',
  codec: 'mjpeg',
  contentType: 'image/jpeg',
});

export const numbered = (name: string, n: number, suffix: string): string =>
  `${name}-${String(n).padStart(3, '0')}${suffix}`;
