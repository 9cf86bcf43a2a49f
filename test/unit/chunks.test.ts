import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chunksOf, type Grid } from '#core/planner/chunks/boundaries.ts';
import { pictureAt, pictureIn, picturesOf, refusedPart, timelineOf } from '#core/planner/chunks/timeline.ts';
import { planSlice } from '#core/media/mp4/slice.ts';
import { pieceCodec } from '#core/ffmpeg/pieces.ts';
import { videoEncoding } from '#core/presets/video.ts';
import type { Encode } from '#core/job/encode.ts';
import { cutBy } from '#core/job/plan.ts';
import type { Rational } from '#core/media/probe.ts';
import type { TrackIndex } from '#core/media/source-index.ts';
import type { Capacity } from '#core/planner/capacity.ts';
import { aPictureIndex, anIndex, aSoundIndex } from '#test/support/indexes.ts';
import { planOf, printPlan } from '#test/support/plans.ts';
import { aProbe, aPictureProbe, aVideoTrack, anAudioTrack } from '#test/support/probes.ts';

const wholeWindow = { start: 0, seconds: null, trimmed: false };

const rates: readonly Rational[] = [
  { num: 24_000, den: 1001 },
  { num: 25, den: 1 },
  { num: 30_000, den: 1001 },
  { num: 30, den: 1 },
  { num: 12, den: 1 },
  { num: 60, den: 1 },
];
const aRate = fc.constantFrom(...rates);

/** Sources whose pictures stand for any length, with key pictures anywhere. */
const aSource = fc
  .record({
    lengths: fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 2, maxLength: 400 }),
    keys: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 40 }),
    start: fc.integer({ min: 0, max: 20_000 }),
  })
  .map(({ lengths, keys, start }) => {
    const times: number[] = [];
    let at = start;
    for (const length of lengths) {
      times.push(at);
      at += length;
    }
    const rows = [0];
    for (const distance of keys) {
      const next = (rows.at(-1) ?? 0) + distance;
      if (next < times.length) rows.push(next);
    }
    const track: TrackIndex = aPictureIndex(
      { samples: times.length, timescale: 90_000 },
      {
        ...{ start, end: at, longest: Math.max(...lengths) },
        syncs: { rows, times: rows.map((row) => times[row] ?? 0) },
      },
    );
    return { track, times };
  });

const gridOf = (track: TrackIndex, rate: Rational, more: Partial<Grid> = {}): Grid => ({
  timeline: timelineOf(anIndex(track), track, wholeWindow, 1),
  rate,
  rates: [rate],
  every: 1,
  memory: 0,
  ...more,
});

