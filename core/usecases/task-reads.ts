/** Everything that a task reads, found and planned before its folder is made. */
import { fetchTaskId } from '../inputs/define-input.ts';
import type { WorkTask } from '../job/plan.ts';
import { type Slice, stretchFile, type Stretches } from '../job/slice.ts';
import type { JobRecord, TaskRecord } from '../job/state.ts';
import type { SliceFile } from '../media/mp4/slice.ts';
import type { StretchPart } from '../media/mp4/stretches.ts';
import type { SourceIndex } from '../media/source-index.ts';
import { findReads, type FoundRead } from './find-reads.ts';
import { partsPlanned, readIndex, slicePlanned, stretchPlanned } from './read-index.ts';
import type { RunTaskDeps, TaskRun } from './task-run.ts';

/** A file with samples of a slice, and which of its bytes are those. */
export type KeptPart = StretchPart & { readonly read: FoundRead };

/**
 * `bytes` is what comes into the folder: of a slice, its own. `kept` is where the samples of a slice are found that other
 * tasks have read already.
 */
export type TaskRead = FoundRead & { readonly slice?: SliceFile; readonly kept?: readonly KeptPart[] };

type Deps = Pick<RunTaskDeps, 'jobs' | 'objects'>;
type Read = WorkTask['reads'][number];

const inputsOf = (reads: readonly Read[]): string[] => [
  ...new Set(reads.flatMap(({ from }) => ('input' in from ? from.input : []))),
];

const readsMade = ({ from }: Read): boolean =>
  'output' in from || ('stretches' in from && from.stretches !== undefined);

/** The tasks that made what is read. Of thousands of pieces each reads inputs alone, so each reads their rows alone. */
const makersOf = async ({ jobs }: Deps, jobId: string, reads: readonly Read[]): Promise<readonly TaskRecord[]> => {
  if (reads.some(readsMade)) return jobs.tasks(jobId);
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
  const known = async (input: string): Promise<SourceIndex> => {
    const index = await indexOf(input);
    if (!index) throw new TypeError('only what has an index is planned in slices');
    return index;
  };
  const keptOf = async (input: string, slice: Slice, file: SliceFile, stretches: Stretches): Promise<KeptPart[]> => {
    const { output, prefix, first } = stretches;
    const parts = await partsPlanned(deps.objects, await known(input), { slice, file, stretches }, signal);
    return parts.flatMap((part) => {
      const name = stretchFile(prefix, first + part.file);
      return findReads(job, [{ file: name, from: { output, file: name } }], makers).map((read) => ({ ...part, read }));
    });
  };
  const planned = async (read: FoundRead, from: Read['from']): Promise<TaskRead> => {
    if ('stretch' in from) {
      const file = await stretchPlanned(deps.objects, await known(from.input), from.stretch, signal);
      return { ...read, bytes: file.bytes, slice: file };
    }
    if (!('input' in from) || !from.slice) return read;
    const file = await slicePlanned(deps.objects, await known(from.input), from.slice, signal);
    const kept = from.stretches && (await keptOf(from.input, from.slice, file, from.stretches));
    return { ...read, bytes: file.bytes, slice: file, ...(kept && { kept }) };
  };
  return Promise.all(
    found.map(async (read, n) => {
      const from = task.reads[n]?.from;
      return from ? planned(read, from) : read;
    }),
  );
};

export const bytesOf = (reads: readonly TaskRead[]): number => reads.reduce((sum, { bytes }) => sum + bytes, 0);
