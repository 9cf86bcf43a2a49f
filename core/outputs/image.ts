import { assumedFps } from '../ffmpeg/still.ts';
import type { Recipe } from '../ffmpeg/recipe.ts';
import type { OutputOf } from '../job/outputs.ts';
import { type Percent, percentValue } from '../job/values.ts';
import { rationalValue } from '../media/probe.ts';
import { defineOutput } from './define-output.ts';
import { pictureBranch, videoOf } from './picture.ts';
import { predictProbe, predictVideo } from './predict.ts';
import { windowOf } from './window.ts';

type Format = NonNullable<OutputOf<'image'>['format']>;

const formats: Readonly<
  Record<Format, { codec: string; contentType: string; pixels: string; encode: readonly string[] }>
> = {
  jpg: {
    codec: 'mjpeg',
    contentType: 'image/jpeg',
    // JPEG is full range; the second filter names what the first one made.
    pixels: 'scale=out_range=pc,format=yuvj420p',
    encode: ['-c:v', 'mjpeg', '-q:v', '3', '-f', 'image2', '-update', '1'],
  },
  png: {
    codec: 'png',
    contentType: 'image/png',
    pixels: 'format=rgb24',
    encode: ['-c:v', 'png', '-f', 'image2', '-update', '1'],
  },
  webp: {
    codec: 'webp',
    contentType: 'image/webp',
    pixels: 'format=yuv420p',
    encode: ['-c:v', 'libwebp', '-quality', '80', '-f', 'webp'],
  },
};

const defaultAt: Percent = '10%';
export const image = defineOutput({
  type: 'image',
  summary: 'One picture of the video: a thumbnail or a poster.',
  examples: [
    { title: 'A thumbnail of 320 pixels at a tenth of the clip', output: { type: 'image', size: { width: 320 } } },
    { title: 'At a second beyond the end: the last picture', output: { type: 'image', at: 10, format: 'png' } },
    { title: 'The most typical picture', output: { type: 'image', at: 'best', format: 'webp' } },
  ],
  plan: ({ name, output, source, sourceOf, find }): Recipe => {
    const track = videoOf(source);
    const window = windowOf(source, {});
    const format = formats[output.format ?? 'jpg'];
    const at = output.at ?? defaultAt;
    const seconds = window.seconds ?? track.durationSeconds ?? 0;
    const wanted = typeof at === 'string' ? (at === 'best' ? 0 : (percentValue(at) / 100) * seconds) : at;
    // The last picture starts one frame before the end.
    const lastStart =
      seconds === 0 ? wanted : Math.max(0, seconds - 1 / (track.fps ? rationalValue(track.fps) : assumedFps));
    const second = Math.round(Math.min(wanted, lastStart) * 1000) / 1000;
    const picture = pictureBranch(source, { size: output.size, window, finish: [format.pixels], sourceOf, find });
    return {
      kind: 'branch',
      output: name,
      source,
      window,
      picture,
      still: at === 'best' ? at : second,
      encode: ['-an', '-frames:v', '1', ...format.encode],
      file: `${name}.${output.format ?? 'jpg'}`,
      contentType: format.contentType,
      expects: {
        video: { codec: format.codec, width: picture.resize.width, height: picture.resize.height },
        audio: null,
        minFrames: 1,
      },
      produces: predictProbe({
        container: output.format ?? 'jpg',
        seconds: null,
        video: predictVideo({ ...picture.resize, codec: format.codec, fps: null, seconds: null }),
      }),
    };
  },
});