describe('where a film is cut', () => {
  test('the pieces hold every picture once, for any rate, length and distance of key pictures', () => {
    fc.assert(
      fc.property(
        aSource,
        aRate,
        aRate,
        fc.integer({ min: 2, max: 30 }),
        fc.integer({ min: 1, max: 20 }),
        (source, rate, other, count, every) => {
          const grid = gridOf(source.track, rate, { every, rates: [rate, other] });
          const chunks = chunksOf(grid, count);
          if (!chunks) return;
          expect(chunks.length).toBeGreaterThan(1);
          expect(chunks[0]).toMatchObject({ number: 0, first: 0, from: null });
          expect(chunks.at(-1)).toMatchObject({ last: null, to: null });
          for (const [n, chunk] of chunks.entries()) {
            expect(chunk.first % every).toBe(0);
            expect(chunk.last).toBe(chunks[n + 1]?.first ?? null);
            expect(chunk.last === null || chunk.last > chunk.first).toBe(true);
            expect(chunk.first).toBeLessThan(picturesOf(grid.timeline, rate));
            const [start, end] = [chunk.first, chunk.last ?? Infinity].map((at) => pictureIn(at, rate, other));
            expect(start).toBeLessThanOrEqual(end ?? 0);
          }
        },
      ),
    );
  });

  test('the slice of a piece holds every picture of the source that is seen in it, and the key picture before', () => {
    fc.assert(
      fc.property(aSource, aRate, fc.integer({ min: 2, max: 30 }), ({ track, times }, rate, count) => {
        const grid = gridOf(track, rate);
        for (const { first, last, from, to } of chunksOf(grid, count) ?? []) {
          const { rows } = planSlice(track, from, to);
          const number = (row: number): number => pictureAt(grid.timeline, times[row] ?? 0, rate);
          // What is seen at the first picture, and what makes the last one end.
          const seen = Math.max(
            0,
            times.findLastIndex((_, row) => number(row) <= first),
          );
          const next = last === null ? -1 : times.findIndex((_, row) => number(row) >= last);
          expect(track.syncs.rows).toContain(rows[0]);
          expect(rows[0]).toBeLessThanOrEqual(seen);
          expect(rows[1]).toBeGreaterThan(next < 0 ? times.length - 1 : next);
        }
      }),
    );
  });

  test('it is cut at key pictures where some are near', () => {
    const track = aPictureIndex({ samples: 1800, group: 50 });
    const chunks = chunksOf(gridOf(track, { num: 30, den: 1 }), 6) ?? [];
    expect(chunks.map(({ first }) => first)).toEqual([0, 300, 600, 900, 1200, 1500]);
    expect(chunks.map(({ from }) => from)).toEqual([null, ...[300, 600, 900, 1200, 1500].map((n) => n * 512)]);
  });

  test('it is cut where a scene starts, which is where a key picture comes early, rather than nearer to the middle', () => {
    const rows = [0, 60, 120, 180, 240, 300, 360, 420, 480, 540, 565, 625, 685, 745, 805, 865];
    const times = rows.map((row) => row * 512);
    const track = aPictureIndex({ samples: 900 }, { syncs: { rows, times } });
    const chunks = chunksOf(gridOf(track, { num: 30, den: 1 }), 3) ?? [];
    expect(chunks.map(({ first }) => first)).toEqual([0, 300, 565]);
  });

  test('streams are cut at multiples of a segment, with the key picture before it', () => {
    const track = aPictureIndex({ samples: 1800, group: 50 });
    const chunks = chunksOf(gridOf(track, { num: 30, den: 1 }, { every: 180 }), 6) ?? [];
    expect(chunks.every(({ first }) => first % 180 === 0)).toBe(true);
    for (const { first, from } of chunks.slice(1)) expect((from ?? 0) / 512).toBe(Math.floor(first / 50) * 50);
  });

  test('a film with a single key picture is cut only as often as little is decoded twice', () => {
    const track = aPictureIndex({ samples: 36_000, group: 99_999 });
    expect(chunksOf(gridOf(track, { num: 30, den: 1 }), 100)?.length).toBeLessThan(5);
  });

  test('filters that look at neighbours get them', () => {
    const track = aPictureIndex({ samples: 1800, group: 60 });
    const [, second] = chunksOf(gridOf(track, { num: 30, den: 1 }, { memory: 3 }), 6) ?? [];
    expect(second?.from).toBeLessThanOrEqual(((second?.first ?? 0) - 3) * 512);
    expect(second?.to).toBeGreaterThanOrEqual(((second?.last ?? 0) + 3) * 512);
  });
});

test('below a cap a piece counts on a buffer that its neighbour has surely left', () => {
  const wordsOf = (encode: Encode): string => pieceCodec(videoEncoding(encode)).join(' ');
  const maxBitrate = 1_000_000;
  expect(wordsOf({ speed: 'veryfast', maxBitrate })).toContain('vbv-init=0.5');
  expect(wordsOf({ speed: 'superfast', maxBitrate })).toContain('vbv-init=0.5:rc-lookahead=10');
  expect(wordsOf({ speed: 'ultrafast', maxBitrate })).toContain('vbv-init=0.5:rc-lookahead=10');
  expect(wordsOf({ preset: 'hevc', speed: 'ultrafast', maxBitrate })).toContain('vbv-init=0.5');
  expect(wordsOf({ speed: 'ultrafast' })).not.toContain('vbv');
});

