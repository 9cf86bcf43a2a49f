import { describe, expect, test } from 'vitest';
import { checkOutput, needsProbe } from '#core/job/output-check.ts';
import type { Expectation } from '#core/job/task-write.ts';
import { aProbe } from '#test/support/records.ts';

const expects: Expectation = {
  video: { codec: 'h264', width: 1280, height: 720 },
  audio: { codec: 'aac', channels: 2 },
  durationSeconds: 5,
  minFrames: 125,
};
const good = { bytes: 1000, probe: aProbe(), decodeErrors: 0 };
const violations = (expected: Expectation, written: Partial<Parameters<typeof checkOutput>[1]>) =>
  checkOutput(expected, { ...good, ...written }).violations;

test('what is as planned may be published', () => {
  expect(checkOutput(expects, good)).toEqual({ violations: [], warnings: [], short: false, noise: false });
});

test.each<[string, Expectation, Partial<Parameters<typeof checkOutput>[1]>, RegExp]>([
  ['an empty file', {}, { bytes: 0, probe: undefined }, /nothing was written/],
  ['a file that cannot be read back', expects, { probe: undefined }, /cannot be read back/],
  ['a file that reached its size limit', {}, { bytes: 1000, maxBytes: 1000 }, /reached the limit/],
  ['another codec', { video: { codec: 'vp9', width: 1280, height: 720 } }, {}, /h264, not vp9/],
  ['another size', { video: { codec: 'h264', width: 640, height: 360 } }, {}, /1280x720, not 640x360/],
  ['a missing picture', expects, { probe: aProbe({ video: [] }) }, /picture track is missing/],
  ['a missing sound', expects, { probe: aProbe({ audio: [] }) }, /sound track is missing/],
  ['a picture that must not be', { video: null }, {}, /there is a picture track/],
  ['a sound that must not be', { audio: null }, {}, /there is a sound track/],
  ['another number of channels', { audio: { codec: 'aac', channels: 6 } }, {}, /2 channels, not 6/],
  ['too few pictures', { minFrames: 126 }, {}, /125 pictures; at least 126/],
])('%s may not be published', (_, expected, written, why) => {
  expect(violations(expected, written).join('; ')).toMatch(why);
});

describe('the duration', () => {
  const lasting = (seconds: number, expected: Partial<Expectation> = {}, source = 0) =>
    violations(
      { durationSeconds: 100, ...expected },
      { probe: aProbe({ durationSeconds: seconds }), sourceLastFrameSeconds: source },
    );
  test('may differ by 2 %', () => {
    expect([lasting(98.1), lasting(101.9)]).toEqual([[], []]);
    expect([lasting(97.9).length, lasting(102.1).length]).toEqual([1, 1]);
  });
  test('may differ by a second where that is more', () => {
    expect(lasting(4.1, { durationSeconds: 5 })).toEqual([]);
    expect(lasting(3.9, { durationSeconds: 5 })).toHaveLength(1);
  });
  test('may lack the last picture of the plan or of the source', () => {
    expect(lasting(95, { lastFrameSeconds: 6 })).toEqual([]);
    expect(lasting(95, {}, 6)).toEqual([]);
    expect(lasting(93, { lastFrameSeconds: 6 }, 3)).toHaveLength(1);
  });
});

test('the verdict tells a short source and noise from a mistake of ours', () => {
  const cut = checkOutput(expects, { ...good, probe: aProbe({ durationSeconds: 2 }) });
  expect([cut.short, cut.noise]).toEqual([true, false]);
  const long = checkOutput(expects, { ...good, probe: aProbe({ durationSeconds: 9 }) });
  expect([long.short, long.violations.length]).toEqual([false, 1]);
  const noise = checkOutput(expects, { ...good, decodeErrors: 126 });
  expect([noise.noise, noise.violations.length]).toEqual([true, 1]);
});

test('some decode errors are a warning', () => {
  expect(checkOutput(expects, { ...good, decodeErrors: 6 })).toMatchObject({
    violations: [],
    warnings: ['decode errors: FFmpeg reported 6 while it went on'],
  });
});

test('only what is expected to be media is probed', () => {
  expect(needsProbe({})).toBe(false);
  expect(needsProbe({ audio: null })).toBe(true);
});
