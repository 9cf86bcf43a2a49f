import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rowBytes, writeRow } from '#core/media/mp4/rows.ts';
import { stretchParts } from '#core/media/mp4/stretches.ts';

const rowsOf = (sizes: readonly number[]): Uint8Array => {
  const rows = new Uint8Array(sizes.length * rowBytes);
  const view = new DataView(rows.buffer);
  for (const [n, bytes] of sizes.entries())
    writeRow(view, n * rowBytes, { offset: n * 1000, bytes, sync: true, decoded: n, shown: n });
  return rows;
};

/** A sample is so many bytes of its own number. */
const samplesOf = (sizes: readonly number[], [start, end]: readonly [number, number]): number[] =>
  sizes.slice(start, end).flatMap((bytes, n) => Array.from({ length: bytes }, () => start + n));

const aTrack = fc
  .array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 60 })
  .chain((sizes) =>
    fc.record({
      sizes: fc.constant(sizes),
      cuts: fc.array(fc.nat(sizes.length), { minLength: 2, maxLength: 8 }),
      ends: fc.tuple(fc.nat(sizes.length), fc.nat(sizes.length)),
    }),
  )
  .map(({ sizes, cuts, ends }) => ({
    sizes,
    starts: cuts.toSorted((a, b) => a - b),
    held: [Math.min(...ends), Math.max(...ends)] as const,
  }));

test('a slice is put together of stretches as if it were read of the source', () => {
  fc.assert(
    fc.property(aTrack, fc.nat(50), ({ sizes, starts, held }, headed) => {
      const [first = 0, last = 0] = [starts[0], starts.at(-1)];
      const slice = { header: new Uint8Array(headed), rows: held };
      const rows = rowsOf(sizes.slice(first, last));
      if (held[0] < first || held[1] > last) {
        expect(() => stretchParts(slice, starts, rows)).toThrow(/not all of a slice/);
        return;
      }
      const files = starts.slice(0, -1).map((start, n) => samplesOf(sizes, [start, starts[n + 1] ?? start]));
      const wanted = samplesOf(sizes, held);
      const made: (number | undefined)[] = Array.from({ length: wanted.length });
      for (const { file, start, end, at } of stretchParts(slice, starts, rows))
        made.splice(at - headed, end - start, ...(files[file]?.slice(start, end) ?? []));
      expect(made).toEqual(wanted);
    }),
  );
});
