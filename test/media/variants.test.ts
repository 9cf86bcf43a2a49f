import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lavfi, type MediaHouse, mediaHouse, x264 } from '#test/support/media-house.ts';

let house: MediaHouse;

beforeAll(async () => {
  house = await mediaHouse();
  const sound = ['-c:a', 'aac', '-b:a', '96k'];
  await house.make('a1', 'a1.mp4', [...lavfi('testsrc2=s=320x180:r=30:d=2', 'sine=f=300:d=2'), ...x264, ...sound]);
  await house.make('a2', 'a2.mp4', [
    ...lavfi('testsrc=s=180x320:r=30000/1001:d=1.5', 'sine=f=400:d=1.5'),
    ...x264,
    ...sound,
  ]);
  await house.make('b1', 'b1.mp4', [
    ...lavfi('mandelbrot=s=320x240:r=25:end_pts=50', 'sine=f=500:d=2'),
    '-t',
    '2',
    ...x264,
    ...sound,
  ]);
  await house.make('b2', 'b2.mp4', [...lavfi('testsrc2=s=640x360:r=24000/1001:d=1'), ...x264]);
  await house.make('music', 'music.mp3', [...lavfi('sine=f=440:d=1.5')]);
  await house.make('logo', 'logo.png', [...lavfi('color=red:s=32x32:d=1'), '-frames:v', '1']);
}, 60_000);
afterAll(() => house.remove());

const ffprobe = (file: string, ...words: string[]): string =>
  execFileSync('ffprobe', ['-v', 'error', ...words, '-of', 'csv=p=0', file], { encoding: 'utf8' }).trim();

const decode = (file: string): string =>
  execFileSync('ffmpeg', ['-v', 'warning', '-xerror', '-i', file, '-f', 'null', '-'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });

const times = (file: string): number[] =>
  ffprobe(file, '-select_streams', 'v', '-show_entries', 'packet=pts_time')
    .split('\n')
    .map(Number.parseFloat)
    .filter(Number.isFinite)
    .toSorted((a, b) => a - b);

const matrix = { axes: { one: ['a1', 'a2'], two: ['b1', 'b2'] } };
const from = { concat: ['$one', '$two'] };
/** Else frame and rate are those of each variant's own clips, and there is less to share. */
const size = { width: 320, height: 180 };
const film = { type: 'video', from, size, fps: 30 };

