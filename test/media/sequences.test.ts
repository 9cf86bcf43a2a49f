import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lavfi, type MediaHouse, mediaHouse, x264 } from '#test/support/media-house.ts';

let house: MediaHouse;

/** White and loud for the first 0.1 s of every second, else black and silent. */
const flashes = (seconds: number, size: string, fps: string, rate = 48_000): string[] =>
  lavfi(
    `color=black:s=${size}:r=${fps}:d=${seconds},geq=lum='if(lt(mod(T,1),0.1),235,16)':cb=128:cr=128`,
    `aevalsrc='if(lt(mod(t,1),0.1),0.5*sin(2*PI*1000*t),0)':s=${rate}:d=${seconds}`,
  );

const aac = ['-c:a', 'aac', '-b:a', '128k'] as const;

beforeAll(async () => {
  house = await mediaHouse();
  await house.make('one', 'one.mp4', [...flashes(2, '320x180', '30'), ...x264, ...aac]);
  await house.make('two', 'two.mkv', [...flashes(3, '180x320', '30000/1001', 44_100), ...x264, '-c:a', 'flac']);
  await house.make('three', 'three.mp4', [
    ...flashes(2, '321x241', '24000/1001'),
    '-c:v',
    'mpeg4',
    '-q:v',
    '3',
    ...aac,
  ]);
  await house.make('mute', 'mute.mp4', [...flashes(1, '320x180', '25'), ...x264, '-an']);
  await house.make('logo', 'logo.png', [...lavfi('color=red:s=64x64:d=1'), '-frames:v', '1']);
  await house.make('music', 'music.mp3', [...lavfi('sine=f=440:d=4'), '-ac', '1']);
  await house.make('surround', 'surround.mka', [
    ...lavfi('aevalsrc=0.1*sin(2*PI*440*t)|0|0|0|0|0:c=5.1:d=2'),
    '-c:a',
    'flac',
  ]);
  await house.make('single', 'single.mp4', [...lavfi('testsrc2=s=320x180:r=10:d=0.1'), ...x264]);
}, 60_000);
afterAll(() => house.remove());

const ffprobe = (file: string, ...words: string[]): string =>
  execFileSync('ffprobe', ['-v', 'error', ...words, '-of', 'csv=p=0', file], { encoding: 'utf8' }).trim();

const frames = (file: string): number =>
  Number(ffprobe(file, '-count_frames', '-select_streams', 'v', '-show_entries', 'stream=nb_read_frames'));

const lengths = (file: string): { picture: number; sound: number } => ({
  picture: Number(ffprobe(file, '-select_streams', 'v', '-show_entries', 'stream=duration')),
  sound: Number(ffprobe(file, '-select_streams', 'a', '-show_entries', 'stream=duration')),
});

/** Seconds between pictures, each once. */
const steps = (file: string): number[] => {
  const times = ffprobe(file, '-select_streams', 'v', '-show_entries', 'frame=pts_time')
    .split('\n')
    .map(Number.parseFloat)
    .filter(Number.isFinite);
  return [...new Set(times.slice(1).map((time, n) => Math.round((time - (times[n] ?? 0)) * 1e4) / 1e4))];
};

/** When the picture becomes white and when the sound sets in, both in seconds. */
const events = (file: string): { flashes: number[]; beeps: number[] } => {
  const raw = (words: string[]): Buffer =>
    execFileSync('ffmpeg', ['-v', 'error', '-i', file, ...words, 'pipe:1'], { maxBuffer: 2 ** 28 });
  const fps = ffprobe(file, '-select_streams', 'v', '-show_entries', 'stream=avg_frame_rate').split('/').map(Number);
  const rate = (fps[0] ?? 1) / (fps[1] ?? 1);
  const luma = raw(['-vf', 'scale=1:1:flags=area,format=gray', '-f', 'rawvideo']);
  const pcm = new Float32Array(new Uint8Array(raw(['-vn', '-ac', '1', '-ar', '48000', '-f', 'f32le'])).buffer);
  const beeps: number[] = [];
  let quietSince = -1e9;
  for (const [n, value] of pcm.entries()) {
    if (Math.abs(value) < 0.1) continue;
    if (n - quietSince > 12_000) beeps.push(n / 48_000);
    quietSince = n;
  }
  const white = [...luma].flatMap((value, n) => (value > 60 && (luma[n - 1] ?? 0) <= 60 ? [n / rate] : []));
  return { flashes: white, beeps };
};

