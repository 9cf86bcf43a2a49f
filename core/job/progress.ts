/**
 * How far a job has come, read from its tasks. The live view shows it; the terminal write freezes the very same
 * answer into the record, so the two can never disagree.
 */
import { type AnalyseTask, type MakeTask, type OutputFile, outputsOf } from './plan.ts';
import type { InputState, JobError, JobRecord, OutputState, TaskRecord } from './state.ts';
import { isTerminal } from './state.ts';
import type { Name } from './values.ts';

type MakeRecord = TaskRecord & { readonly task: MakeTask };
type PlannedRecord = TaskRecord & { readonly task: MakeTask | AnalyseTask };

const isPlanned = (record: TaskRecord): record is PlannedRecord =>
  record.task.kind === 'make' || record.task.kind === 'analyse';
const isMake = (record: TaskRecord): record is MakeRecord => record.task.kind === 'make';

/** The planned tasks, without those that an earlier plan of the same job left behind. */
const plannedTasks = (job: JobRecord, tasks: readonly TaskRecord[]): readonly PlannedRecord[] => {
  const planned = new Set(job.plan?.stages.flat());
  return tasks.filter(isPlanned).filter((record) => planned.has(record.id));
};

/** A task that an interrupted attempt left `running`, or that will be tried again, is waiting. */
const taskStatus = (job: JobRecord, record: TaskRecord): 'waiting' | 'running' | 'succeeded' | 'failed' => {
  if (record.state === 'pending') return 'waiting';
  if (record.state === 'succeeded') return 'succeeded';
  const current = job.status === 'running' && record.claim?.attempt === job.attempt;
  return current ? record.state : 'waiting';
};

const taskProgress = (job: JobRecord, record: TaskRecord): number => {
  const status = taskStatus(job, record);
  if (status === 'waiting') return 0;
  return status === 'succeeded' ? 1 : record.progress;
};

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

/** What became of every input. Of an ended job: what was frozen. */
export const inputStates = (job: JobRecord, tasks: readonly TaskRecord[]): Record<Name, InputState> =>
  isTerminal(job.status)
    ? job.inputs
    : Object.fromEntries(Object.keys(job.spec.inputs).map((name) => [name, inputState(job, tasks, name)]));

const inputState = (job: JobRecord, tasks: readonly TaskRecord[], name: Name): InputState => {
  const record = tasks.find(({ task }) => task.kind === 'fetch' && task.input === name);
  const fetched = record?.state === 'succeeded' ? record.result?.input : undefined;
  if (fetched) return { status: 'ready', ...fetched };
  const failed = record !== undefined && taskStatus(job, record) === 'failed';
  return { status: failed ? 'failed' : 'waiting', object: null, sha256: null, probe: null };
};

/**
 * What became of every output. Of an ended job: what was frozen. Of a live one `files` is always empty: nothing is
 * visible before the terminal write lists it (S9).
 */
export const outputStates = (job: JobRecord, tasks: readonly TaskRecord[]): Record<Name, OutputState> =>
  isTerminal(job.status)
    ? job.outputs
    : mapOutputs(job, (name) => ({ ...liveOutput(job, plannedTasks(job, tasks).filter(isMake), name), files: [] }));

/** How a job ends, as far as its outputs are concerned, and what is said of those that were not made. */
const endings = {
  /** Every task was tried. */
  finished: 'It was not made.',
  /** It was given up; what was made before stays. */
  failed: 'The job failed before it was made.',
  /** Nothing is ever visible, whatever was made (S13). */
  canceled: 'The job was canceled.',
  /** It never began. */
  expired: 'The upload that the job waited for never came.',
} as const;
export type Ending = keyof typeof endings;

/** The states to write together with the terminal status. `files` lists what the tasks made, unchecked. */
export const frozenOutputs = (
  job: JobRecord,
  tasks: readonly TaskRecord[],
  ending: Ending,
): Record<Name, OutputState> => {
  const planned = plannedTasks(job, tasks).filter(isMake);
  return mapOutputs(job, (name) => freeze(liveOutput(job, planned, name), ending));
};

const freeze = (output: OutputState, ending: Ending): OutputState => {
  const reason = endings[ending];
  if (ending === 'canceled' && output.status !== 'skipped')
    return { ...output, status: 'canceled', files: [], attestation: null, reason };
  const isUndone = output.status === 'waiting' || output.status === 'running';
  if (!isUndone) return output;
  return { ...output, status: ending === 'finished' ? 'failed' : 'canceled', reason };
};

const mapOutputs = (job: JobRecord, state: (name: Name) => OutputState): Record<Name, OutputState> =>
  Object.fromEntries(Object.keys(job.spec.outputs).map((name) => [name, state(name)]));

