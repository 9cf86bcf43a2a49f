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

/** So much of each request is in memory, and so many are under way at once: more where they are small. */
const windowBytes = 8 * 2 ** 20;
const lanes = { large: 4, small: 16 } as const;
const smallBytes = 2 ** 20;
/** What lies between two stretches is read where it is less than this: it takes less time than another request. */
const gapBytes = 2 ** 16;
/** Of ten hours of sound between its pictures there are more stretches than anyone would ask for one by one. */
const mostReads = 4_096;

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

/** In their order in the source, each read small enough for memory, and no wider gap read than need be. */
const inWindows = (keep: readonly Kept[]): SharedRead[] => {
  const parts = keep.flatMap(parted);
  const gaps = parts.slice(1).map(({ start }, n) => start - (parts[n]?.end ?? 0));
  const widest = Math.max(gapBytes, gaps.toSorted((a, b) => b - a)[mostReads] ?? 0);
  const windows: { start: number; end: number; keep: Kept[] }[] = [];
  for (const kept of parts) {
    const last = windows.at(-1);
    if (last && kept.start - last.end <= widest && kept.end - last.start <= windowBytes) {
      last.end = Math.max(last.end, kept.end);
      last.keep.push(kept);
    } else windows.push({ start: kept.start, end: kept.end, keep: [kept] });
  }
  return windows;
};

/** What lies one after another in the file is written at once: sound is kept in hundreds of small ranges a second. */
const runsOf = (keep: readonly Kept[], bytesOf: (kept: Kept) => Uint8Array): { at: number; parts: Uint8Array[] }[] => {
  const runs: { at: number; end: number; parts: Uint8Array[] }[] = [];
  for (const kept of keep) {
    const last = runs.at(-1);
    const part = bytesOf(kept);
    if (last?.end === kept.at) {
      last.parts.push(part);
      last.end += part.length;
    } else runs.push({ at: kept.at, end: kept.at + part.length, parts: [part] });
  }
  return runs;
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
  for (const { file, slice } of reads) await folder.fill(file, slice.bytes, (write) => write(0, [slice.header]));
  for (const [source, ...more] of sources.values()) {
    if (!source) continue;
    const all = [source, ...more];
    const windows = inWindows(sharedReads(all.map(({ slice }) => slice)).flatMap(({ keep }) => keep));
    const isSmall = windows.every((window) => window.end - window.start <= smallBytes);
    await inParallel(windows, isSmall ? lanes.small : lanes.large, async ({ start, end, keep }) => {
      const bytes = await objects.readRange(source.object, { start, end }, signal);
      for (const [slice, read] of all.entries()) {
        const runs = runsOf(
          keep.filter((kept) => kept.slice === slice),
          (kept) => bytes.subarray(kept.start - start, kept.end - start),
        );
        if (runs.length === 0) continue;
        await folder.fill(read.file, read.slice.bytes, async (write) => {
          for (const run of runs) await write(run.at, run.parts);
        });
      }
    });
  }
};