const inStep = (file: string, count: number): void => {
  const { flashes: seen, beeps } = events(file);
  expect(seen).toHaveLength(count);
  expect(beeps).toHaveLength(count);
  for (const [n, flash] of seen.entries()) expect(Math.abs(flash - (beeps[n] ?? 0))).toBeLessThan(0.04);
};

describe('clips that are cut together', () => {
  test('of other sizes, rates and codecs last exactly as long as their clips, and stay in step', async () => {
    const made = await house.run({ out: { type: 'video', from: { concat: ['one', 'two', 'three'] } } });
    const file = made.file('out');
    expect(frames(file)).toBe(60 + 90 + 60);
    expect(steps(file)).toEqual([0.0333]);
    const { picture, sound } = lengths(file);
    expect(Math.abs(picture - sound)).toBeLessThan(0.025);
    expect(made.checked[0]?.attestation?.checks.video).toBe('h264 320x180');
    inStep(file, 7);
  });

  test.each(['30000/1001', '24000/1001'])('at %s stay in step over many joints', async (fps) => {
    await house.make('part', `part-${fps.split('/')[0]}.mp4`, [...flashes(1, '160x90', fps), ...x264, ...aac]);
    const concat = Array.from({ length: 12 }, () => ({ clip: 'part', end: 0.91 }));
    const file = (await house.run({ out: { type: 'video', from: { concat } } })).file('out');
    const [num = 0, den = 1] = fps.split('/').map(Number);
    expect(frames(file)).toBe(12 * Math.round((0.91 * num) / den));
    inStep(file, 12);
  });

  test('get silence where a clip has no sound', async () => {
    const file = (await house.run({ out: { type: 'video', from: { concat: ['one', 'mute', 'one'] } } })).file('out');
    expect(frames(file)).toBe(150);
    const { flashes: seen, beeps } = events(file);
    expect(seen.map(Math.round)).toEqual([0, 1, 2, 3, 4]);
    expect(beeps.map(Math.round)).toEqual([0, 1, 3, 4]);
  });

  test('nest, and are cut out of', async () => {
    const from = {
      concat: [
        { clip: { concat: ['one', 'two'] }, start: 1, end: 4 },
        { clip: 'one', start: 1 },
      ],
    };
    const file = (await house.run({ out: { type: 'video', from } })).file('out');
    expect(frames(file)).toBe(30 + 60 + 30);
    inStep(file, 4);
  });

  test('a window of the whole is cut out of the joined pictures and sound', async () => {
    const file = (await house.run({ out: { type: 'video', from: { concat: ['one', 'two'] }, start: 1, end: 4 } })).file(
      'out',
    );
    expect(frames(file)).toBe(90);
    inStep(file, 3);
  });

  test('single pictures are shown as long as is said, single frames too', async () => {
    const from = { concat: [{ clip: 'logo', end: 2 }, 'one', { clip: 'single', end: 0.1 }] };
    const file = (await house.run({ out: { type: 'video', from, size: { width: 320, height: 240 } } })).file('out');
    expect(ffprobe(file, '-select_streams', 'v', '-show_entries', 'stream=width,height')).toBe('320,240');
    expect(frames(file)).toBe(60 + 60 + 3);
  });

  test.each([
    [{ concat: ['one', 'logo'] }, 'single picture'],
    [{ concat: ['one', 'music'] }, '"music" has no picture'],
    [{ concat: ['one', 'two'], transition: { type: 'fade', seconds: 3 } }, 'transitions around "one"'],
    [{ clip: { concat: ['one', 'two'] }, start: 6 }, 'beyond the end'],
  ])('%j is refused', async (from, message) => {
    await expect(house.run({ out: { type: 'video', from } })).rejects.toThrow(message);
  });
});

