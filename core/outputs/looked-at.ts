/** The pictures of a source that are looked at one by one, made once for all outputs that look at the same ones. */
import type { Branch, Source } from '../ffmpeg/recipe.ts';
import type { FileName } from '../job/file-name.ts';
import type { OutputOf } from '../job/outputs.ts';
import type { PlanContext } from './define-output.ts';
import { countIn, type Grid, gridFilters, jpegSeries, lengthOf, numbered } from './grid.ts';
import { image } from './image.ts';
import { pictureBranch, videoOf } from './picture.ts';
import { isStill, windowOf } from './window.ts';

/** Of the outputs that look at pictures. */
type Context = PlanContext<'labels'> | PlanContext<'moderation'>;
type Asked = Pick<OutputOf<'labels'>, 'every' | 'count'>;

export type LookedAt = {
  readonly of: Branch;
  readonly files: readonly FileName[];
  /** Seconds from the start of the clip, of each. */
  readonly at: readonly number[];
};

/** Each costs money. */
const usualCount = 20;
const mostPictures = 500;
/** Nothing is recognised better in larger ones. */
const side = 1280;
/** Smaller ones are refused by Rekognition. */
const leastSide = 80;

/** One every so often, or a number of them, each in the middle of its share; one a second, at most twenty, else. */
const gridOf = ({ every, count }: Asked, seconds: number): Grid => {
  if (every !== undefined) return { first: 0, every, count: countIn(seconds, every, mostPictures) };
  const wanted = count ?? Math.min(usualCount, Math.max(1, Math.ceil(seconds)));
  return { first: seconds / wanted / 2, every: seconds / wanted, count: wanted };
};

export const unsuitedGrid = ({ every, count }: Asked): string | undefined => {
  if (every !== undefined && count !== undefined) return 'pictures are chosen by "count" or by "every", not by both';
  return every === undefined || every >= 0.1 ? undefined : '"every" must be at least 0.1 s';
};

const sizeFor = ({ width, height }: { width: number; height: number }) =>
  Math.min(width, height) < leastSide
    ? ({ shortSide: leastSide, upscale: true } as const)
    : ({ width: side, height: side, fit: 'inside' } as const);

/** The same pictures have the same name. */
const nameOf = ({ from, video }: Source, what: unknown, hash: (text: string) => string): string =>
  `pictures-${hash(JSON.stringify([from, video?.index, what])).slice(0, 16)}`;

const single = (context: Context): LookedAt => {
  const { source } = context;
  const output = nameOf(source, 'single', context.hash);
  const made = image.plan({
    ...context,
    name: output,
    output: { type: 'image', at: 0, size: sizeFor(videoOf(source)) },
  });
  if (made.kind !== 'branch') throw new TypeError('an image is a branch');
  return { of: made, files: [made.file], at: [0] };
};

/** Fails with `input.no_video_stream`, and with `spec.invalid` where there would be too many. */
export const lookedAt = (context: Context): LookedAt => {
  const { output, source } = context;
  const track = videoOf(source);
  if (isStill(source)) return single(context);
  const window = windowOf(source, {});
  const grid = gridOf(output, lengthOf(source, window));
  const name = nameOf(source, [window, grid], context.hash);
  const series = jpegSeries(name, grid.count);
  const picture = pictureBranch(source, { ...context, size: sizeFor(track), window, finish: [series.pixels] });
  const { width, height } = picture.resize;
  const { prefix, suffix, contentType, codec } = series;
  const expects = { video: { codec, width, height }, audio: null, minFrames: 1 };
  const numbers = Array.from({ length: grid.count }, (_, n) => n);
  return {
    of: {
      kind: 'branch',
      output: name,
      source,
      window,
      picture: { ...picture, index: track.index, edits: [...gridFilters(grid), ...picture.edits] },
      encode: series.encode,
      series: { prefix, suffix, contentType, expects, least: grid.count, most: grid.count },
      publish: false,
      file: series.pattern,
      contentType,
      expects,
    },
    files: numbers.map((n) => numbered(name, n + 1, suffix)),
    at: numbers.map((n) => Math.round((grid.first + n * grid.every) * 1000) / 1000),
  };
};
