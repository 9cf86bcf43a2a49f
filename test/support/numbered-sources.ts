/**
 * Films whose every picture carries its number as a row of black and white squares, so that a picture that is missing,
 * doubled or in the wrong place is found exactly; in every form that makes cutting hard.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const ffmpeg = async (words: readonly string[]): Promise<Buffer> => {
  const { stdout } = await run('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...words], {
    encoding: 'buffer',
    maxBuffer: 2 ** 28,
  });
  return stdout;
};

const bits = 16;

/** Draws the number of each picture into its upper left corner, in squares of this many pixels. */
export const numbering = (square: number): string => {
  const field = `drawbox=x=0:y=0:w=${bits * square}:h=${2 * square}:color=black:t=fill`;
  const squares = Array.from({ length: bits }, (_, n) => {
    const isOn = `gte(mod(n\\,${2 << n})\\,${1 << n})`;
    return `drawbox=x=${n * square}:y=0:w=${square}:h=${2 * square}:color=white:t=fill:enable='${isOn}'`;
  });
  return [field, ...squares].join(',');
};

/** The numbers of all pictures, in the order in which they are shown. */
export const numbersIn = async (file: string, square: number): Promise<number[]> => {
  const filter = `crop=${bits * square}:${2 * square}:0:0,scale=${bits}:1:flags=area,format=gray`;
  const words = ['-noautorotate', '-i', file, '-map', '0:v:0', '-vf', filter, '-fps_mode', 'passthrough'];
  const pixels = await ffmpeg([...words, '-f', 'rawvideo', '-']);
  return Array.from({ length: pixels.length / bits }, (_, picture) =>
    pixels
      .subarray(picture * bits, (picture + 1) * bits)
      .reduce((number, grey, n) => number + (grey > 127 ? 1 << n : 0), 0),
  );
};

export interface SourceSize {
  readonly width: number;
  readonly height: number;
  /** Of a square of the number: a sixteenth of the picture's width at most. */
  readonly square: number;
  readonly seconds: number;
}

export const small: SourceSize = { width: 320, height: 180, square: 8, seconds: 12 };

interface Recipe {
  readonly file: string;
  /** Sources that must have been made before; they are named by their place. */
  readonly of?: readonly string[];
  /** Between the inputs and the file. `base` is a lossless film of thirty pictures a second, with sound. */
  readonly words: (size: SourceSize) => readonly string[];
  /** Read with these words before each input. */
  readonly before?: readonly (readonly string[])[];
}

const x264 = (...more: readonly string[]): string[] => ['-c:v', 'libx264', '-preset', 'ultrafast', ...more];
const x265 = (parameters: string): string[] => [
  ...['-c:v', 'libx265', '-preset', 'ultrafast', '-tag:v', 'hvc1'],
  ...['-x265-params', `log-level=error:scenecut=0:${parameters}`],
];
const aac = ['-c:a', 'aac', '-b:a', '96k'];
const exact = ['-fps_mode', 'passthrough', '-enc_time_base:v', '1/90000', '-video_track_timescale', '90000'];

