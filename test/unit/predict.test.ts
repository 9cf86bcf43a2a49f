import { describe, expect, test } from 'vitest';
import type { Probe } from '#core/media/probe.ts';
import { bands } from '#core/planner/calibration.ts';
import { type Prediction, predictPlan, speedFactor } from '#core/planner/predict.ts';
import { anIndex, aPictureIndex, aSoundIndex } from '#test/support/indexes.ts';
import { aProbe, anAudioTrack, aVideoTrack } from '#test/support/probes.ts';
import { planOf } from '#test/support/plans.ts';

const minute = (width: number, height: number, changes: { codec?: string; fps?: number } = {}): Probe =>
  aProbe({
    durationSeconds: 60,
    bytes: 60 * 1_000_000,
    video: [
      aVideoTrack({
        width,
        height,
        codec: changes.codec ?? 'h264',
        fps: { num: changes.fps ?? 30, den: 1 },
        durationSeconds: 60,
      }),
    ],
    audio: [anAudioTrack({ durationSeconds: 60 })],
  });

const predicted = (outputs: Record<string, unknown>, probe: Probe, factor?: number): Prediction => {
  const probes = { video: probe };
  const all = [...predictPlan(planOf(outputs, probes), probes, factor).values()];
  return {
    seconds: Math.max(...all.map(({ seconds }) => seconds)),
    cpuSeconds: all.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
    memoryBytes: Math.max(...all.map(({ memoryBytes }) => memoryBytes)),
    bytesRead: all.reduce((sum, { bytesRead }) => sum + bytesRead, 0),
    bytesWritten: all.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0),
  };
};

const film = (speed: string, shortSide?: number) => ({
  type: 'video',
  encode: { preset: 'mp4', speed },
  ...(shortSide ? { size: { shortSide } } : {}),
});
const ladder = (speed: string) =>
  Object.fromEntries([1080, 720, 480, 360].map((side) => [`p${side}`, film(speed, side)]));

describe('a film in pieces', () => {
  const film = minute(1920, 1080);
  const indexes = { video: anIndex(aPictureIndex({ samples: 1800 }), aSoundIndex(60, { firstRow: 1800 })) };
  const capacity = { kind: 'local', workers: 10, vcpus: 10 } as const;
  const cutting = { capacity, indexes, leastChunkSeconds: 6 };
  test.each([
    ['a stream', { out: { type: 'stream', ladder: [{ shortSide: 720 }, { shortSide: 360 }], segmentSeconds: 6 } }],
    ['a file', { out: { type: 'video', encode: 'mp4', size: { shortSide: 480 } } }],
  ])('takes little more than in one, and is as large: %s', (_, outputs) => {
    const probes = { video: film };
    const plan = planOf(outputs, probes, { rest: { optimize: 'speed' }, cutting });
    const cut = [...predictPlan(plan, probes).values()];
    const cpu = cut.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
    const whole = predicted(outputs, film);
    expect(plan.tasks.length).toBeGreaterThan(9);
    expect(cpu).toBeGreaterThan(0.85 * whole.cpuSeconds);
    expect(cpu).toBeLessThan(1.2 * whole.cpuSeconds);
    expect(Math.max(...cut.map(({ bytesWritten }) => bytesWritten))).toBeLessThan(1.1 * whole.bytesWritten);
  });
});

describe('CPU seconds for each second, as they were measured', () => {
  const measured: readonly (readonly [string, Record<string, unknown>, Probe, number])[] = [
    ['720p veryfast', { out: film('veryfast') }, minute(1280, 720), 0.36],
    ['720p medium', { out: film('medium') }, minute(1280, 720), 0.9],
    ['720p slow', { out: film('slow') }, minute(1280, 720), 1.17],
    ['1080p of HEVC veryfast', { out: film('veryfast') }, minute(1920, 1080, { codec: 'hevc' }), 0.67],
    ['1080p of HEVC medium', { out: film('medium') }, minute(1920, 1080, { codec: 'hevc' }), 1.18],
    ['a ladder of four veryfast', ladder('veryfast'), minute(1920, 1080, { codec: 'hevc' }), 1.28],
    ['a ladder of four medium', ladder('medium'), minute(1920, 1080, { codec: 'hevc' }), 2.34],
    ['a ladder of four slow', ladder('slow'), minute(1920, 1080, { codec: 'hevc' }), 2.86],
  ];
  for (const [name, outputs, probe, cpu] of measured)
    test(name, () => {
      const perSecond = predicted(outputs, probe).cpuSeconds / 60;
      expect(cpu).toBeGreaterThan(perSecond * bands.cpu.low);
      expect(cpu).toBeLessThan(perSecond * bands.cpu.high);
    });
});

