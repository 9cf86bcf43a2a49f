/** Normalization of speech, noise and music, quiet and loud: measured again by FFmpeg when it is done. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lavfi, type MediaHouse, mediaHouse, x264 } from '#test/support/media-house.ts';

let house: MediaHouse;

/** Syllables: bursts of a buzz that come and go, with pauses between sentences. */
const speech = (gain: number, seconds = 8) =>
  `aevalsrc='${gain}*(0.5*sin(2*PI*140*t)+0.3*sin(2*PI*700*t)+0.2*sin(2*PI*2600*t))*abs(sin(2*PI*2.3*t))*lt(mod(t,3),2.2)':d=${seconds}:s=44100`;
const music = (amplitude: number) => `anoisesrc=color=pink:a=${amplitude}:d=6:seed=7,tremolo=f=2:d=0.6`;
const clicks = "aevalsrc='0.02*sin(2*PI*300*t)+0.95*lt(mod(t,1),0.003)*sin(2*PI*900*t)':d=6:s=48000";

beforeAll(async () => {
  house = await mediaHouse();
  await house.make('speech', 'speech.wav', lavfi(speech(0.3)));
  await house.make('quiet', 'quiet.flac', lavfi(speech(0.004)));
  await house.make('loud', 'loud.wav', lavfi(music(0.99)));
  await house.make('music', 'music.mp4', [
    ...lavfi('testsrc2=s=160x90:r=25:d=6', music(0.2)),
    ...x264,
    '-ac',
    '2',
    '-c:a',
    'aac',
  ]);
  await house.make('short', 'short.wav', lavfi(speech(0.2, 1)));
  await house.make('clicks', 'clicks.wav', lavfi(clicks));
  await house.make('surround', 'surround.flac', [...lavfi(music(0.2)), '-ac', '6']);
  await house.make('sided', 'sided.wav', [...lavfi(speech(0.3)), '-af', 'pan=stereo|c0=c0']);
  await house.make('silent', 'silent.wav', [...lavfi('anullsrc'), '-t', '3']);
  await house.make('blip', 'blip.wav', lavfi('sine=f=440:d=0.2'));
});
afterAll(() => house.remove());

/** By the summary that FFmpeg's meter prints at the end, not by the numbers that the analysis reads. */
const measured = (file: string): { lufs: number; peak: number } => {
  const words = ['-nostdin', '-hide_banner', '-i', file, '-af', 'ebur128=peak=true', '-f', 'null', '-'];
  const text = execFileSync('sh', ['-c', 'exec ffmpeg "$@" 2>&1', 'sh', ...words]).toString();
  const summary = text.slice(text.lastIndexOf('Summary:'));
  return {
    lufs: Number(/I: +(-?[\d.]+) LUFS/.exec(summary)?.[1]),
    peak: Number(/Peak: +(-?[\d.]+|-inf) dBFS/.exec(summary)?.[1]),
  };
};

describe.each([-23, -16])('to %d LUFS', (lufs) => {
  test.each([
    ['speech', 'm4a'],
    ['quiet', 'mp3'],
    ['loud', 'opus'],
    ['music', 'm4a'],
    ['short', 'wav'],
    ['surround', 'flac'],
    ['sided', { preset: 'wav', channels: 1 }],
  ])('%s as %j', async (name, encode) => {
    const normalize = lufs === -23 ? true : { lufs };
    const made = await house.run({ out: { type: 'audio', encode, normalize } }, [name]);
    const found = measured(made.file('out'));
    expect(Math.abs(found.lufs - lufs)).toBeLessThanOrEqual(1);
    expect(found.peak).toBeLessThanOrEqual(-1);
  });
});

test('where there is room for the peaks the sound is only turned up, and keeps its shape', async () => {
  const made = await house.run({ out: { type: 'audio', encode: 'wav', normalize: true } }, ['speech']);
  const before = measured(join(house.folder, 'speech.wav'));
  const after = measured(made.file('out'));
  expect(after.peak - before.peak).toBeCloseTo(after.lufs - before.lufs, 0);
  expect(made.plan.warnings).toEqual([]);
});

test('peaks that have to be limited are told of', async () => {
  const made = await house.run({ out: { type: 'audio', encode: 'wav', normalize: true } }, ['clicks']);
  expect(made.plan.warnings.join('')).toMatch(/peaks are limited by up to \d+\.\d dB/);
  expect(measured(made.file('out')).peak).toBeLessThanOrEqual(-1);
});

test.each(['silent', 'blip'])('%s sources stay as they are, with a warning', async (name) => {
  const made = await house.run({ out: { type: 'audio', encode: 'wav', normalize: true } }, [name]);
  const [before, after] = [measured(join(house.folder, `${name}.wav`)), measured(made.file('out'))];
  expect(after).toEqual(before);
  expect(made.plan.warnings.join('')).toContain('left as it is');
});

test('a sound is measured once for all outputs that want the same, which are then made together', async () => {
  const made = await house.run(
    {
      a: { type: 'audio', encode: 'mp3', normalize: true },
      b: { type: 'audio', encode: 'm4a', normalize: { lufs: -16 } },
      film: 'mp4-fast',
    },
    ['music'],
  );
  // The film need not wait for what is found, so it is made while that is looked for.
  expect(made.plan.stages.flat()).toEqual([expect.stringMatching(/^look-loudness-/), 'make-a', 'make-film']);
});

test('normalizing asks for an encode where a copy would have done', async () => {
  const made = await house.run({ out: { type: 'audio', encode: 'm4a', normalize: { lufs: -30 } } }, ['music']);
  expect(made.plan.warnings).toEqual([]);
  expect(measured(made.file('out')).lufs).toBeCloseTo(-30, 0);
});
