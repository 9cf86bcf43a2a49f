/** Puts a slice together out of the files in which tasks have left its samples. */
import { Failure } from '../failures.ts';
import type { SliceFile } from '../media/mp4/slice.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { Folder } from '../ports/workspace.ts';
import { inParallel } from './in-parallel.ts';
import type { KeptPart } from './task-reads.ts';

/** They are small: some seconds of sound each. */
const lanes = 16;

/**
 * Fails with `input.changed` where one of them is not what its task had stored, with `input.not_found` where it is gone,
 * and leaves nothing that the source itself could not be written over.
 */
export const readStretches = async (
  objects: Pick<ObjectStore, 'download'>,
  folder: Folder,
  { file, slice, kept }: { readonly file: string; readonly slice: SliceFile; readonly kept: readonly KeptPart[] },
  signal?: AbortSignal,
): Promise<void> => {
  await folder.fill(file, slice.bytes, (write) => write(0, [slice.header]));
  await inParallel(kept, lanes, async ({ read, start, end, at }) => {
    const got = await objects.download(read.object, folder.at(read.file), signal);
    if (read.sha256 !== null && got.sha256 !== read.sha256) throw new Failure('input.changed');
    const samples = await folder.bytes(read.file, start, end - start);
    await folder.fill(file, slice.bytes, (write) => write(at, [samples]));
  });
};
