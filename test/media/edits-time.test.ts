/** Speed, fades and interlacing, measured on decoded pictures and sound. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lavfi, type MediaHouse, mediaHouse, x264 } from '#test/support/media-house.ts';
import { inspect } from '#test/support/inspect.ts';
import {
  brightness,
  loudness,
  picture,
  type Picture,
  pictures,
  pitchOf,
  samples,
  soundRate,
} from '#test/support/seen.ts';
import { readFile } from 'node:fs/promises';

let house: MediaHouse;
const sharp = { preset: 'mp4-fast', crf: 1, speed: 'ultrafast' };

/** Grey until `at`, then white; a tone that starts at the same moment. */
const flash = (at: number) =>
  lavfi(
    `color=0x202020:s=160x90:r=25:d=4,drawbox=color=white:t=fill:enable=gte(t\\,${at})`,
    `sine=f=1000:r=48000:d=4,volume=0:enable=lt(t\\,${at})`,
  );

beforeAll(async () => {
  house = await mediaHouse();
  await house.make('tone', 'tone.mp4', [
    ...lavfi('color=gray:s=160x90:r=25:d=4', 'sine=f=440:r=48000:d=4'),
    ...x264,
    ...['-c:a', 'aac', '-b:a', '96k'],
  ]);
  await house.make('flash', 'flash.mp4', [...flash(2), ...x264, '-g', '10', '-c:a', 'aac']);
  await house.make('mute', 'mute.mp4', [...lavfi('testsrc2=s=160x90:r=30:d=2'), ...x264]);
  await house.make('vfr', 'vfr.mkv', [
    ...lavfi('testsrc2=s=160x90:r=30:d=3', 'sine=f=440:r=48000:d=3'),
    ...['-vf', "select='lt(t,1)+not(mod(n,3))'", '-fps_mode', 'vfr', ...x264, '-c:a', 'aac'],
  ]);
  await house.make('white', 'white.mp4', [
    ...lavfi('color=white:s=160x90:r=25:d=2', 'sine=f=440:r=48000:d=2'),
    ...[...x264, '-c:a', 'aac'],
  ]);
  // A bar that moves 8 pixels a field: combed where fields are shown together.
  const moving = 'color=black:s=320x240:r=50:d=1[b];color=white:s=40x240:r=50:d=1[w];[b][w]overlay=x=8*n';
  await house.make('fields', 'fields.mp4', [
    ...lavfi(`${moving},tinterlace=interleave_top,setfield=tff`),
    ...['-c:v', 'libx264', '-crf', '5', '-flags', '+ildct+ilme', '-x264opts', 'tff=1', '-pix_fmt', 'yuv420p'],
  ]);
});
afterAll(() => house.remove());

const edited = async (from: string, edit: readonly unknown[], rest: Record<string, unknown> = {}) => {
  const made = await house.run({ out: { type: 'video', from, edit, encode: sharp, ...rest } }, [from]);
  return made.file('out');
};

describe('speed', () => {
  test.each([
    [2, 50],
    [0.5, 200],
    [4, 25],
    [0.25, 400],
    [1.25, 80],
  ])('%s times: as many pictures fewer, and the tone keeps its pitch', async (speed, count) => {
    const file = await edited('tone', [{ speed }]);
    expect(Math.abs(pictures(file).length - count)).toBeLessThanOrEqual(speed === 1.25 ? 1 : 0);
    const sound = samples(file);
    expect(Math.abs(sound.length / soundRate - 4 / speed)).toBeLessThan(0.06);
    expect(Math.abs(pitchOf(sound.subarray(4800, sound.length - 9600)) - 440)).toBeLessThan(8);
    const { durationSeconds } = await inspect(await readFile(file));
    expect(Math.abs(durationSeconds - 4 / speed)).toBeLessThan(0.06);
  });

  test.each([2, 0.5])('%s times: what happens together still does, within 40 ms', async (speed) => {
    const file = await edited('flash', [{ speed }]);
    const shown = pictures(file).findIndex((seen) => brightness(seen) > 200) / 25;
    const sound = samples(file);
    const heard = sound.findIndex((sample) => Math.abs(sample) > 0.03) / soundRate;
    expect(Math.abs(shown - 2 / speed)).toBeLessThanOrEqual(0.04);
    expect(Math.abs(heard - shown)).toBeLessThan(0.04);
  });

  test('a part of the source is as long as asked, divided by the speed', async () => {
    const file = await edited('flash', [{ speed: 2 }], { start: 1, end: 3 });
    const seen = pictures(file);
    expect(seen).toHaveLength(25);
    expect(seen.findIndex((each) => brightness(each) > 200)).toBe(13);
    expect(Math.abs(samples(file).length / soundRate - 1)).toBeLessThan(0.06);
  });

  test('sources without sound and of a variable rate, and another rate', async () => {
    expect(pictures(await edited('mute', [{ speed: 2 }]))).toHaveLength(30);
    expect(pictures(await edited('mute', [{ speed: 0.5 }], { fps: 15 }))).toHaveLength(60);
    const { durationSeconds } = await inspect(await readFile(await edited('vfr', [{ speed: 1.5 }])));
    expect(Math.abs(durationSeconds - 2)).toBeLessThan(0.1);
  });

  test('several together are the product, which has bounds', async () => {
    expect(pictures(await edited('mute', [{ speed: 2 }, { speed: 0.5 }]))).toHaveLength(60);
    await expect(edited('mute', [{ speed: 0.25 }, { speed: 0.5 }])).rejects.toMatchObject({ code: 'spec.invalid' });
  });

  test('an output that is made of it knows its length', async () => {
    const made = await house.run(
      {
        fast: { type: 'video', from: 'tone', edit: [{ speed: 2 }], encode: 'mp4-fast' },
        end: { type: 'video', from: 'fast', start: 1.5, encode: 'mp4-fast' },
      },
      ['tone'],
    );
    expect(pictures(made.file('end'))).toHaveLength(13);
  });
});

