/** Slices and joins of files of this machine: the pure parts that the runner uses, without stores. */
import { createHash } from 'node:crypto';
import { copyFile, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JoinTask, Piece } from '#core/job/plan.ts';
import type { Slice, Stretch, Stretches } from '#core/job/slice.ts';
import { type JoinPiece, joinedFile } from '#core/media/mp4/join.ts';
import { rowsRange } from '#core/media/mp4/rows.ts';
import { parseSampleTable } from '#core/media/mp4/sample-table.ts';
import { type SliceFile, sliceOf, stretchOf } from '#core/media/mp4/slice.ts';
import { readSourceIndex } from '#core/media/mp4/source-index.ts';
import { type StretchPart, stretchParts } from '#core/media/mp4/stretches.ts';
import type { SourceIndex } from '#core/media/source-index.ts';
import type { ObjectStore } from '#core/ports/object-store.ts';

export interface Indexed {
  readonly index: SourceIndex;
  readonly rows: Uint8Array;
}

const reading = async <T>(
  path: string,
  work: (file: { bytes: number; read: (start: number, end: number) => Promise<Uint8Array> }) => Promise<T>,
): Promise<T> => {
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    const read = async (start: number, end: number): Promise<Uint8Array> => {
      const bytes = new Uint8Array(end - start);
      await handle.read(bytes, 0, bytes.length, start);
      return bytes;
    };
    return await work({ bytes: size, read });
  } finally {
    await handle.close();
  }
};

/** The index of a file; undefined where it has none. */
export const indexOf = (path: string): Promise<Indexed | undefined> =>
  reading(path, async (file) => {
    const found = await readSourceIndex(file);
    return found && { rows: found.rows, index: { ...found.index, rows: { key: 'rows', bytes: found.rows.length } } };
  });

const rowsIn = (
  { index, rows }: Indexed,
  of: { readonly stream: number; readonly rows: readonly [number, number] },
) => {
  const track = index.tracks.find(({ stream }) => stream === of.stream);
  if (!track) throw new Error(`there is no track ${of.stream}`);
  const { start, end } = rowsRange(track, of);
  return { track, rows: rows.subarray(start, end) };
};

export const sliceIn = (indexed: Indexed, slice: Slice): SliceFile => {
  const { track, rows } = rowsIn(indexed, slice);
  return sliceOf(track, rows, slice);
};

export const stretchIn = (indexed: Indexed, stretch: Stretch): SliceFile =>
  stretchOf(rowsIn(indexed, stretch).rows, stretch);

/** Which bytes of the files that tasks have left a slice is made of. */
export const partsIn = (indexed: Indexed, { stream }: Slice, file: SliceFile, { rows }: Stretches): StretchPart[] =>
  stretchParts(file, rows, rowsIn(indexed, { stream, rows: [rows[0] ?? 0, rows.at(-1) ?? 0] }).rows);

/** Files of this machine as a store whose keys are their paths. */
export const pathStore = (
  count: (path: string, bytes: number) => void,
): Pick<ObjectStore, 'readRange' | 'download'> => ({
  readRange: ({ key }, { start, end }) =>
    reading(key, async ({ read }) => {
      count(key, end - start);
      return read(start, end);
    }),
  download: async ({ key }, file) => {
    await copyFile(key, file);
    const bytes = await readFile(file);
    count(key, bytes.length);
    return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  },
});

/** Joins the pieces that lie in `folder`. */
export const writeJoin = async (folder: string, { picture, sound, write }: JoinTask): Promise<void> => {
  const loaded = ({ table, drop }: Piece): Promise<JoinPiece> =>
    readFile(join(folder, table), 'utf8').then((text) => ({ table: parseSampleTable(text), drop }));
  const of = { picture: await Promise.all(picture.map(loaded)), sound: await Promise.all(sound.map(loaded)) };
  for (const [n, { samples, file }] of picture.entries()) {
    const made = of.picture[n]?.table.sizes.length;
    if (samples !== undefined && made !== samples) throw new Error(`${file} has ${made} pictures, not ${samples}`);
  }
  const { head, layout } = joinedFile(of);
  const parts: Uint8Array[] = [head];
  for (const laid of layout)
    parts.push(await readFile(join(folder, { picture, sound }[laid.of][laid.piece]?.file ?? '')));
  await writeFile(join(folder, write.file), Buffer.concat(parts));
};
