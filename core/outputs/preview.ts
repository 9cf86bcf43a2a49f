import { fileArgument, inputFlags, quietFlags } from '../ffmpeg/hardened.ts';
import type { Recipe, Window } from '../ffmpeg/recipe.ts';
import { type Resize, resize } from '../ffmpeg/size.ts';
import type { Command } from '../job/plan.ts';
import { type Rational, rationalValue, type VideoStream } from '../media/probe.ts';
import { defineOutput, type PlanContext } from './define-output.ts';
import { filmOf, pictureBranch } from './picture.ts';
import { predictProbe, predictVideo } from './predict.ts';
import { steadyRate, windowOf } from './window.ts';

const defaults = { fps: 15, width: 480 } as const;
const palette = 'palette.png';
/** Above this many seconds a GIF is larger than a video of the same clip, many times over. */
const longSeconds = 30;
const mostFps = 30;

const films = {
  webp: {
    extension: 'webp',
    contentType: 'image/webp',
    codec: 'webp',
    encode: ['-c:v', 'libwebp_anim', '-quality', '75', '-compression_level', '4', '-loop', '0', '-f', 'webp'],
  },
  mp4: {
    extension: 'mp4',
    contentType: 'video/mp4',
    codec: 'h264',
    // A key picture every second: players jump back to the start at once, and anywhere else quickly.
    encode: [
      '-c:v',
      'libx264',
      '-preset',
      'medium',
      '-crf',
      '26',
      '-force_key_frames',
      'expr:gte(t,n_forced*1)',
      '-movflags',
      '+faststart',
      '-f',
      'mp4',
    ],
  },
} as const;

/** What is common to the three formats. */
type Wanted = {
  readonly context: PlanContext<'preview'>;
  readonly track: VideoStream;
  readonly window: Window;
  readonly size: Resize;
};

/** GIF has no use for more than 15 pictures a second; a film is as smooth as its source, up to 30. */
const rateFor = ({ context: { output }, track }: Wanted): Rational => {
  const steady = output.format === 'mp4' ? steadyRate(track) : undefined;
  if (output.fps === undefined && steady && rationalValue(steady) <= mostFps) return steady;
  return { num: Math.round((output.fps ?? (output.format === 'mp4' ? mostFps : defaults.fps)) * 1000), den: 1000 };
};

/** Shared with other outputs of the same window: one pass is enough where no palette has to be found. */
const film = (wanted: Wanted, format: 'webp' | 'mp4'): Recipe => {
  const { context, window, size } = wanted;
  const { name, source, output } = context;
  const rate = rateFor(wanted);
  const { extension, contentType, codec, encode } = films[format];
  const picture = pictureBranch(source, {
    ...context,
    size: { width: output.width ?? defaults.width },
    window,
    rate,
    fromZero: true,
    finish: ['format=yuv420p'],
  });
  const seconds = window.seconds;
  const lasts = seconds === null ? {} : { durationSeconds: seconds, lastFrameSeconds: 1 / rationalValue(rate) };
  return {
    kind: 'branch',
    output: name,
    source,
    window,
    picture,
    encode: ['-an', ...encode],
    file: `${name}.${extension}`,
    contentType,
    // FFmpeg up to 8.0 writes animated WebP and cannot read it: that it wrote something is all that can be checked.
    expects:
      format === 'webp'
        ? {}
        : { video: { codec, width: size.width, height: size.height }, audio: null, minFrames: 1, ...lasts },
    ...(format === 'webp'
      ? {}
      : {
          produces: predictProbe({
            container: 'mov',
            seconds,
            video: predictVideo({ ...size, codec, fps: rate, seconds }),
          }),
        }),
    warnings: format === 'webp' ? largeWarning('WebP', seconds) : [],
  };
};

const largeWarning = (what: string, seconds: number | null): string[] =>
  (seconds ?? Infinity) > longSeconds
    ? [`a ${what} of ${seconds === null ? 'unknown length' : `${Math.round(seconds)} s`} will be large; set "seconds"`]
    : [];

const gif = ({ context: { name, output, source }, track, window, size }: Wanted): Recipe => {
  const fps = output.fps ?? defaults.fps;
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
    warnings: largeWarning('GIF', window.seconds),
  };
};

export const preview = defineOutput({
  type: 'preview',
  summary: 'A short looping picture without sound, for hover previews: GIF, animated WebP, or MP4.',
  examples: [
    { title: 'The whole clip as a GIF', output: { type: 'preview', format: 'gif', fps: 10, width: 240 } },
    { title: 'One second of it', output: { type: 'preview', start: 0.5, seconds: 1, width: 160 } },
    { title: 'An animated WebP', output: { type: 'preview', format: 'webp', seconds: 1, width: 200 } },
    { title: 'A muted MP4 to loop in a page', output: { type: 'preview', format: 'mp4', start: 0.5, width: 320 } },
  ],
  plan: (context): Recipe => {
    const { output, source } = context;
    const track = filmOf(source);
    const start = output.start ?? 0;
    const asked = output.seconds === undefined ? undefined : start + output.seconds;
    const window = windowOf(source, { start, end: asked });
    const size = resize(track, { width: output.width ?? defaults.width });
    const wanted = { context, track, window, size };
    const { format = 'gif' } = output;
    return format === 'gif' ? gif(wanted) : film(wanted, format);
  },
});
