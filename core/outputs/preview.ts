import { fileArgument, inputFlags, quietFlags } from '../ffmpeg/hardened.ts';
import type { Recipe } from '../ffmpeg/recipe.ts';
import { resize } from '../ffmpeg/size.ts';
import type { Command } from '../job/plan.ts';
import { defineOutput } from './define-output.ts';
import { filmOf } from './picture.ts';
import { predictProbe, predictVideo } from './predict.ts';
import { windowOf } from './window.ts';

const defaults = { fps: 15, width: 480 } as const;
const palette = 'palette.png';
/** Above this many seconds a GIF is larger than a video of the same clip, many times over. */
const longSeconds = 30;

export const preview = defineOutput({
  type: 'preview',
  summary: 'A short looping picture without sound, for hover previews.',
  examples: [
    { title: 'The whole clip as a GIF', output: { type: 'preview', format: 'gif', fps: 10, width: 240 } },
    { title: 'One second of it', output: { type: 'preview', start: 0.5, seconds: 1, width: 160 } },
  ],
  unsupported: (output) =>
    (output.format ?? 'gif') === 'gif'
      ? undefined
      : `the preview format "${output.format}" is not built yet; use "gif"`,
  plan: ({ name, output, source }): Recipe => {
    const track = filmOf(source);
    const start = output.start ?? 0;
    const asked = output.seconds === undefined ? undefined : start + output.seconds;
    const window = windowOf(source, { start, end: asked });
    const fps = output.fps ?? defaults.fps;
    const size = resize(track, { width: output.width ?? defaults.width });
    const frames = [`fps=${fps}`, `scale=${size.width}:${size.height}:flags=lanczos`, 'setsar=1'].join(',');
    const seconds = window.seconds ?? 60;
    const file = `${name}.gif`;
    const read = [
      ...inputFlags(),
      ...(window.start > 0 ? ['-ss', String(window.start)] : []),
      ...(window.seconds === null ? [] : ['-t', String(window.seconds)]),
      ...['-i', fileArgument('in0')],
    ];
    // Two passes over the clip, because one pass would hold every picture in memory until the palette is known.
    const findColours: Command = {
      arguments: [
        ...quietFlags,
        ...read,
        ...['-filter_complex', `[0:${track.index}]${frames},palettegen=stats_mode=diff[p]`, '-map', '[p]'],
        ...['-frames:v', '1', '-progress', 'pipe:3', '-f', 'image2', '-update', '1', fileArgument(palette)],
      ],
      progressSeconds: seconds,
    };
    const draw: Command = {
      arguments: [
        ...quietFlags,
        ...read,
        ...[...inputFlags(), '-i', fileArgument(palette)],
        ...[
          '-filter_complex',
          `[0:${track.index}]${frames}[x];[x][1:v]paletteuse=dither=sierra2_4a:diff_mode=rectangle[v]`,
        ],
        ...['-map', '[v]', '-map_metadata', '-1', '-progress', 'pipe:3', '-loop', '0', '-f', 'gif', fileArgument(file)],
      ],
      progressSeconds: seconds,
    };
    return {
      kind: 'solo',
      output: name,
      source,
      commands: [findColours, draw],
      writes: [
        {
          file,
          contentType: 'image/gif',
          expects: {
            video: { codec: 'gif', width: size.width, height: size.height },
            audio: null,
            minFrames: 1,
            ...(window.seconds === null ? {} : { durationSeconds: window.seconds, lastFrameSeconds: 1 / fps }),
          },
        },
      ],
      produces: predictProbe({
        container: 'gif',
        seconds: window.seconds,
        video: predictVideo({ ...size, codec: 'gif', fps: null, seconds: window.seconds }),
      }),
      warnings: seconds > longSeconds ? [`a GIF of ${Math.round(seconds)} s will be large; set "seconds"`] : [],
    };
  },
});
