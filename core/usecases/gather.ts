/** Puts everything into a task's folder that its commands read. */
import { makeDocument } from '../documents/index.ts';
import { Failure, hasCode } from '../failures.ts';
import type { Document } from '../job/documents.ts';
import type { AnalyseTask, MakeTask } from '../job/plan.ts';
import { lookBytes, wholeAfter } from '../media/mp4/key-pictures.ts';
import type { SliceFile } from '../media/mp4/slice.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { Folder } from '../ports/workspace.ts';
import { readSlices, type SlicedRead } from './read-slices.ts';
import { readStretches } from './read-stretches.ts';
import type { TaskRead } from './task-reads.ts';
import type { RunTaskDeps, TaskRun } from './task-run.ts';

/**
 * Decoding must be able to start where the index says so: FFmpeg would make a picture of whatever is there. The index was
 * made with a look at some of the key pictures; here it is the one that counts.
 */
const assertStart = async (folder: Folder, file: string, { header, starts }: SliceFile): Promise<void> => {
  if (!starts) return;
  const sample = await folder.bytes(file, header.length, Math.min(starts.bytes, lookBytes));
  if (wholeAfter(starts.reader, sample) !== null) return;
  const detail = 'What the source lists as a key picture is none.';
  throw new Failure('encode.verify_failed', { detail, phase: 'downloading' });
};

type Deps = Pick<RunTaskDeps, 'log'> & { readonly objects: Pick<ObjectStore, 'readRange' | 'download'> };
type Run = Pick<TaskRun<MakeTask | AnalyseTask>, 'task' | 'claim' | 'signal'>;

/** Of what other tasks have read; those slices of which that is damaged or gone are still to be read. */
const gatherKept = async (
  { objects, log }: Deps,
  folder: Folder,
  reads: readonly TaskRead[],
  { claim, signal }: Pick<Run, 'claim' | 'signal'>,
): Promise<SlicedRead[]> => {
  const open: SlicedRead[] = [];
  for (const { file, object, slice, kept } of reads) {
    if (!slice) continue;
    try {
      if (kept) await readStretches(objects, folder, { file, slice, kept }, signal);
      else open.push({ file, object, slice });
    } catch (error) {
      if (!hasCode(error, 'input.changed') && !hasCode(error, 'input.not_found')) throw error;
      log.warn('what was read of a source is damaged and read again', { ...claim, file });
      open.push({ file, object, slice });
    }
  }
  return open;
};

/**
 * Fails with `input.changed` where a file is not the one that was planned with, and with `encode.verify_failed` where a
 * slice does not start with a key picture.
 */
export const gather = async (
  deps: Deps,
  { task, claim, signal }: Run,
  folder: Folder,
  reads: readonly TaskRead[],
): Promise<void> => {
  await readSlices(deps.objects, folder, await gatherKept(deps, folder, reads, { claim, signal }), signal);
  for (const { file, slice } of reads) if (slice) await assertStart(folder, file, slice);
  for (const { file, object, sha256, slice } of reads) {
    if (slice) continue;
    const got = await deps.objects.download(object, folder.at(file), signal);
    if (sha256 !== null && got.sha256 !== sha256) throw new Failure('input.changed');
  }
  for (const asset of task.assets ?? []) await folder.place(asset);
  await writeTexts(folder, task.texts ?? []);
};

/** Writes the texts among the files, in their order: a later one may be made of an earlier one. */
export const writeTexts = async (
  folder: Folder,
  files: readonly { readonly file: string; readonly document?: Document | undefined }[],
): Promise<void> => {
  for (const { file, document } of files)
    if (document) await folder.writeText(file, await makeDocument(document, folder));
};
