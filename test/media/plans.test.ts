/** Every example of every kind, planned on real probes, run by real FFmpeg, and checked as the runner checks it. */
import { execFileSync } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { editDefinitions } from '#core/edits/index.ts';
import { outputDefinitions } from '#core/outputs/index.ts';
import { lavfi, type MediaHouse, mediaHouse, x264 } from '#test/support/media-house.ts';
import { writesOf } from '#test/support/plans.ts';

let house: MediaHouse;

beforeAll(async () => {
  house = await mediaHouse();
  await house.make('video', 'video.mp4', [
    ...lavfi('testsrc2=s=640x360:r=30:d=2', 'sine=f=440:d=2'),
    ...x264,
    ...['-c:a', 'aac', '-b:a', '256k', '-ac', '2'],
  ]);
  await house.make('logo', 'logo.png', [...lavfi('color=red:s=400x200,format=rgba'), '-frames:v', '1']);
  await house.captions('subtitles', '1\n00:00:00,500 --> 00:00:01,500\nHello <i>there</i>\n');
  await house.make('black', 'black.mp4', [...lavfi('color=black:s=640x360:r=25:d=1'), ...x264]);
  await house.make('odd', 'odd.mkv', [...lavfi('testsrc2=s=321x241:r=25:d=1'), '-c:v', 'mpeg4', '-q:v', '3']);
  await house.make('oblong', 'oblong.mp4', [...lavfi('testsrc2=s=352x288:r=25:d=1'), '-vf', 'setsar=16/11', ...x264]);
  await house.make('frame', 'frame.mp4', [...lavfi('testsrc2=s=320x240:r=25'), '-frames:v', '1', ...x264]);
});
afterAll(() => house.remove());

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
      const made = await house.run({ out: output }, [output.from === 'subtitles' ? 'subtitles' : 'video']);
      expect((await stat(made.file('out'))).size).toBeGreaterThan(0);
    });
  }

  for (const { kind, examples } of editDefinitions) {
    test.each(examples)(`${kind}: $title`, async ({ edit }) => {
      await house.run({ out: { type: 'video', from: 'video', edit: [{ [kind]: edit }] } }, [
        'video',
        'logo',
        'subtitles',
      ]);
    });
  }
});

test('many outputs of one source come out of one process, each as asked', async () => {
  const made = await house.run(
    {
      full: { type: 'video', from: 'video', encode: 'mp4-fast' },
      small: { type: 'video', from: 'video', size: { shortSide: 180 }, encode: 'mp4-fast' },
      marked: { type: 'video', from: 'video', audio: 'keep', edit: [{ overlay: { image: 'logo', width: 100 } }] },
      sound: { type: 'audio', from: 'video' },
      thumbnail: { type: 'image', from: 'video', at: 10, size: { width: 160 } },
    },
    ['video', 'logo'],
  );
  expect(made.plan.tasks).toHaveLength(1);
});

test('a watermark lies where it was asked for, with its shape kept', async () => {
  const overlay = { image: 'logo', at: 'bottom-right', x: 10, y: 20, width: 100, height: 100, fit: 'inside' };
  const made = await house.run({ out: { type: 'video', from: 'black', edit: [{ overlay }] } }, ['black', 'logo']);
  const file = made.file('out');
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
  const made = await house.run({ out: preset, thumb: 'thumb' }, [name]);
  expect(writesOf(made.plan)[0]?.expects.video).toMatchObject(size);
});

test('the last picture is taken where the second lies beyond the end', async () => {
  const made = await house.run({ late: { type: 'image', at: 60, format: 'png' } }, ['video']);
  const file = made.file('late');
  const last = join(house.folder, 'last.png');
  execFileSync('ffmpeg', [
    ...[
      '-nostdin',
      '-v',
      'error',
      '-i',
      join(house.folder, 'video.mp4'),
      '-vf',
      'select=eq(n\\,59)',
      '-frames:v',
      '1',
      last,
    ],
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
  await house.run(outputs, ['video']);
});

test('the probe output is the probe', async () => {
  const made = await house.run({ meta: 'probe' }, ['video']);
  expect(JSON.parse(await readFile(made.file('meta'), 'utf8'))).toEqual(house.probes['video']);
});
