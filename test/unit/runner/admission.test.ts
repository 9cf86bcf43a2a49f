import { expect, test } from 'vitest';
import { admit, admitBytes } from '#core/media/admission.ts';
import type { AudioStream, Probe, VideoStream } from '#core/media/probe.ts';
import { aProbe } from '#test/support/records.ts';

const limits = { maxBytes: 10_000, maxSeconds: 60, maxPixels: 1920 * 1080 };
const video = (overrides: Partial<VideoStream>): VideoStream[] =>
  aProbe().video.map((stream) => ({ ...stream, ...overrides }));
const audio = (overrides: Partial<AudioStream>): AudioStream[] =>
  aProbe().audio.map((stream) => ({ ...stream, ...overrides }));

test('a good file is admitted as it is', () => {
  expect(admit(aProbe(), limits)).toEqual(aProbe());
});

test.each<[string, Partial<Probe>, string]>([
  ['too long', { durationSeconds: 61 }, 'input.too_long'],
  ['too many bytes', { bytes: 10_001 }, 'input.too_large'],
  ['empty', { bytes: 0 }, 'input.corrupt'],
  ['too many pixels', { video: video({ codedWidth: 1921, codedHeight: 1080 }) }, 'input.too_large'],
  ['no size', { video: video({ codedWidth: 0, codedHeight: 0 }) }, 'input.corrupt'],
  ['one pixel wide', { video: video({ codedWidth: 1 }) }, 'input.corrupt'],
  ['no packets, although it claims a duration', { video: video({ frames: 0 }) }, 'input.corrupt'],
  ['no decoder', { video: video({ codec: 'unknown' }) }, 'input.corrupt'],
  ['no decodable picture', { video: video({ pixelFormat: null }) }, 'input.corrupt'],
  ['a sample rate of 1 Hz', { audio: audio({ sampleRate: 1 }) }, 'input.corrupt'],
  ['a sample rate of 1 MHz', { audio: audio({ sampleRate: 1_000_000 }) }, 'input.corrupt'],
  ['nothing usable', { video: [], audio: [] }, 'input.not_media'],
  ['only silent sound', { video: [], audio: audio({ channels: 0 }) }, 'input.corrupt'],
])('%s is refused', (_, overrides, code) => {
  expect(() => admit(aProbe(overrides), limits)).toThrow(expect.objectContaining({ name: code }));
});

test('sound alone is admitted, and so is a picture without a duration', () => {
  expect(admit(aProbe({ video: [] }), limits).audio).toHaveLength(1);
  expect(admit(aProbe({ audio: [], durationSeconds: null }), limits).video).toHaveLength(1);
});

test('unusable tracks beside usable ones are left out and noted', () => {
  const probe = aProbe({
    video: [...video({ index: 0, frames: 0 }), ...video({ index: 2 })],
    audio: [...audio({ index: 1, codec: 'unknown' }), ...audio({ index: 3 })],
  });
  const admitted = admit(probe, limits);
  expect([...admitted.video, ...admitted.audio].map(({ index }) => index)).toEqual([2, 3]);
  expect(admitted.notes).toEqual([
    'picture track 0 is left out: it holds no pictures',
    'sound track 1 is left out: its codec is not known here',
  ]);
});

test('the size is known and judged before anything is fetched', () => {
  expect(() => admitBytes(10_001, limits)).toThrow(expect.objectContaining({ name: 'input.too_large' }));
  expect(() => admitBytes(10_000, limits)).not.toThrow();
});
