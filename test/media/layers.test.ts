import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lavfi, type MediaHouse, mediaHouse, x264 } from '#test/support/media-house.ts';

let house: MediaHouse;
const rate = 48_000;

beforeAll(async () => {
  house = await mediaHouse();
  await house.make('film', 'film.mp4', [
    ...lavfi('testsrc2=s=160x90:r=25:d=6', 'sine=f=200:d=6'),
    ...x264,
    '-c:a',
    'aac',
  ]);
  await house.make('mute', 'mute.mp4', [...lavfi('testsrc2=s=160x90:r=25:d=4'), ...x264]);
  // A whole number of waves, so that a seamless loop has no step in it.
  await house.make('tone', 'tone.wav', lavfi('aevalsrc=0.5*sin(2*PI*500*t):s=48000:d=1'));
  await house.make('mono', 'mono.flac', lavfi('aevalsrc=0.5*sin(2*PI*500*t):s=44100:d=8'));
  await house.make('click', 'click.wav', lavfi('aevalsrc=if(lt(t\\,0.01)\\,0.8\\,0):s=48000:d=0.5'));
  await house.make('voice', 'voice.wav', lavfi('aevalsrc=0.2*sin(2*PI*3000*t):s=48000:d=2'));
  await house.make('loud', 'loud.wav', lavfi('aevalsrc=0.9*sin(2*PI*300*t):s=48000:d=4'));
  await house.make('surround', 'surround.flac', lavfi('aevalsrc=0|0|0.4*sin(2*PI*500*t)|0|0|0:c=5.1:s=48000:d=4'));
}, 60_000);
afterAll(() => house.remove());

/** The left channel at 48 kHz. */
const samplesOf = (file: string, filter = 'anull'): Float32Array => {
  const words = [
    '-v',
    'error',
    '-i',
    file,
    '-vn',
    '-af',
    `${filter},pan=mono|c0=FL`,
    '-ar',
    String(rate),
    '-f',
    'f32le',
    'pipe:1',
  ];
  const bytes = execFileSync('ffmpeg', words, { maxBuffer: 2 ** 28 });
  return new Float32Array(new Uint8Array(bytes).buffer);
};

/** Root mean square in dB between two seconds. */
const level = (samples: Float32Array, from: number, to: number): number => {
  const part = samples.slice(from * rate, to * rate);
  const square = part.reduce((sum, value) => sum + value * value, 0) / part.length;
  return 10 * Math.log10(Math.max(square, 1e-12));
};

const wav = async (audio: unknown[], from = 'film'): Promise<Float32Array> =>
  samplesOf((await house.run({ out: { type: 'audio', from, audio, encode: 'wav' } })).file('out'));

const sound = (file: string): number =>
  Number(
    execFileSync(
      'ffprobe',
      ['-v', 'error', '-select_streams', 'a', '-show_entries', 'stream=duration', '-of', 'csv=p=0', file],
      { encoding: 'utf8' },
    ),
  );

/** Of a sine of 0.5: half of its square is its power. */
const toneLevel = 20 * Math.log10(0.5 / Math.SQRT2);

describe('one layer', () => {
  test('at a gain of 0.2 is 14 dB quieter, and replaces the sound of the film', async () => {
    const samples = await wav([{ from: 'mono', gain: 0.2 }]);
    expect(level(samples, 1, 5)).toBeCloseTo(toneLevel - 13.98, 1);
    expect(samples).toHaveLength(8 * rate);
  });

  test('repeats without a step as long as the film', async () => {
    const made = await house.run({
      out: {
        type: 'video',
        from: 'film',
        audio: [{ from: 'tone', loop: true }],
        encode: { preset: 'mkv', audioCodec: 'flac' },
      },
    });
    const samples = samplesOf(made.file('out'));
    expect(samples).toHaveLength(6 * rate);
    const greatest = 2 * Math.PI * (500 / rate) * 0.5 * 1.05;
    const steps = samples.slice(1).map((value, n) => Math.abs(value - (samples[n] ?? 0)));
    expect(steps.slice(0, 5.9 * rate).every((step) => step < greatest)).toBe(true);
    expect(level(samples, 4.5, 5.9)).toBeCloseTo(toneLevel, 1);
  });

  test('starts on the sample', async () => {
    const samples = await wav([{ from: 'click', start: 1.234 }]);
    expect(samples.findIndex((value) => Math.abs(value) > 0.4)).toBe(Math.round(1.234 * rate));
  });

  test('starts on the sample also under the limiter', async () => {
    const samples = await wav([
      { from: 'click', start: 1.234, gain: 1.01 },
      { from: 'tone', gain: 0 },
    ]);
    expect(samples.findIndex((value) => Math.abs(value) > 0.4)).toBe(Math.round(1.234 * rate));
  });

  test('fades in from where it starts and out to where it ends', async () => {
    const samples = await wav([{ from: 'voice', start: 1, fade: { in: 1, out: 0.5 } }]);
    expect(level(samples, 0, 0.99)).toBeLessThan(-100);
    expect(level(samples, 1, 1.2)).toBeLessThan(level(samples, 2, 2.4) - 12);
    expect(level(samples, 2.9, 2.99)).toBeLessThan(level(samples, 2, 2.4) - 12);
    expect(samples).toHaveLength(3 * rate);
  });

  test('a repeated one fades out with the film', async () => {
    const made = await house.run({
      out: {
        type: 'video',
        from: 'mute',
        audio: [{ from: 'tone', loop: true, fade: { out: 1 } }],
        encode: { preset: 'mkv', audioCodec: 'flac' },
      },
    });
    const samples = samplesOf(made.file('out'));
    expect(level(samples, 2, 3)).toBeCloseTo(toneLevel, 1);
    expect(level(samples, 3.9, 4)).toBeLessThan(toneLevel - 18);
  });

  test('is cut at the end of the film, and silent after its own', async () => {
    const made = await house.run({
      long: { type: 'video', from: 'mute', audio: [{ from: 'mono' }] },
      short: { type: 'video', from: 'mute', audio: [{ from: 'tone' }] },
    });
    expect(Math.abs(sound(made.file('long')) - 4)).toBeLessThan(0.03);
    expect(Math.abs(sound(made.file('short')) - 4)).toBeLessThan(0.03);
    expect(level(samplesOf(made.file('short')), 2, 3.9)).toBeLessThan(-80);
  });

  test('of more or fewer channels is stereo', async () => {
    const samples = await wav([{ from: 'surround' }]);
    expect(level(samples, 1, 3)).toBeGreaterThan(-25);
    expect(
      samplesOf(
        (
          await house.run({
            out: { type: 'audio', from: 'mono', audio: [{ from: 'mono' }], encode: { preset: 'wav', channels: 1 } },
          })
        ).file('out'),
        'pan=stereo|c0=c0|c1=c0',
      ),
    ).toHaveLength(8 * rate);
  });
});

