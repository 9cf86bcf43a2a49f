/** Slices and joins of files that lie in a folder, as the runner would make them of objects. */
import { open, readFile, writeFile } from 'node:fs/promises';
import { joinedFile, type JoinPieces, type Joined } from '#core/media/mp4/join.ts';
import { rowsRange } from '#core/media/mp4/rows.ts';
import { readSampleTable, type SampleTable } from '#core/media/mp4/sample-table.ts';
import { keptOf, planSlice, type SliceFile, sliceOf } from '#core/media/mp4/slice.ts';
import { type RangedFile, readSourceIndex } from '#core/media/mp4/source-index.ts';
import type { TrackIndex } from '#core/media/source-index.ts';

/** Counts what is read of it. */
export interface CountedFile extends RangedFile {
  readonly counted: { reads: number; bytes: number };
}

export const countedFile = async (path: string): Promise<CountedFile> => {
  const whole = new Uint8Array(await readFile(path));
  const counted = { reads: 0, bytes: 0 };
  const read = (start: number, end: number): Promise<Uint8Array> => {
    if (start < 0 || end > whole.length || start >= end) throw new Error(`there is no ${start}-${end}`);
    counted.reads += 1;
    counted.bytes += end - start;
    return Promise.resolve(whole.slice(start, end));
  };
  return { bytes: whole.length, read, counted };
};

export interface IndexedFile {
  readonly path: string;
  readonly file: CountedFile;
  readonly tracks: readonly TrackIndex[];
  readonly rows: Uint8Array;
}

export const indexedFile = async (path: string): Promise<IndexedFile | undefined> => {
  const file = await countedFile(path);
  const found = await readSourceIndex(file);
  return found && { path, file, tracks: found.index.tracks, rows: found.rows };
};

export const sliceIn = (
  { rows }: IndexedFile,
  track: TrackIndex,
  from: number | null,
  to: number | null,
): SliceFile => {
  const wanted = planSlice(track, from, to);
  const { start, end } = rowsRange(track, wanted);
  return sliceOf(track, rows.subarray(start, end), wanted);
};

export const writeSlice = async (
  { file }: Pick<IndexedFile, 'file'>,
  slice: Pick<SliceFile, 'header' | 'ranges'>,
  path: string,
): Promise<void> => {
  const parts = await Promise.all(
    slice.ranges.map(async (read) => keptOf(read, await file.read(read.start, read.end))),
  );
  await writeFile(path, Buffer.concat([slice.header, ...parts.flat()]));
};

export const tableOf = async (path: string): Promise<SampleTable> => readSampleTable(await countedFile(path));

/** Writes the joined film; `files` are those of the pieces. */
export const writeJoined = async (
  pieces: JoinPieces,
  files: { readonly picture: readonly string[]; readonly sound: readonly string[] },
  path: string,
): Promise<Joined> => {
  const joined = joinedFile(pieces);
  const out = await open(path, 'w');
  try {
    await out.write(joined.head);
    for (const { of, piece } of joined.layout) await out.write(await readFile(files[of][piece] ?? ''));
  } finally {
    await out.close();
  }
  return joined;
};
