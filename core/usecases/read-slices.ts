/** Brings slices of sources into a task's folder; only the bytes that they hold, and what lies closely between, are read. */
import { type SharedRead, sharedReads } from '../media/mp4/reads.ts';
import type { SliceFile } from '../media/mp4/slice.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { Folder } from '../ports/workspace.ts';
import { inParallel } from './in-parallel.ts';

export interface SlicedRead {
  /** Its name in the work folder. */
  readonly file: string;
  readonly object: { readonly key: string; readonly etag?: string };
  readonly slice: SliceFile;
}

/** So many requests at once, and so much of each in memory. */
const lanes = 4;
const windowBytes = 8 * 2 ** 20;

type Kept = SharedRead['keep'][number];

/** No longer than a window. */
const parted = (kept: Kept): Kept[] => {
  const parts: Kept[] = [];
  for (let start = kept.start; start < kept.end; start += windowBytes) {
    const end = Math.min(start + windowBytes, kept.end);
    parts.push({ ...kept, start, end, at: kept.at + start - kept.start });
  }
  return parts;
};

/** The same reads, none of them longer than a window; nothing is read before the first byte that is kept, or behind the last. */
const inWindows = ({ keep }: SharedRead): SharedRead[] => {
  const windows: { start: number; end: number; keep: Kept[] }[] = [];
  for (const kept of keep.flatMap(parted)) {
    const last = windows.at(-1);
    if (last && kept.end - last.start <= windowBytes) {
      last.end = Math.max(last.end, kept.end);
      last.keep.push(kept);
    } else windows.push({ start: kept.start, end: kept.end, keep: [kept] });
  }
  return windows;
};

/** Fails with `input.changed` where the source is another one by now. */
export const readSlices = async (
  objects: Pick<ObjectStore, 'readRange'>,
  folder: Folder,
  reads: readonly SlicedRead[],
  signal?: AbortSignal,
): Promise<void> => {
  const sources = new Map<string, SlicedRead[]>();
  for (const read of reads) sources.set(read.object.key, [...(sources.get(read.object.key) ?? []), read]);
  for (const { file, slice } of reads) await folder.fill(file, slice.bytes, (write) => write(0, slice.header));
  for (const [source, ...more] of sources.values()) {
    if (!source) continue;
    const all = [source, ...more];
    const windows = sharedReads(all.map(({ slice }) => slice)).flatMap(inWindows);
    await inParallel(windows, lanes, async ({ start, end, keep }) => {
      const bytes = await objects.readRange(source.object, { start, end }, signal);
      for (const kept of keep) {
        const read = all[kept.slice];
        const part = bytes.subarray(kept.start - start, kept.end - start);
        if (read) await folder.fill(read.file, read.slice.bytes, (write) => write(kept.at, part));
      }
    });
  }
};