describe('what a prediction is made of', () => {
  test('copying costs next to nothing and writes what it reads', () => {
    const { cpuSeconds, bytesWritten } = predicted({ out: 'copy' }, minute(1280, 720));
    expect(cpuSeconds).toBeLessThan(1);
    expect(bytesWritten).toBe(60_000_000);
  });

  test('a picture of a long film does not cost the film', () => {
    const film = predicted({ out: 'mp4' }, minute(1280, 720)).cpuSeconds;
    expect(predicted({ out: { type: 'image', at: 30 } }, minute(1280, 720)).cpuSeconds).toBeLessThan(film / 8);
  });

  test('half of the film costs about half', () => {
    const whole = predicted({ out: film('medium') }, minute(1280, 720));
    const half = predicted({ out: { ...film('medium'), start: 0, end: 30 } }, minute(1280, 720));
    expect(half.cpuSeconds / whole.cpuSeconds).toBeCloseTo(0.5, 1);
    expect(half.bytesWritten / whole.bytesWritten).toBeCloseTo(0.5, 1);
  });

  test('a cap on the bitrate caps the bytes, and better quality makes more of them', () => {
    const bytes = (encode: Record<string, unknown>): number =>
      predicted({ out: { type: 'video', audio: 'none', encode: { preset: 'mp4', ...encode } } }, minute(1280, 720))
        .bytesWritten;
    expect(bytes({ maxBitrate: 500_000 })).toBeLessThanOrEqual((500_000 * 60) / 8);
    expect(bytes({ crf: 18 })).toBeGreaterThan(1.5 * bytes({ crf: 23 }));
  });

  test('more pictures a second, larger pictures and slower encoders cost more', () => {
    const cpu = (outputs: Record<string, unknown>, probe: Probe): number => predicted(outputs, probe).cpuSeconds;
    const usual = cpu({ out: 'mp4' }, minute(1280, 720));
    expect(cpu({ out: 'mp4' }, minute(1280, 720, { fps: 60 }))).toBeGreaterThan(1.8 * usual);
    expect(cpu({ out: 'mp4' }, minute(3840, 2160))).toBeGreaterThan(7 * usual);
    expect(cpu({ out: 'hevc' }, minute(1280, 720))).toBeGreaterThan(1.5 * usual);
    expect(cpu({ out: { type: 'video', fps: 15 } }, minute(1280, 720))).toBeLessThan(0.6 * usual);
  });

  test('an output that is made from another one is predicted from that one', () => {
    const outputs = { small: film('medium', 240), again: { ...film('medium'), from: 'small' } };
    const alone = predicted({ small: outputs.small }, minute(1280, 720)).cpuSeconds;
    expect(
      predicted({ small: { ...outputs.small, from: 'video' }, again: outputs.again }, minute(1280, 720)).cpuSeconds,
    ).toBeLessThan(2 * alone);
  });

  test('a host that takes twice as long takes twice the seconds', () => {
    const plain = predicted({ out: 'mp4' }, minute(1280, 720)).cpuSeconds;
    expect(predicted({ out: 'mp4' }, minute(1280, 720), 2).cpuSeconds).toBeCloseTo(2 * plain);
  });
});

describe('the factor of a host', () => {
  test('is 1 before anything was measured, and follows what is', () => {
    expect(speedFactor([])).toBe(1);
    expect(speedFactor([{ ageDays: 0, measured: 30_000, predicted: 10_000 }])).toBeCloseTo(3, 1);
    expect(speedFactor([{ ageDays: 0, measured: 3, predicted: 1 }])).toBeLessThan(1.1);
  });

  test('forgets: last month weighs less than today', () => {
    const then = { ageDays: 28, measured: 10_000, predicted: 10_000 };
    const today = { ageDays: 0, measured: 20_000, predicted: 10_000 };
    expect(speedFactor([then, today])).toBeGreaterThan(1.9);
  });

  test('never leaves reason, whatever was recorded', () => {
    expect(speedFactor([{ ageDays: 0, measured: 1e12, predicted: 1 }])).toBe(10);
    expect(speedFactor([{ ageDays: 0, measured: 0, predicted: 1e12 }])).toBe(0.1);
  });
});