describe('fades', () => {
  test('picture and sound rise and fall, and are whole in between', async () => {
    const file = await edited('white', [{ fade: { in: 0.4, out: 0.8 } }]);
    const ramp = pictures(file).map(brightness);
    expect(ramp).toHaveLength(50);
    expect(ramp[0]).toBeLessThan(10);
    expect(Math.abs((ramp[5] ?? 0) - 128)).toBeLessThan(25);
    for (const value of ramp.slice(11, 29)) expect(value).toBeGreaterThan(245);
    expect(Math.abs((ramp[40] ?? 0) - 128)).toBeLessThan(25);
    expect(ramp[49]).toBeLessThan(20);
    const sound = samples(file);
    const whole = loudness(sound, 0.6, 1);
    expect(loudness(sound, 0, 0.05)).toBeLessThan(whole / 8);
    expect(Math.abs(loudness(sound, 1.58, 1.62) / whole - 0.5)).toBeLessThan(0.1);
    expect(loudness(sound, 1.95, 1.99)).toBeLessThan(whole / 8);
  });

  test('a sped-up output fades at its own end', async () => {
    const file = await edited('white', [{ fade: { out: 0.8 } }, { speed: 2 }]);
    const ramp = pictures(file).map(brightness);
    expect(ramp).toHaveLength(25);
    expect(ramp[14]).toBeGreaterThan(245);
    expect(ramp[24]).toBeLessThan(30);
    const after = pictures(await edited('white', [{ speed: 2 }, { fade: { out: 0.8 } }])).map(brightness);
    expect(after[4]).toBeGreaterThan(245);
    expect(Math.abs((after[15] ?? 0) - 128)).toBeLessThan(25);
  });

  test('a fade that is longer than the clip begins with it', async () => {
    const ramp = pictures(await edited('white', [{ fade: { out: 30 } }])).map(brightness);
    expect(Math.abs((ramp[25] ?? 0) - 128)).toBeLessThan(25);
  });
});

describe('deinterlace', () => {
  /** How much neighbouring lines differ at the left edge of the bar: a comb differs at every second one. */
  const combing = (seen: Picture): number => {
    let sum = 0;
    for (let y = 20; y < 220; y += 1)
      for (let x = 0; x < seen.width; x += 1) {
        const [above, here, below] = [seen.at(x, y - 1)[1], seen.at(x, y)[1], seen.at(x, y + 1)[1]];
        sum += Math.max(0, Math.min(Math.abs(here - above), Math.abs(here - below)) - 40);
      }
    return sum / 200;
  };

  test('moving edges are no longer combed, at the same rate', async () => {
    const before = await edited('fields', []);
    const after = await edited('fields', [{ deinterlace: true }]);
    expect(pictures(after)).toHaveLength(pictures(before).length);
    expect(combing(picture(before, 10))).toBeGreaterThan(1000);
    expect(combing(picture(after, 10))).toBeLessThan(combing(picture(before, 10)) / 5);
  });

  test('it comes first wherever it stands', async () => {
    const after = await edited('fields', [
      { rotate: 180 },
      { crop: { x: 1, y: 1, width: 300, height: 230 } },
      { deinterlace: true },
    ]);
    expect(combing(picture(after, 10))).toBeLessThan(300);
  });

  test('whole pictures stay as they are', async () => {
    const [before, after] = await Promise.all(
      [[], [{ deinterlace: true }]].map(async (edit) => picture(await edited('mute', edit), 10)),
    );
    const all = Array.from({ length: 160 * 90 }, (_, n) => [n % 160, Math.floor(n / 160)] as const);
    const changed = all.filter(([x, y]) => before?.at(x, y).join() !== after?.at(x, y).join());
    expect(changed).toEqual([]);
  });
});