/** By name. What is read is `base`, unless `of` says otherwise. */
const recipes = {
  'closed-gop': { file: 'closed-gop.mp4', words: () => [...x264('-g', '60', '-bf', '3'), ...aac] },
  'open-gop': {
    file: 'open-gop.mp4',
    words: () => [...x264('-g', '48', '-bf', '3', '-x264-params', 'open-gop=1:scenecut=0'), ...aac],
  },
  '29.97': {
    file: 'ntsc.mp4',
    words: () => ['-vf', 'setpts=N*1001/30000/TB', '-r', '30000/1001', ...x264('-g', '60', '-bf', '3'), ...aac],
  },
  '23.976': {
    file: 'film.mp4',
    words: () => ['-vf', 'setpts=N*1001/24000/TB', '-r', '24000/1001', ...x264('-g', '48', '-bf', '2'), ...aac],
  },
  'variable-rate': {
    file: 'vfr.mp4',
    words: () => [
      ...['-vf', "select='gt(mod(n*7919\\,11)\\,3)+eq(n\\,0)',settb=1/90000,setpts='PTS+mod(N*7927\\,17)*90'"],
      ...[...exact, ...x264('-g', '60', '-bf', '3'), ...aac],
    ],
  },
  'variable-rate-with-a-hole': {
    file: 'vfr-hole.mp4',
    words: ({ seconds }) => [
      ...['-vf', `select='not(between(t\\,${seconds * 0.3}\\,${seconds * 0.6}))',settb=1/90000`],
      ...[...exact, ...x264('-g', '60', '-bf', '3'), ...aac],
    ],
  },
  'long-gop': {
    file: 'long-gop.mp4',
    words: () => [...x264('-g', '200', '-sc_threshold', '0', '-bf', '3'), ...aac],
  },
  'one-key-picture': {
    file: 'one-key.mp4',
    words: () => [...x264('-g', '99999', '-sc_threshold', '0', '-bf', '3'), ...aac],
  },
  'intra-refresh': {
    file: 'intra-refresh.mp4',
    words: () => [...x264('-g', '60', '-bf', '0', '-x264-params', 'intra-refresh=1:scenecut=0'), ...aac],
  },
  'hevc-closed': { file: 'hevc.mp4', words: () => [...x265('open-gop=0:keyint=60'), ...aac] },
  'hevc-open': { file: 'hevc-cra.mp4', words: () => [...x265('open-gop=1:keyint=48:bframes=3'), ...aac] },
  'moov-first': { file: 'faststart.mp4', of: ['closed-gop'], words: () => ['-c', 'copy', '-movflags', '+faststart'] },
  'edit-list': { file: 'cut.mp4', of: ['open-gop'], before: [['-ss', '3.3']], words: () => ['-c', 'copy'] },
  'no-sound': { file: 'silent.mp4', of: ['closed-gop'], words: () => ['-c', 'copy', '-an'] },
  'sound-longer-and-late': {
    file: 'sound-late.mp4',
    of: ['closed-gop', 'closed-gop'],
    before: [[], ['-itsoffset', '0.53']],
    words: () => ['-map', '0:v', '-map', '1:a', '-c', 'copy'],
  },
  'picture-late': {
    file: 'picture-late.mp4',
    of: ['closed-gop', 'closed-gop'],
    before: [['-itsoffset', '0.53'], []],
    words: () => ['-map', '0:v', '-map', '1:a', '-c', 'copy'],
  },
  rotated: { file: 'rotated.mp4', of: ['closed-gop'], words: () => ['-c', 'copy', '-metadata:s:v', 'rotate=90'] },
  'quicktime-with-timecode': {
    file: 'timecode.mov',
    of: ['closed-gop'],
    words: () => ['-map', '0:a', '-map', '0:v', '-c', 'copy', '-timecode', '01:00:00:00'],
  },
  'all-key-pictures': {
    file: 'prores.mov',
    words: () => ['-c:v', 'prores_ks', '-profile:v', '0', '-c:a', 'pcm_s16le'],
  },
  fragmented: {
    file: 'fragmented.mp4',
    of: ['closed-gop'],
    words: () => ['-c', 'copy', '-movflags', '+frag_keyframe+empty_moov+default_base_moof'],
  },
  'mpeg-ts': { file: 'stream.ts', of: ['closed-gop'], words: () => ['-c', 'copy'] },
  matroska: { file: 'film.mkv', of: ['closed-gop'], words: () => ['-c', 'copy'] },
  vp9: {
    file: 'vp9.webm',
    words: () => ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-g', '90', '-c:a', 'libopus'],
  },
} satisfies Record<string, Recipe>;
export type NumberedSource = keyof typeof recipes;

export const numberedSources = Object.keys(recipes) as NumberedSource[]; // true: the keys of this very record

const makeBase = async (folder: string, { width, height, square, seconds }: SourceSize): Promise<string> => {
  const file = join(folder, 'base.mov');
  const picture = `testsrc2=s=${width}x${height}:r=30:d=${seconds},${numbering(square)},format=yuv420p`;
  const sound = `sine=f=440:b=2:r=48000:d=${seconds}`;
  const lossless = [...x264('-qp', '0', '-g', '30'), '-c:a', 'pcm_s16le'];
  await ffmpeg(['-f', 'lavfi', '-i', picture, '-f', 'lavfi', '-i', sound, ...lossless, file]);
  return file;
};

/** Makes these, and what they are made of, in the folder; resolves to where each lies. */
export const makeNumbered = async (
  folder: string,
  names: readonly NumberedSource[],
  size: SourceSize = small,
): Promise<Readonly<Record<string, string>>> => {
  const made: Record<string, Promise<string>> = {};
  const base = makeBase(folder, size);
  const make = (name: NumberedSource): Promise<string> => {
    const recipe: Recipe = recipes[name];
    const build = async (): Promise<string> => {
      const read = recipe.of ?? [];
      const inputs =
        read.length === 0 ? [await base] : await Promise.all(read.map((other) => make(other as NumberedSource))); // true: the recipes name each other
      const opened = inputs.flatMap((file, n) => [...(recipe.before?.[n] ?? []), '-i', file]);
      const file = join(folder, recipe.file);
      await ffmpeg([...opened, ...recipe.words(size), file]);
      return file;
    };
    return (made[name] ??= build());
  };
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await make(name)] as const)));
};
