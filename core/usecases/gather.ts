/** Puts everything into a task's folder that its commands read. */
import { makeDocument } from '../documents/index.ts';
import { Failure } from '../failures.ts';
import type { Document } from '../job/documents.ts';
import type { AnalyseTask, MakeTask } from '../job/plan.ts';
import type { Folder } from '../ports/workspace.ts';
import { readSlices } from './read-slices.ts';
import type { TaskRead } from './task-reads.ts';
import type { RunTaskDeps, TaskRun } from './task-run.ts';

/** Fails with `input.changed` where a file is not the one that was planned with. */
export const gather = async (
  deps: Pick<RunTaskDeps, 'objects'>,
  { task, signal }: Pick<TaskRun<MakeTask | AnalyseTask>, 'task' | 'signal'>,
  folder: Folder,
  reads: readonly TaskRead[],
): Promise<void> => {
  const slices = reads.flatMap(({ file, object, slice }) => (slice ? [{ file, object, slice }] : []));
  await readSlices(deps.objects, folder, slices, signal);
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