describe('several layers', () => {
  test('are added, never scaled down and never clipped', async () => {
    const quiet = await wav([
      { from: 'mono', gain: 0.2 },
      { from: 'tone', gain: 0 },
    ]);
    expect(level(quiet, 2, 5)).toBeCloseTo(toneLevel - 13.98, 1);
    const loud = await wav([
      { from: 'loud', gain: 3 },
      { from: 'mono', gain: 2 },
    ]);
    expect(loud.reduce((most, value) => Math.max(most, Math.abs(value)), 0)).toBeLessThan(0.985);
  });

  test('music gives way while somebody speaks and comes back afterwards', async () => {
    const audio = [
      { from: 'tone', loop: true, duckUnder: 'voice' },
      { name: 'voice', from: 'voice', start: 2 },
    ];
    const made = await house.run({
      out: { type: 'video', from: 'film', audio, encode: { preset: 'mkv', audioCodec: 'flac' } },
    });
    const music = samplesOf(made.file('out'), 'lowpass=f=900:p=2,lowpass=f=900:p=2');
    const [before, during, after] = [level(music, 1, 1.9), level(music, 2.5, 3.9), level(music, 5.3, 5.9)];
    expect(before - during).toBeGreaterThan(9);
    expect(before - during).toBeLessThan(20);
    expect(Math.abs(before - after)).toBeLessThan(1.5);
    const voice = samplesOf(made.file('out'), 'highpass=f=1500:p=2,highpass=f=1500:p=2');
    expect(Math.abs(level(voice, 2.5, 3.9) - 20 * Math.log10(0.2 / Math.SQRT2))).toBeLessThan(1);
  });

  test("may keep the film's own sound, in step with its speed", async () => {
    const audio = [
      { from: 'film', gain: 0.5 },
      { from: 'tone', gain: 0.1 },
    ];
    const made = await house.run({ out: { type: 'video', from: 'film', audio, edit: [{ speed: 2 }] } });
    expect(Math.abs(sound(made.file('out')) - 3)).toBeLessThan(0.03);
    const own = level(samplesOf(made.file('out'), 'lowpass=f=300:p=2'), 0.5, 2.8);
    expect(own).toBeGreaterThan(-35);
    expect(level(samplesOf(made.file('out'), 'lowpass=f=300:p=2'), 2.6, 2.9)).toBeGreaterThan(-35);
  });

  test('may be sequences, also of the film itself', async () => {
    const from = { concat: ['film', 'mute'] };
    const audio = [
      { from, gain: 0.5 },
      { from: { concat: ['tone', 'voice'] }, start: 1 },
    ];
    const made = await house.run({ out: { type: 'video', from, audio } });
    expect(Math.abs(sound(made.file('out')) - 10)).toBeLessThan(0.03);
  });

  test('an audio output without any that ends is as long as its source', async () => {
    expect(await wav([{ from: 'tone', loop: true }])).toHaveLength(6 * rate);
  });
});

describe('what is wrong is said by name', () => {
  test.each([
    [[{ from: 'mute' }], '"mute" has no sound'],
    [
      [
        { from: 'tone', duckUnder: 'voise' },
        { name: 'voice', from: 'voice' },
      ],
      '/outputs/out/audio/0/duckUnder: no layer is called "voise"; did you mean "voice"?',
    ],
    [
      [
        { name: 'a', from: 'tone', duckUnder: 'b' },
        { name: 'b', from: 'tone', duckUnder: 'a' },
      ],
      '/outputs/out/audio/0/duckUnder: the layers give way to one another',
    ],
    [[{ name: 'a', from: 'tone', duckUnder: 'a' }], 'in a circle'],
    [
      [
        { name: 'a', from: 'tone' },
        { name: 'a', from: 'tone' },
      ],
      '/outputs/out/audio/1/name',
    ],
  ])('%j', async (audio, message) => {
    await expect(house.run({ out: { type: 'video', from: 'film', audio } })).rejects.toThrow(message);
  });
});
