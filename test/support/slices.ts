/** Slices and joins of files of this machine: the pure parts that the runner uses, without stores. */
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JoinTask, Piece, Slice } from '#core/job/plan.ts';
import { type JoinPiece, joinedFile } from '#core/media/mp4/join.ts';
import { rowsRange } from '#core/media/mp4/rows.ts';
import { parseSampleTable } from '#core/media/mp4/sample-table.ts';
import { keptOf, sliceOf } from '#core/media/mp4/slice.ts';
import { readSourceIndex } from '#core/media/mp4/source-index.ts';
import type { SourceIndex } from '#core/media/source-index.ts';

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

/** Writes a slice of `source` to `target`. Resolves to how many bytes of the source were read. */
export const writeSlice = (source: string, { index, rows }: Indexed, slice: Slice, target: string): Promise<number> =>
  reading(source, async ({ read }) => {
    const track = index.tracks.find(({ stream }) => stream === slice.stream);
    if (!track) throw new Error(`there is no track ${slice.stream}`);
    const { start, end } = rowsRange(track, slice);
    const { header, ranges } = sliceOf(track, rows.subarray(start, end), slice);
    const parts = [header];
    let bytes = 0;
    for (const range of ranges) {
      parts.push(...keptOf(range, await read(range.start, range.end)));
      bytes += range.end - range.start;
    }
    await writeFile(target, Buffer.concat(parts));
    return bytes;
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
