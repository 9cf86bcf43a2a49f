/** Small media files made by FFmpeg, once per run, for tests that need real ones. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeClip, makeLogo } from '#cli/clip.ts';

const run = promisify(execFile);
const ffmpeg = (...args: readonly string[]) => run('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...args]);

const card = (seconds: number, size: string) => `testsrc2=size=${size}:rate=25:duration=${seconds}`;
const tone = (seconds: number) => `sine=frequency=440:sample_rate=48000:duration=${seconds}`;
const generated = (...sources: readonly string[]) => sources.flatMap((source) => ['-f', 'lavfi', '-i', source]);
const mjpeg = '-c:v mjpeg -q:v 2 -pix_fmt yuvj420p -c:a pcm_s16le'.split(' ');
const x264 = '-c:v libx264 -preset ultrafast -crf 35 -pix_fmt yuv420p'.split(' ');

const recipes = {
  /** 2 s, 320x240, H.264 and AAC. */
  'short.mp4': (file: string) => ffmpeg(...generated(card(2, '320x240'), tone(2)), ...x264, '-c:a', 'aac', file),
  /** The same without sound. */
  'silent.mp4': (file: string) => ffmpeg(...generated(card(2, '320x240')), ...x264, file),
  /** 30 s, 1280x720: takes a slow encoder a good while. */
  'long.mp4': (file: string) => ffmpeg(...generated(card(30, '1280x720')), ...x264, file),
  /** 8 s, 1280x720, with sound: the clip of the demo. */
  'demo.mp4': (file: string) => makeClip('ffmpeg', file),
  'logo.png': (file: string) => makeLogo('ffmpeg', file),
  /** More than 16 MB in 1 s: noise that hardly compresses. */
  'large.avi': (file: string) =>
    ffmpeg(...generated(`${card(1, '1280x720')},noise=alls=100:allf=t`, tone(1)), ...mjpeg, file),
  'empty.mp4': (file: string) => writeFile(file, ''),
  'text.mp4': (file: string) => writeFile(file, 'This is not a video.\n'.repeat(50)),
} as const;

export type ClipName = keyof typeof recipes;

export interface Clips {
  /** The path of the file, made when it is first asked for. */
  path(name: ClipName): Promise<string>;
  close(): Promise<void>;
}

export const makeClips = async (): Promise<Clips> => {
  const folder = await mkdtemp(join(tmpdir(), 'kinoduct-clips-'));
  const made = new Map<ClipName, Promise<string>>();
  const make = async (name: ClipName): Promise<string> => {
    const file = join(folder, name);
    await recipes[name](file);
    return file;
  };
  return {
    path: (name) => {
      const found = made.get(name) ?? make(name);
      made.set(name, found);
      return found;
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
};
