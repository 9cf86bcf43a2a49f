/** Every example of every kind, planned on real probes, run by real FFmpeg, and checked as the runner checks it. */
import { execFileSync } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ffmpegMediaTools } from '#adapters/ffmpeg/media-tools.ts';
import { editDefinitions } from '#core/edits/index.ts';
import { parseProbe } from '#core/ffmpeg/ffprobe.ts';
import { checkOutput } from '#core/job/output-check.ts';
import type { Plan } from '#core/job/plan.ts';
import type { Probe } from '#core/media/probe.ts';
import { outputDefinitions } from '#core/outputs/index.ts';
import { planOf } from '#test/support/plans.ts';

let folder = '';
const tools = ffmpegMediaTools({ ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' });
const sources: Record<string, string> = {};
const probes: Record<string, Probe> = {};

const make = async (name: string, file: string, words: readonly string[]): Promise<void> => {
  execFileSync('ffmpeg', ['-nostdin', '-v', 'error', ...words, join(folder, file)]);
  sources[name] = file;
  probes[name] = parseProbe(await tools.probe({ folder, file }));
};

const lavfi = (...graphs: readonly string[]) => graphs.flatMap((graph) => ['-f', 'lavfi', '-i', graph]);
const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinoduct-plans-'));
  await make('video', 'video.mp4', [
    ...lavfi('testsrc2=s=640x360:r=30:d=2', 'sine=f=440:d=2'),
    ...x264,
    ...['-c:a', 'aac', '-b:a', '256k', '-ac', '2'],
  ]);
  await make('logo', 'logo.png', [...lavfi('color=red:s=400x200,format=rgba'), '-frames:v', '1']);
  await make('black', 'black.mp4', [...lavfi('color=black:s=640x360:r=25:d=1'), ...x264]);
  await make('odd', 'odd.mkv', [...lavfi('testsrc2=s=321x241:r=25:d=1'), '-c:v', 'mpeg4', '-q:v', '3']);
  await make('oblong', 'oblong.mp4', [...lavfi('testsrc2=s=352x288:r=25:d=1'), '-vf', 'setsar=16/11', ...x264]);
  await make('frame', 'frame.mp4', [...lavfi('testsrc2=s=320x240:r=25'), '-frames:v', '1', ...x264]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Carries a plan out and resolves to where each output lies. Fails where FFmpeg or the output check does. */
const carryOut = async (made: Plan): Promise<(output: string) => string> => {
  const work = await mkdtemp(join(folder, 'work-'));
  const files = new Map<string, string>();
  for (const task of made.tasks) {
    for (const { file, from } of task.reads) {
      const source = 'input' in from ? join(folder, sources[from.input] ?? '') : join(work, from.file);
      await copyFile(source, join(work, file));
    }
    for (const command of task.commands) {
      const run = await tools.run(command, { folder: work, limits: task.limits });
      expect(run, run.stderrTail).toMatchObject({ endedBy: 'exit', exitCode: 0, errorLines: 0 });
    }
    for (const { output, file, text, copyOf, expects } of task.writes) {
      if (text !== undefined) await writeFile(join(work, file), text);
      if (copyOf) await copyFile(join(work, copyOf), join(work, file));
      const { size: bytes } = await stat(join(work, file));
      const probe = task.commands.length === 0 ? undefined : parseProbe(await tools.probe({ folder: work, file }));
      expect(checkOutput(expects, { bytes, probe, decodeErrors: 0 }).violations, file).toEqual([]);
      files.set(output, join(work, file));
    }
  }
  return (output) => files.get(output) ?? '';
};

/** The colour of one pixel, as [r, g, b], after decoding. */
const pixel = (file: string, x: number, y: number): number[] => [
  ...execFileSync('ffmpeg', [
    ...['-nostdin', '-v', 'error', '-i', file, '-frames:v', '1', '-vf', `format=rgb24,crop=1:1:${x}:${y}`],
    ...['-f', 'rawvideo', 'pipe:1'],
  ]),
];

describe('every example of every kind', () => {
  for (const { type, examples } of outputDefinitions) {
    test.each(examples)(`${type}: $title`, async ({ output }) => {
      const video = probes['video'];
      if (!video) throw new Error('the clip was not made');
      const made = planOf({ out: output }, { video });
      const fileOf = await carryOut(made);
      expect((await stat(fileOf('out'))).size).toBeGreaterThan(0);
    });
  }

  for (const { kind, examples } of editDefinitions) {
    test.each(examples)(`${kind}: $title`, async ({ edit }) => {
      const outputs = { out: { type: 'video', from: 'video', edit: [{ [kind]: edit }] } };
      await carryOut(planOf(outputs, only('video', 'logo')));
    });
  }
});

const only = (...names: readonly string[]): Record<string, Probe> =>
  Object.fromEntries(names.flatMap((name) => (probes[name] ? [[name, probes[name]]] : [])));

test('many outputs of one source come out of one process, each as asked', async () => {
  const made = planOf(
    {
      full: { type: 'video', from: 'video', encode: 'mp4-fast' },
      small: { type: 'video', from: 'video', size: { shortSide: 180 }, encode: 'mp4-fast' },
      marked: { type: 'video', from: 'video', audio: 'keep', edit: [{ overlay: { image: 'logo', width: 100 } }] },
      sound: { type: 'audio', from: 'video' },
      thumbnail: { type: 'image', from: 'video', at: 10, size: { width: 160 } },
    },
    only('video', 'logo'),
  );
  expect(made.tasks).toHaveLength(1);
  await carryOut(made);
});

test('a watermark lies where it was asked for, with its shape kept', async () => {
  const overlay = { image: 'logo', at: 'bottom-right', x: 10, y: 20, width: 100, height: 100, fit: 'inside' };
  const made = planOf({ out: { type: 'video', from: 'black', edit: [{ overlay }] } }, only('black', 'logo'));
  const file = (await carryOut(made))('out');
  const isRed = (x: number, y: number) => (pixel(file, x, y)[0] ?? 0) > 150;
  // 400 × 200 fits a box of 100 × 100 as 100 × 50: x 530..629, y 290..339 of 640 × 360.
  expect([isRed(533, 293), isRed(626, 336), isRed(580, 315)]).toEqual([true, true, true]);
  expect([isRed(525, 315), isRed(635, 315), isRed(580, 284), isRed(580, 345)]).toEqual([false, false, false, false]);
});

test.each([
  ['odd', 'mp4-fast', { width: 320, height: 240 }],
  ['oblong', 'mp4-fast', { width: 512, height: 288 }],
  ['frame', 'mp4-fast', { width: 320, height: 240 }],
])('%s sources become %s', async (name, preset, size) => {
  const made = planOf({ out: preset, thumb: 'thumb' }, only(name));
  await carryOut(made);
  expect(made.tasks[0]?.writes[0]?.expects.video).toMatchObject(size);
});

test('the last picture is taken where the second lies beyond the end', async () => {
  const made = planOf({ late: { type: 'image', at: 60, format: 'png' } }, only('video'));
  const file = (await carryOut(made))('late');
  const last = join(folder, 'last.png');
  execFileSync('ffmpeg', [
    ...['-nostdin', '-v', 'error', '-i', join(folder, 'video.mp4'), '-vf', 'select=eq(n\\,59)', '-frames:v', '1', last],
  ]);
  const pixels = (image: string) =>
    execFileSync('ffmpeg', [
      '-nostdin',
      '-v',
      'error',
      '-i',
      image,
      '-pix_fmt',
      'rgb24',
      '-f',
      'md5',
      'pipe:1',
    ]).toString();
  expect(pixels(file)).toBe(pixels(last));
});

test('every preset is made, and the one of a codec that it names', async () => {
  const presets = ['mp4', 'mp4-fast', 'webm', 'avi', 'mov', 'mkv', 'hevc', 'av1', 'mp3', 'm4a', 'opus', 'wav', 'flac'];
  const outputs = Object.fromEntries([...presets, 'gif', 'thumb', 'probe', 'copy'].map((name) => [`p-${name}`, name]));
  await carryOut(planOf(outputs, only('video')));
});

test('the probe output is the probe', async () => {
  const fileOf = await carryOut(planOf({ meta: 'probe' }, only('video')));
  expect(JSON.parse(await readFile(fileOf('meta'), 'utf8'))).toEqual(probes['video']);
});
