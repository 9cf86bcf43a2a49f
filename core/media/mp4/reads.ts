/** How the bytes of slices are asked for: exact where that is cheap, and together where one request brings more. */
import type { ByteRange } from './rows.ts';

/** One request for bytes of the source, and those of them that are written, in this order. */
export interface SliceRead extends ByteRange {
  readonly keep: readonly ByteRange[];
}

/** Of what is kept: so much more may be read if that saves requests. */
const spareShare = 0.03;
/** More requests than this cost more than the bytes between them, unless those are as many as a request is worth. */
const mostReads = 16;
const requestBytes = 524_288;

/** What is kept, in its order, in few requests: the smallest gaps are read too. A step back starts another request. */
export const readsOf = (kept: readonly ByteRange[]): SliceRead[] => {
  const bytes = kept.reduce((sum, { start, end }) => sum + end - start, 0);
  const gaps = kept
    .map(({ start }, n) => ({ n, gap: n === 0 ? -1 : start - (kept[n - 1]?.end ?? 0) }))
    .filter(({ gap }) => gap >= 0)
    .sort((a, b) => a.gap - b.gap);
  const bridged = new Set<number>();
  let spare = bytes * spareShare;
  for (const { n, gap } of gaps) {
    spare -= gap;
    if (spare < 0 && (kept.length - bridged.size <= mostReads || gap > requestBytes)) break;
    bridged.add(n);
  }
  const reads: { start: number; end: number; keep: ByteRange[] }[] = [];
  for (const [n, range] of kept.entries()) {
    const last = reads.at(-1);
    if (last && bridged.has(n)) {
      last.end = range.end;
      last.keep.push(range);
    } else reads.push({ ...range, keep: [range] });
  }
  return reads;
};

/** Bytes of the source that one request brings, and which files they go into. */
export interface SharedRead extends ByteRange {
  /** `at` counts from the start of the slice's file. */
  readonly keep: readonly (ByteRange & { readonly slice: number; readonly at: number })[];
}

/** Several slices of one source, each byte asked for once: what lies between pictures is the sound. */
export const sharedReads = (
  slices: readonly { readonly header: Uint8Array; readonly ranges: readonly SliceRead[] }[],
): SharedRead[] => {
  const kept = slices.flatMap(({ header, ranges }, slice) => {
    let at = header.length;
    return ranges.flatMap(({ keep }) =>
      keep.map(({ start, end }) => {
        at += end - start;
        return { start, end, slice, at: at - (end - start) };
      }),
    );
  });
  kept.sort((a, b) => a.start - b.start);
  // What two slices share is one range.
  const ranges: ByteRange[] = [];
  for (const { start, end } of kept) {
    const last = ranges.at(-1);
    if (last && start <= last.end) ranges[ranges.length - 1] = { start: last.start, end: Math.max(last.end, end) };
    else ranges.push({ start, end });
  }
  let next = 0;
  return readsOf(ranges).map(({ start, end }) => {
    const first = next;
    while ((kept[next]?.start ?? Infinity) < end) next += 1;
    return { start, end, keep: kept.slice(first, next) };
  });
};
