/** A slice out of files that hold the samples of its track, stretch after stretch, instead of out of the source. */
import { Failure } from '../../failures.ts';
import { rowBytes, sizeAt } from './rows.ts';
import type { SliceFile } from './slice.ts';

/** Bytes of one of the files, from `start` up to but without `end`, and where in the slice's file they belong. */
export interface StretchPart {
  readonly file: number;
  readonly start: number;
  readonly end: number;
  readonly at: number;
}

/**
 * Which bytes of which files a slice is made of. `starts` are the rows that the files start with, and the one that the
 * last one ends before; `rows` are those from the first of them on. Fails with `platform.internal` where the files do not
 * hold all of it.
 */
export const stretchParts = (
  { header, rows: held }: Pick<SliceFile, 'header' | 'rows'>,
  starts: readonly number[],
  rows: Uint8Array,
): StretchPart[] => {
  const [first = 0, end = 0] = [starts[0], starts.at(-1)];
  if (!held || held[0] < first || held[1] > end || rows.length < (end - first) * rowBytes)
    throw new Failure('platform.internal', { detail: 'What was read of the source before is not all of a slice.' });
  const view = new DataView(rows.buffer, rows.byteOffset, rows.byteLength);
  const parts: StretchPart[] = [];
  let at = header.length;
  for (const [file, start] of starts.slice(0, -1).entries()) {
    let [before, kept] = [0, 0];
    for (let row = start; row < (starts[file + 1] ?? start); row += 1) {
      const bytes = sizeAt(view, row - first);
      if (row < held[0]) before += bytes;
      else if (row < held[1]) kept += bytes;
    }
    if (kept > 0) parts.push({ file, start: before, end: before + kept, at });
    at += kept;
  }
  return parts;
};
