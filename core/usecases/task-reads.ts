/** Everything that a task reads, found and planned before its folder is made. */
import { fetchTaskId } from '../inputs/define-input.ts';
import type { Slice, WorkTask } from '../job/plan.ts';
import type { JobRecord, TaskRecord } from '../job/state.ts';
import type { SliceFile } from '../media/mp4/slice.ts';
import type { SourceIndex } from '../media/source-index.ts';
import { findReads, type FoundRead } from './find-reads.ts';
import { readIndex, slicePlanned } from './read-index.ts';
import type { RunTaskDeps, TaskRun } from './task-run.ts';

/** `bytes` is what comes into the folder: of a slice, its own. */
export type TaskRead = FoundRead & { readonly slice?: SliceFile };

type Deps = Pick<RunTaskDeps, 'jobs' | 'objects'>;
type Read = WorkTask['reads'][number];

const inputsOf = (reads: readonly Read[]): string[] => [
  ...new Set(reads.flatMap(({ from }) => ('input' in from ? from.input : []))),
];

/** The tasks that made what is read. Of thousands of pieces each reads inputs alone, so each reads their rows alone. */
const makersOf = async ({ jobs }: Deps, jobId: string, reads: readonly Read[]): Promise<readonly TaskRecord[]> => {
  if (reads.some(({ from }) => 'output' in from)) return jobs.tasks(jobId);
  const rows = await Promise.all(inputsOf(reads).map((name) => jobs.task(jobId, fetchTaskId(name))));
  return rows.flatMap((row) => row ?? []);
};

/** Fails with `platform.internal` where something has not been made, and with `input.corrupt` where an index is not its file's. */
export const taskReads = async (
  deps: Deps,
  job: Pick<JobRecord, 'plan'>,
  { task, claim, signal }: Pick<TaskRun<WorkTask>, 'task' | 'claim' | 'signal'>,
): Promise<readonly TaskRead[]> => {
  const makers = await makersOf(deps, claim.jobId, task.reads);
  const found = findReads(job, task.reads, makers);
  const indexes = new Map<string, Promise<SourceIndex | undefined>>();
  const indexOf = (input: string): Promise<SourceIndex | undefined> => {
    const fetched = makers.find(({ id }) => id === fetchTaskId(input))?.result?.input;
    const index = indexes.get(input) ?? (fetched ? readIndex(deps.objects, fetched) : Promise.resolve(undefined));
    indexes.set(input, index);
    return index;
  };
  const planned = async (read: FoundRead, input: string, slice: Slice): Promise<TaskRead> => {
    const index = await indexOf(input);
    if (!index) throw new TypeError('only what has an index is planned in slices');
    const file = await slicePlanned(deps.objects, index, slice, signal);
    return { ...read, bytes: file.bytes, slice: file };
  };
  return Promise.all(
    found.map(async (read, n) => {
      const from = task.reads[n]?.from;
      return from && 'input' in from && from.slice ? planned(read, from.input, from.slice) : read;
    }),
  );
};

export const bytesOf = (reads: readonly TaskRead[]): number => reads.reduce((sum, { bytes }) => sum + bytes, 0);