describe('times', () => {
  test('a file starts with the earliest of its tracks', () => {
    const [picture, sound] = [aPictureIndex({ samples: 300 }, { start: 7680 }), aSoundIndex(10)];
    const late = timelineOf(anIndex(picture, sound), picture, wholeWindow, 1);
    expect(pictureAt(late, picture.start, { num: 30, den: 1 })).toBe(15);
    const alone = timelineOf(anIndex(picture), picture, wholeWindow, 1);
    expect(pictureAt(alone, picture.start, { num: 30, den: 1 })).toBe(0);
  });

  test('a part starts with the first picture after its start, and its last picture stands to the next one', () => {
    const track = aPictureIndex({ samples: 900 });
    const part = timelineOf(anIndex(track), track, { start: 1.01, seconds: 5, trimmed: true }, 1);
    expect(part.part).toEqual({ first: 31 * 512, end: 31 * 512 + 76_800 });
    expect(picturesOf(part, { num: 30, den: 1 })).toBe(151);
  });

  test('a part of a variable rate is refused', () => {
    const track = aPictureIndex({ samples: 900 }, { longest: 700 });
    expect(refusedPart(track, { start: 1, seconds: 5, trimmed: true })).toMatch(/variable frame rate/);
    expect(refusedPart(track, wholeWindow)).toBeUndefined();
  });
});

const lambda: Capacity = {
  kind: 'aws',
  lambda: { memoryMb: 3538, storageMb: 10_240, concurrency: 100, share: 0.5, architecture: 'x86_64' },
  fargate: { vcpus: 8, concurrentVcpus: 64, spot: false, architecture: 'x86_64' },
};

/** An hour of 720p with a key picture every two seconds, unless another length is asked for. */
const long = (seconds: number) => ({
  probe: aProbe({
    durationSeconds: seconds,
    bytes: seconds * 300_000,
    video: [aVideoTrack({ durationSeconds: seconds, frames: seconds * 30 })],
    audio: [anAudioTrack({ durationSeconds: seconds })],
  }),
  index: anIndex(aPictureIndex({ samples: seconds * 30 }), aSoundIndex(seconds)),
});

const cutPlan = (seconds: number, outputs: Record<string, unknown>, rest: Record<string, unknown> = {}) => {
  const { probe, index } = long(seconds);
  return planOf(
    outputs,
    { video: probe, logo: aPictureProbe() },
    { rest, cutting: { capacity: lambda, indexes: { video: index } } },
  );
};

const chunkIds = (made: ReturnType<typeof cutPlan>): string[] =>
  made.tasks.map(({ id }) => id).filter((id) => id.startsWith('chunk'));

