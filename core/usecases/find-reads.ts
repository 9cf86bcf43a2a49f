/** Where the files that a task reads lie. */
import { Failure } from '../failures.ts';
import type { MakeTask } from '../job/plan.ts';
import type { JobRecord, TaskRecord } from '../job/state.ts';
import type { Probe } from '../media/probe.ts';

type Read = MakeTask['reads'][number];

export interface FoundRead {
  /** Its name in the work folder. */
  readonly file: string;
  /** With an etag where one is recorded: of inputs. */
  readonly object: { readonly key: string; readonly etag?: string };
  readonly bytes: number;
  /** Null where nobody has read them all. */
  readonly sha256: string | null;
  /** Of inputs; nothing is assumed of what the job made itself. */
  readonly probe?: Probe;
  /** Of what the job made itself. */
  readonly type?: string;
}

const ofInput = (name: string, tasks: readonly TaskRecord[]): Omit<FoundRead, 'file'> | undefined => {
  const record = tasks.find(({ task, state }) => state === 'succeeded' && task.kind === 'fetch' && task.input === name);
  const input = record?.result?.input;
  return input && { object: input.object, bytes: input.object.bytes, sha256: input.sha256, probe: input.probe };
};

const ofReused = (
  { plan }: Pick<JobRecord, 'plan'>,
  { output, file }: { output: string; file: string },
): Omit<FoundRead, 'file'> | undefined => {
  const found = plan?.reused[output]?.files.find(({ name }) => name === file);
  return found && { object: { key: found.key }, bytes: found.bytes, sha256: found.sha256, type: found.type };
};

const ofOutput = (
  { output, file }: { output: string; file: string },
  tasks: readonly TaskRecord[],
): Omit<FoundRead, 'file'> | undefined => {
  const made = tasks.flatMap(({ state, result }) =>
    state === 'succeeded' ? (result?.outputs?.[output]?.files ?? []) : [],
  );
  const found = made.find(({ name }) => name === file);
  return found && { object: { key: found.key }, bytes: found.bytes, sha256: found.sha256, type: found.type };
};

/**
 * Finds each file that the task reads among the finished tasks of the job, leaving out what an earlier plan left
 * behind. Fails with `platform.internal` when one is not there: the state machine finishes them first.
 */
export const findReads = (
  job: Pick<JobRecord, 'plan'>,
  reads: readonly Read[],
  tasks: readonly TaskRecord[],
): readonly FoundRead[] => {
  const planned = new Set(job.plan?.stages.flat());
  const present = tasks.filter(({ id, task }) => task.kind === 'fetch' || job.plan === null || planned.has(id));
  return reads.map(({ file, from }) => {
    const found = 'input' in from ? ofInput(from.input, present) : (ofReused(job, from) ?? ofOutput(from, present));
    if (!found) throw new Failure('platform.internal', { detail: 'A file that the task reads has not been made.' });
    return { file, ...found };
  });
};
