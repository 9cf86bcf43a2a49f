import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readsOf, sharedReads } from '#core/media/mp4/reads.ts';

/** So many ranges of one length, one gap between each. */
const ranges = (count: number, length: number, gap: number, first = 0) =>
  Array.from({ length: count }, (_, n) => ({
    start: first + n * (length + gap),
    end: first + n * (length + gap) + length,
  }));

const bytesOf = (reads: readonly { start: number; end: number }[]): number =>
  reads.reduce((sum, { start, end }) => sum + end - start, 0);

describe('bytes of slices are asked for', () => {
  test('in one request where little lies between them', () => {
    expect(readsOf(ranges(100, 10_000, 200))).toHaveLength(1);
  });

  test('in few requests where much of little lies between them', () => {
    const reads = readsOf(ranges(1_000, 5_000, 400));
    expect(reads).toHaveLength(16);
  });

  test('exactly where what lies between them is worth a request', () => {
    const kept = ranges(100, 16_000, 1_000_000);
    expect(bytesOf(readsOf(kept))).toBe(bytesOf(kept));
  });

  test('again where the next sample lies before the last one', () => {
    expect(
      readsOf([
        { start: 100, end: 200 },
        { start: 0, end: 100 },
      ]),
    ).toHaveLength(2);
  });

  test('together for several slices: each byte of each slice comes once, and where it belongs', () => {
    const spans = fc.array(fc.tuple(fc.integer({ min: 1, max: 500 }), fc.nat(900)), { minLength: 1, maxLength: 60 });
    const keptIn = (list: readonly (readonly [number, number])[]) => {
      let at = 0;
      return list.map(([length, gap]) => ({ start: (at += gap), end: (at += length) }));
    };
    fc.assert(
      fc.property(fc.array(spans, { minLength: 1, maxLength: 3 }), (all) => {
        const slices = all.map((list) => ({ header: new Uint8Array(7), ranges: readsOf(keptIn(list)) }));
        const reads = sharedReads(slices);
        for (const [slice, { ranges }] of slices.entries()) {
          let at = 7;
          const wanted = ranges
            .flatMap(({ keep }) => keep)
            .map(({ start, end }) => ({ start, end, slice, at: (at += end - start) - (end - start) }));
          const got = reads.flatMap(({ keep }) => keep).filter((kept) => kept.slice === slice);
          expect(got.toSorted((a, b) => a.at - b.at)).toEqual(wanted);
        }
        for (const read of reads)
          for (const { start, end } of read.keep) expect(start >= read.start && end <= read.end).toBe(true);
      }),
    );
  });
});