const liveOutput = (job: JobRecord, planned: readonly MakeRecord[], name: Name): OutputState => {
  const spec = job.spec.outputs[name];
  const records = planned.filter(({ task }) => outputsOf(task).includes(name));
  const made = records.map(({ result }) => result?.outputs?.[name]);
  const waiting: OutputState = {
    status: 'waiting',
    phase: 'waiting',
    progress: 0,
    files: [],
    attestation: null,
    warnings: [],
    reason: null,
    store: typeof spec === 'object' ? (spec.store ?? true) : true,
  };
  const skipped = job.plan?.skipped[name];
  if (skipped !== undefined) return { ...waiting, status: 'skipped', reason: skipped };
  if (job.plan?.complete && records.length === 0)
    return { ...waiting, status: 'failed', reason: 'It needs an input that could not be fetched.' };
  const failed = records.find((record) => taskStatus(job, record) === 'failed');
  const progress = mean(records.map((record) => taskProgress(job, record)));
  if (failed)
    return { ...waiting, status: 'failed', phase: failed.phase, progress, reason: failed.error?.message ?? null };
  if (records.length > 0 && records.every(({ state }) => state === 'succeeded'))
    return {
      ...waiting,
      status: 'succeeded',
      phase: 'done',
      progress: 1,
      files: waiting.store ? made.flatMap((output): readonly OutputFile[] => output?.files ?? []) : [],
      attestation: made.find((output) => output?.attestation)?.attestation ?? null,
      warnings: [...new Set(records.flatMap(({ result }) => result?.warnings ?? []))],
    };
  const running = records.find((record) => taskStatus(job, record) === 'running');
  if (!running && progress === 0) return waiting;
  return { ...waiting, status: 'running', phase: running?.phase ?? 'waiting', progress };
};

/** Below this a job has not succeeded: 1 is only ever shown together with the terminal write (S8). */
const almost = 0.99;

/** 0..1 over all planned tasks, each weighted by the seconds that its commands write. */
export const jobProgress = (job: JobRecord, tasks: readonly TaskRecord[]): number => {
  if (job.status === 'succeeded') return 1;
  const outputs = Object.values(job.outputs);
  if (isTerminal(job.status)) return Math.min(almost, mean(outputs.map(({ progress }) => progress)));
  const weighed = plannedTasks(job, tasks).map((record) => ({ record, weight: weight(record.task) }));
  const total = weighed.reduce((sum, { weight }) => sum + weight, 0);
  const done = weighed.reduce((sum, { record, weight }) => sum + weight * taskProgress(job, record), 0);
  return total === 0 ? 0 : Math.min(almost, inRounds(job, done / total));
};

/** Each round of planning gets the first quarter of what is left, so that a plan that grows never sets progress back. */
const roundShare = 0.25;

const inRounds = ({ plan }: JobRecord, share: number): number => {
  const doneBefore = (rounds: number): number => 1 - (1 - roundShare) ** rounds;
  const from = doneBefore((plan?.round ?? 1) - 1);
  const to = plan?.complete === false ? doneBefore(plan.round) : 1;
  return from + (to - from) * share;
};

const weight = (task: MakeTask | AnalyseTask): number =>
  Math.max(
    1,
    task.commands.reduce((sum, { progressSeconds }) => sum + progressSeconds, 0),
  );

/** Seconds of work by phase, summed over the tasks, and how long the job was `queued`. */
export const jobTimings = (job: JobRecord, tasks: readonly TaskRecord[]): Record<string, number> => {
  const timings: Record<string, number> = {};
  const add = (phase: string, seconds: number) => {
    timings[phase] = Math.round(((timings[phase] ?? 0) + seconds) * 1000) / 1000;
  };
  if (job.startedAt) add('queued', (Date.parse(job.startedAt) - Date.parse(job.createdAt)) / 1000);
  for (const { result } of tasks)
    for (const [phase, seconds] of Object.entries(result?.timings ?? {})) add(phase, seconds);
  return timings;
};

/**
 * What failed in the present attempt, in the words of the runner that saw it: the first failure with that code, else
 * the first of all.
 */
export const firstTaskError = (job: JobRecord, tasks: readonly TaskRecord[], code?: string): JobError | null => {
  const errors = tasks
    .filter((record) => record.state === 'failed' && record.claim?.attempt === job.attempt)
    .toSorted((a, b) => (a.endedAt ?? '').localeCompare(b.endedAt ?? ''))
    .flatMap(({ error }) => error ?? []);
  return errors.find((error) => error.code === code) ?? errors[0] ?? null;
};

/** The record of a job that ends now; `outputs` come from `frozenOutputs`. The caller has checked that it is live. */
export const endedJob = (
  job: JobRecord,
  tasks: readonly TaskRecord[],
  end: {
    readonly status: 'succeeded' | 'partial' | 'failed' | 'canceled' | 'expired';
    readonly outputs: Record<Name, OutputState>;
    readonly error: JobError | null;
    readonly at: string;
  },
): JobRecord => ({
  ...job,
  status: end.status,
  inputs: inputStates(job, tasks),
  outputs: end.outputs,
  timings: jobTimings(job, tasks),
  error: end.error,
  endedAt: end.at,
});
