/** The common frame and rate of a sequence, as one output wants them. */
import type { Source } from '../ffmpeg/recipe.ts';
import { picturesIn } from '../ffmpeg/sequence.ts';
import { resize } from '../ffmpeg/size.ts';
import type { Edit } from '../job/edits.ts';
import type { Size } from '../job/outputs.ts';
import { rationalValue } from '../media/probe.ts';
import { askedRate, evenSize } from './window.ts';

/**
 * A sequence with the frame that the output asks for: the box where both sides are given (its `fit` says how each clip
 * comes into it), else that of the first clip, made smaller at once where no edit needs it whole. Any other source as it is.
 */
export const shaped = (
  source: Source,
  output: { readonly size?: Size; readonly fps?: number | 'source'; readonly edit?: readonly Edit[] },
): Source => {
  const { sequence, video } = source;
  if (!sequence?.shape || !video) return source;
  const { size } = output;
  const box =
    size?.width !== undefined && size.height !== undefined ? { width: size.width, height: size.height } : undefined;
  const small = output.edit?.length ? sequence.shape : resize(sequence.shape, size);
  const fit = size?.fit === undefined || size.fit === 'inside' ? 'pad' : size.fit;
  const rate = typeof output.fps === 'number' ? askedRate(output.fps) : sequence.shape.rate;
  const frame = evenSize(box ?? small);
  const shape = { ...frame, fit, rate };
  const frames = picturesIn(sequence.clips, rate);
  const seconds = frames / rationalValue(rate);
  const { width, height } = frame;
  return {
    ...source,
    seconds,
    sequence: { ...sequence, shape },
    video: {
      ...video,
      width,
      height,
      codedWidth: width,
      codedHeight: height,
      fps: rate,
      frames,
      durationSeconds: seconds,
    },
  };
};