describe('variants of the same clips', () => {
  test('encode each clip once and join the rest by copying', async () => {
    const made = await house.run({ ad: film }, undefined, { matrix });
    const parts = made.plan.tasks.filter(({ id }) => id.startsWith('make-part-'));
    expect(parts).toHaveLength(4);
    expect(made.plan.stages.map((stage) => stage.length)).toEqual([4, 4]);
    const seconds = [2 + 2, 2 + 1, 1.5 + 2, 1.5 + 1];
    for (const [n, expected] of seconds.entries()) {
      const file = made.file(`ad-${n + 1}`);
      expect(decode(file)).toBe('');
      expect(times(file)).toHaveLength(Math.round(expected * 30));
      const track = (kind: string): number =>
        Number(ffprobe(file, '-select_streams', kind, '-show_entries', 'stream=duration'));
      expect(track('v')).toBeCloseTo(expected, 3);
      expect(Math.abs(track('a') - expected)).toBeLessThan(0.025);
    }
  });

  test.each([
    ['30000/1001', { preset: 'mp4', speed: 'ultrafast' }],
    ['24000/1001', { preset: 'mov', speed: 'ultrafast' }],
    ['30000/1001', { preset: 'hevc', speed: 'ultrafast' }],
    ['25', { preset: 'mkv', speed: 'ultrafast' }],
  ])('at %s in %j the pictures come evenly and the sound has no gap', async (fps, encode) => {
    await house.make('ntsc', `ntsc-${fps.split('/')[0]}-${encode.preset}.mp4`, [
      ...lavfi(`testsrc2=s=160x90:r=${fps}:d=1.1`, 'sine=f=440:d=1.1'),
      ...x264,
      '-c:a',
      'aac',
    ]);
    const concat = Array.from({ length: 20 }, (_, n) => ({ clip: 'ntsc', end: n % 2 === 0 ? 1 : 0.77 }));
    const made = await house.run({ out: { type: 'video', from: { concat }, encode } });
    expect(made.plan.tasks).toHaveLength(3);
    const file = made.file('out');
    expect(decode(file)).toBe('');
    const [num = 0, den = 1] = fps.split('/').map(Number);
    const each = [1, 0.77].map((seconds) => Math.round((seconds * num) / den));
    const at = times(file);
    expect(at).toHaveLength(10 * ((each[0] ?? 0) + (each[1] ?? 0)));
    const tolerance = encode.preset === 'mkv' ? 0.0011 : 1e-6;
    for (const [n, time] of at.entries())
      expect(Math.abs(time - (at[0] ?? 0) - (n * den) / num)).toBeLessThan(tolerance + 1e-6);
    const silent = execFileSync(
      'ffmpeg',
      ['-v', 'info', '-i', file, '-af', 'silencedetect=n=-40dB:d=0.03', '-vn', '-f', 'null', '-', '-y'],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
    );
    expect(silent).not.toContain('silence_start');
  });

  test('edits that do the same to every picture are made in the parts, others in one piece', async () => {
    const overlay = { overlay: { image: 'logo', at: 'top-left' } };
    const joined = await house.run({ ad: { ...film, edit: [overlay] } }, undefined, { matrix });
    expect(joined.plan.tasks.filter(({ id }) => id.startsWith('make-part-'))).toHaveLength(4);
    for (const more of [{ fade: { in: 0.5 } }, { speed: 2 }, { text: { value: 'x', end: 1 } }]) {
      const made = await house.run({ ad: { ...film, edit: [overlay, more] } }, undefined, {
        matrix: { axes: { one: ['a1', 'a2'], two: ['b1'] } },
      });
      expect(made.plan.tasks.map(({ id }) => id)).toEqual(['make-ad-1', 'make-ad-2']);
    }
  });

  test('outputs of other sizes and codecs share nothing but what is the same', async () => {
    const made = await house.run(
      {
        large: film,
        small: { ...film, size: { width: 160, height: 90 } },
        web: { ...film, encode: 'webm' },
      },
      undefined,
      { matrix: { axes: { one: ['a1', 'a2'], two: ['b1'] } } },
    );
    const ids = made.plan.tasks.map(({ id }) => id);
    expect(ids.filter((id) => id.startsWith('make-part-'))).toHaveLength(6);
    expect(ids.filter((id) => id.startsWith('make-web-'))).toHaveLength(2);
  });

  test('clips that are used once are made in one go', async () => {
    const made = await house.run({ out: { type: 'video', from: { concat: ['a1', 'b1'] } } });
    expect(made.plan.tasks.map(({ id }) => id)).toEqual(['make-out']);
  });

  test('music over all variants is mixed into each, and the parts have no sound', async () => {
    const audio = [{ from: { concat: ['music', 'music'] }, gain: 0.5, loop: true }];
    const made = await house.run({ ad: { ...film, audio } }, undefined, { matrix });
    const parts = made.checked.filter(({ write }) => write.output.startsWith('part-'));
    expect(parts.map(({ write }) => write.expects.audio)).toEqual([null, null, null, null]);
    expect(made.plan.tasks.filter(({ id }) => id.startsWith('make-joined-'))).toHaveLength(1);
    for (const n of [1, 2, 3, 4]) expect(decode(made.file(`ad-${n}`))).toBe('');
  });

  test('task ids do not depend on the other outputs', async () => {
    const planned = async (outputs: Record<string, unknown>): Promise<string[]> =>
      (await house.run(outputs, undefined, { matrix })).plan.tasks.map(({ id }) => id);
    const alone = await planned({ ad: film });
    expect(await planned({ first: { type: 'image', from: 'a1' }, ad: film })).toEqual(expect.arrayContaining(alone));
  });
});