describe('plans of long films', () => {
  test('renditions, a watermark and a stream of twelve minutes: pieces, sound, joins and playlists', async () => {
    const made = cutPlan(
      720,
      {
        large: { type: 'video', from: 'video' },
        marked: {
          type: 'video',
          from: 'video',
          encode: 'hevc',
          size: { shortSide: 360 },
          edit: [{ overlay: { image: 'logo', start: 5 } }],
        },
        still: { type: 'image', from: 'video', at: 5 },
        live: { type: 'stream', from: 'video', ladder: [{ shortSide: 480 }, { shortSide: 240 }] },
        poster: { type: 'image', from: 'marked' },
      },
      { optimize: 'speed' },
    );
    expect(chunkIds(made).length).toBeGreaterThan(10);
    // The first and the last piece, the sound and what puts them together.
    const shown = made.tasks.filter(
      ({ id }) => !id.startsWith('chunk') || /^chunk000[01]-/.test(id) || id === chunkIds(made).at(-1),
    );
    await expect(printPlan({ ...made, tasks: shown })).toMatchFileSnapshot('../golden/plans/in-pieces.txt');
  });

  test('a short film is made in one piece, whatever it is optimized for', () => {
    for (const optimize of ['cost', 'speed', { finishWithin: 60 }])
      expect(chunkIds(cutPlan(7, { out: { type: 'video', from: 'video' } }, { optimize }))).toEqual([]);
  });

  test('speed cuts earlier than cost', () => {
    const pieces = (seconds: number, optimize: string): number =>
      chunkIds(cutPlan(seconds, { out: { type: 'video', from: 'video' } }, { optimize })).length;
    expect(pieces(120, 'speed')).toBeGreaterThan(1);
    expect(pieces(120, 'cost')).toBe(0);
  });

  test('a deadline that cannot be kept is a warning, not an error', () => {
    const made = cutPlan(3600, { out: { type: 'video', from: 'video' } }, { optimize: { finishWithin: 5 } });
    expect(made.warnings).toEqual(
      expect.arrayContaining([expect.stringMatching(/more than the 5 s of "finishWithin"/)]),
    );
  });

  test('what had to wait for a finding has pieces of its own: those of the others may be there already', () => {
    const { probe, index } = long(3600);
    const outputs = {
      plain: { type: 'video', from: 'video' },
      cropped: { type: 'video', from: 'video', edit: [{ crop: 'auto' }] },
    };
    const cutting = { capacity: lambda, indexes: { video: index } };
    const first = planOf(outputs, { video: probe }, { cutting });
    const look = first.tasks.find(({ kind }) => kind === 'analyse');
    const findings = { [look?.id ?? '']: { kind: 'crop' as const, rect: { x: 0, y: 60, width: 1280, height: 600 } } };
    const second = planOf(outputs, { video: probe }, { cutting, findings });
    expect(second.complete).toBe(true);
    expect(chunkIds(second).length).toBeGreaterThan(chunkIds(first).length);
    for (const id of chunkIds(first))
      expect(second.tasks.find((task) => task.id === id)).toEqual(first.tasks.find((task) => task.id === id));
  });

  test('films that failed in pieces are made in one, all that shared them, and the others as before', () => {
    const { probe, index } = long(3600);
    const outputs = {
      ...{ large: { type: 'video', from: 'video' }, half: { type: 'video', from: 'video', size: { width: 640 } } },
      part: { type: 'video', from: 'video', end: 1800 },
    };
    const cutting = { capacity: lambda, indexes: { video: index } };
    const first = planOf(outputs, { video: probe }, { cutting });
    const uncut = { half: 'half: piece 3 of 9: it holds 0 pictures.' };
    const second = planOf(outputs, { video: probe }, { cutting, uncut });
    const named = (made: typeof first, output: string) => made.tasks.filter((task) => cutBy(task).includes(output));
    expect(named(first, 'large')).toEqual(named(first, 'half'));
    expect(named(first, 'large').length).toBeGreaterThan(4);
    expect(named(second, 'large')).toEqual([]);
    expect(named(second, 'part')).toEqual(named(first, 'part'));
    expect(second.tasks.filter((task) => cutBy(task).length === 0).map(({ id }) => id)).toEqual(['make-large']);
    const why = 'it is encoded in one piece, because it failed in several: half: piece 3 of 9: it holds 0 pictures.';
    expect(second.warnings).toEqual([`large: ${why}`, `half: ${why}`]);
  });

  test('without indexes nothing changes', () => {
    const outputs = { out: { type: 'video', from: 'video' } };
    const { probe } = long(3600);
    expect(planOf(outputs, { video: probe }, { cutting: { capacity: lambda, indexes: {} } }).tasks).toEqual(
      planOf(outputs, { video: probe }).tasks,
    );
  });

  test.each([
    ['an overlay that moves', { edit: [{ overlay: { image: 'film' } }] }, /overlay that moves/],
    ['another container', { encode: 'webm' }, /webm files are encoded in one piece/],
    ['a track that its index refuses', {}, /"video" is encoded in one piece: it has several edits/],
  ])('%s is made in one piece, and the plan says why', (name, rest, why) => {
    const { probe, index } = long(3600);
    const [picture, sound] = index.tracks;
    const refused = name.includes('refuses') ? 'it has several edits' : null;
    const tracks = [picture, sound].flatMap((track) =>
      track ? [{ ...track, refused: track.kind === 'video' ? refused : null }] : [],
    );
    const made = planOf(
      { out: { type: 'video', from: 'video', ...rest } },
      { video: probe, film: aProbe() },
      { rest: { optimize: 'speed' }, cutting: { capacity: lambda, indexes: { video: { ...index, tracks } } } },
    );
    expect(chunkIds(made)).toEqual([]);
    expect(made.warnings).toEqual(expect.arrayContaining([expect.stringMatching(why)]));
  });
});