describe('transitions', () => {
  test.each(['fade', 'dissolve'])('a %s overlaps its clips', async (type) => {
    const from = { concat: ['one', 'two', 'mute'], transition: { type, seconds: 0.5 } };
    const file = (await house.run({ out: { type: 'video', from } })).file('out');
    expect(frames(file)).toBe(60 + 90 + 30 - 15 - 15);
    expect(steps(file)).toEqual([0.0333]);
    const { picture, sound } = lengths(file);
    expect(Math.abs(picture - sound)).toBeLessThan(0.025);
  });

  test('the middle of a fade is dark, that of a dissolve is both', async () => {
    await house.make('white', 'white.mp4', [...lavfi('color=white:s=64x64:r=20:d=2'), ...x264]);
    await house.make('grey', 'grey.mp4', [...lavfi('color=gray:s=64x64:r=20:d=2'), ...x264]);
    const middle = async (type: string): Promise<number> => {
      const from = { concat: ['white', 'grey'], transition: { type, seconds: 1 } };
      const file = (await house.run({ out: { type: 'video', from } })).file('out');
      const pixel = [
        '-ss',
        '1.5',
        '-i',
        file,
        '-frames:v',
        '1',
        '-vf',
        'scale=1:1,format=gray',
        '-f',
        'rawvideo',
        'pipe:1',
      ];
      return execFileSync('ffmpeg', ['-v', 'error', ...pixel])[0] ?? 0;
    };
    expect(await middle('fade')).toBeLessThan(60);
    expect(await middle('dissolve')).toBeGreaterThan(150);
  });
});

describe('any kind of output', () => {
  test('is made of a sequence: pictures, previews, sounds and what looks at it first', async () => {
    const from = { concat: ['one', 'two'] };
    const made = await house.run({
      out: { type: 'video', from, size: { width: 160 } },
      small: { type: 'video', from, size: { width: 80 } },
      poster: { type: 'image', from, at: 3.05 },
      gif: { type: 'preview', from, width: 80 },
      sound: { type: 'audio', from, encode: 'flac' },
      wave: { type: 'waveform', from },
    });
    expect(frames(made.file('out'))).toBe(150);
    expect(Number(ffprobe(made.file('sound'), '-show_entries', 'format=duration'))).toBeCloseTo(5, 3);
    const written = made.plan.tasks.flatMap((task) => (task.kind === 'make' ? task.writes : []));
    expect(written.filter(({ output }) => output.startsWith('joined-'))).toHaveLength(1);
  });

  test('is streamed as one film', async () => {
    const from = { concat: ['one', 'two'] };
    const audio = [
      { from: 'music', gain: 0.2, loop: true, duckUnder: 'own' },
      { from, name: 'own' },
    ];
    const made = await house.run({ abr: { type: 'stream', from, audio, formats: ['hls', 'dash'], segmentSeconds: 2 } });
    expect(made.plan.tasks.map(({ id }) => id)).toEqual(['make-abr']);
    expect(made.files('abr').filter((file) => file.endsWith('.m4s')).length).toBeGreaterThan(3);
  });

  test('sounds alone are joined as they are', async () => {
    const from = {
      concat: ['music', { clip: 'surround', end: 1 }, 'music'],
      transition: { type: 'dissolve', seconds: 0.5 },
    };
    const file = (await house.run({ out: { type: 'audio', from, encode: 'wav' } })).file('out');
    expect(Number(ffprobe(file, '-show_entries', 'format=duration'))).toBeCloseTo(4 + 1 + 4 - 1, 1);
  });
});
