import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { betweenCuts, joined, outsideOf, split } from '#core/outputs/clip-parts.ts';

test('cuts at the ends are none', () => {
  expect(betweenCuts([0, 4, 10, 12], 10)).toEqual([
    { start: 0, end: 4 },
    { start: 4, end: 10 },
  ]);
});

test('what overlapping spans leave over', () => {
  expect(
    outsideOf(
      [
        { start: 6, end: 12 },
        { start: 0, end: 2 },
        { start: 1, end: 3 },
      ],
      10,
    ),
  ).toEqual([{ start: 3, end: 6 }]);
  expect(outsideOf([{ start: 0, end: 10 }], 10)).toEqual([]);
});

test('a short part goes to the nearer neighbour', () => {
  const parts = [
    { start: 0, end: 5 },
    { start: 8, end: 8.5 },
    { start: 9, end: 20 },
  ];
  expect(joined(parts, 1)).toEqual([
    { start: 0, end: 5 },
    { start: 8, end: 20 },
  ]);
  expect(
    joined(
      [
        { start: 0, end: 5 },
        { start: 5, end: 5.2 },
      ],
      1,
    ),
  ).toEqual([{ start: 0, end: 5.2 }]);
  expect(joined([{ start: 0, end: 0.2 }], 1)).toEqual([{ start: 0, end: 0.2 }]);
});

test('a long part is split into equal ones, and one that just fits is not', () => {
  expect(split([{ start: 1, end: 8 }], 3)).toEqual([
    { start: 1, end: 3.333 },
    { start: 3.333, end: 5.667 },
    { start: 5.667, end: 8 },
  ]);
  expect(split([{ start: 0, end: 3 }], 3)).toHaveLength(1);
});

test('whatever the cuts, clips cover the film without gaps, in order, none too short or too long', () => {
  const cut = fc.integer({ min: 0, max: 100_000 }).map((value) => value / 1000);
  fc.assert(
    fc.property(fc.array(cut, { maxLength: 60 }), fc.double({ min: 0.5, max: 5, noNaN: true }), (cuts, min) => {
      const parts = joined(
        betweenCuts(
          [...new Set(cuts)].toSorted((a, b) => a - b),
          100,
        ),
        min,
      );
      const clips = split(parts, 10);
      expect([clips[0]?.start, clips.at(-1)?.end]).toEqual([0, 100]);
      for (const [n, clip] of clips.entries()) {
        expect(clip.end - clip.start).toBeLessThanOrEqual(10.002);
        expect(clip.end - clip.start).toBeGreaterThan(Math.min(min, 5) - 0.002);
        if (n > 0) expect(clip.start).toBe(clips[n - 1]?.end);
      }
    }),
  );
});
