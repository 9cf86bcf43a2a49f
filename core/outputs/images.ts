import type { Branch, Recipe } from '../ffmpeg/recipe.ts';
import type { OutputOf } from '../job/outputs.ts';
import type { PlanContext } from './define-output.ts';
import { defineOutput } from './define-output.ts';
import { countIn, type Grid, gridFilters, jpegSeries, lengthOf, numbered } from './grid.ts';
import { image } from './image.ts';
import { filmOf, pictureBranch } from './picture.ts';
import { windowOf } from './window.ts';

const defaultCount = 5;
const mostImages = 1000;

/** A count is spread over the clip, each in the middle of its share: the very first picture is black too often. */
const gridOf = (output: OutputOf<'images'>, seconds: number): Grid => {
  if (output.every !== undefined) {
    return { first: 0, every: output.every, count: countIn(seconds, output.every, mostImages) };
  }
  const count = output.count ?? defaultCount;
  return { first: seconds / count / 2, every: seconds / count, count };
};

/** Pictures at seconds of one's own: each is chosen by itself, in the order asked for. */
const atSeconds = (context: PlanContext<'images'>, at: NonNullable<OutputOf<'images'>['at']>): Recipe => {
  const { name, output, source } = context;
  const branches = at.flatMap((second, n): Branch[] => {
    const still = image.plan({ ...context, output: { type: 'image', at: second, size: output.size } });
    return still.kind === 'branch' ? [{ ...still, file: numbered(name, n + 1, '.jpg') }] : [];
  });
  return { kind: 'bundle', output: name, source, window: windowOf(source, {}), branches, documents: [] };
};

export const images = defineOutput({
  type: 'images',
  summary: 'Several pictures of the video as JPEG files: a number of them, one every so often, or at given times.',
  examples: [
    { title: 'Three, spread over the clip', output: { type: 'images', count: 3, size: { width: 320 } } },
    { title: 'One every half second', output: { type: 'images', every: 0.5 } },
    {
      title: 'At times of your own; beyond the end it is the last picture',
      output: { type: 'images', at: [0.5, '50%', 60], size: { shortSide: 180 } },
    },
  ],
  unsupported: ({ count, every, at }) => {
    if ([count, every, at].filter((each) => each !== undefined).length > 1) {
      return 'pictures are chosen by "count", by "every" or by "at", not by several of them';
    }
    return every === undefined || every >= 0.1 ? undefined : '"every" must be at least 0.1 s';
  },
  plan: (context): Recipe => {
    const { name, output, source } = context;
    const track = filmOf(source);
    if (output.at) return atSeconds(context, output.at);
    const window = windowOf(source, {});
    const grid = gridOf(output, lengthOf(source, window));
    const files = jpegSeries(name, grid.count);
    const picture = pictureBranch(source, { ...context, size: output.size, window, finish: [files.pixels] });
    const { width, height } = picture.resize;
    const { prefix, suffix, contentType, codec } = files;
    const expects = { video: { codec, width, height }, audio: null, minFrames: 1 };
    return {
      kind: 'branch',
      output: name,
      source,
      window,
      picture: { ...picture, index: track.index, edits: [...gridFilters(grid), ...picture.edits] },
      encode: files.encode,
      series: { prefix, suffix, contentType, expects, least: grid.count, most: grid.count },
      publish: false,
      file: files.pattern,
      contentType,
      expects,
    };
  },
});
