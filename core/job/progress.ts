/**
 * How far a job has come, read from its tasks. The live view shows it; the terminal write freezes the very same
 * answer into the record, so the two can never disagree.
 */
import { endsCutting } from './cut-failure.ts';
import { deliveryProgress, frozenDeliveries } from './deliveries.ts';
import { expand } from './expand.ts';
import type { Output } from './outputs.ts';
import { commandsOf, outputsOf, type Plan, type Task } from './plan.ts';
import type { Attestation, OutputFile } from './task-result.ts';
import type { InputState, JobError, JobRecord, OutputState, ReusedOutput, TaskRecord } from './state.ts';
import { isTerminal } from './state.ts';
import type { Name } from './values.ts';

type PlannedRecord = TaskRecord & { readonly task: Plan['tasks'][number] };

const isPlanned = (record: TaskRecord): record is PlannedRecord =>
  record.task.kind === 'make' ||
  record.task.kind === 'analyse' ||
  record.task.kind === 'join' ||
  record.task.kind === 'recognise';

/** The outputs that it writes files of. */
const writtenBy = (task: Task): readonly Name[] => {
  if (task.kind === 'join' || task.kind === 'recognise') return [task.write.output];
  return task.kind === 'make' ? outputsOf(task) : [];
};

/** The outputs that have to wait for it: those as well that its files become a part of. */
const workedOnBy = (task: Task): readonly Name[] =>
  task.kind === 'make' ? [...new Set([...outputsOf(task), ...(task.partOf ?? [])])] : writtenBy(task);

/** The planned tasks, without those that an earlier plan of the same job left behind. */
const plannedTasks = (job: JobRecord, tasks: readonly TaskRecord[]): readonly PlannedRecord[] => {
  const planned = new Set(job.plan?.stages.flat());
  return tasks.filter(isPlanned).filter((record) => planned.has(record.id));
};

/** A task that an interrupted attempt left `running`, or that will be tried again or replaced, is waiting. */
const taskStatus = (job: JobRecord, record: TaskRecord): 'waiting' | 'running' | 'succeeded' | 'failed' => {
  if (record.state === 'pending') return 'waiting';
  if (record.state === 'succeeded') return 'succeeded';
  if (endsCutting(record)) return 'waiting';
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
  if (fetched) {
    const { object, sha256, probe } = fetched;
    return { status: 'ready', object, sha256, probe };
  }
  const fetch = record?.task.kind === 'fetch' ? record.task : undefined;
  const imported = tasks.find(({ id }) => id === fetch?.imported);
  const failed = [record, imported].some((task) => task !== undefined && taskStatus(job, task) === 'failed');
  return { status: failed ? 'failed' : 'waiting', object: null, sha256: null, probe: null };
};

/**
 * What became of every output. Of an ended job: what was frozen. Of a live one `files` is always empty: nothing is
 * visible before the terminal write lists it (S9).
 */
export const outputStates = (job: JobRecord, tasks: readonly TaskRecord[]): Record<Name, OutputState> =>
  isTerminal(job.status) ? job.outputs : mapOutputs(job, tasks, (output) => ({ ...output, files: [] }));

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
): Record<Name, OutputState> => mapOutputs(job, tasks, (output) => freeze(output, ending));

const freeze = (output: OutputState, ending: Ending): OutputState => {
  const reason = endings[ending];
  if (ending === 'canceled' && output.status !== 'skipped')
    return { ...output, status: 'canceled', files: [], attestation: null, reason };
  const isUndone = output.status === 'waiting' || output.status === 'running';
  if (!isUndone) return output;
  return { ...output, status: ending === 'finished' ? 'failed' : 'canceled', reason };
};

/** Of each output that is made: of those that vary, one for each variant. */
const mapOutputs = (
  job: JobRecord,
  tasks: readonly TaskRecord[],
  state: (output: OutputState) => OutputState,
): Record<Name, OutputState> => {
  const records = new Map<Name, PlannedRecord[]>();
  for (const record of plannedTasks(job, tasks))
    for (const name of workedOnBy(record.task)) records.set(name, [...(records.get(name) ?? []), record]);
  return Object.fromEntries(
    Object.entries(expand(job.spec).outputs).map(([name, output]) => [
      name,
      state(liveOutput(job, records.get(name) ?? [], name, output)),
    ]),
  );
};

/** The state of an output that needs no work. */
export const reusedOutput = (reused: ReusedOutput): OutputState => ({
  ...reused,
  status: 'succeeded',
  phase: 'done',
  progress: 1,
  reason: null,
  store: true,
  reused: true,
});

/** `c2` comes before `c10`. */
const natural = new Intl.Collator('en', { numeric: true });

/**
 * The files of an output in their order: those of the last stage as their task lists them, because what names others comes
 * first; then what tasks before it made, by their names.
 */
const filesOf = (
  job: Pick<JobRecord, 'plan'>,
  records: readonly PlannedRecord[],
  name: Name,
): readonly OutputFile[] => {
  const stage = new Map((job.plan?.stages ?? []).flatMap((ids, n) => ids.map((id) => [id, n] as const)));
  const made = records.map(({ id, result }) => ({
    at: stage.get(id) ?? 0,
    files: result?.outputs?.[name]?.files ?? [],
  }));
  const writers = made.filter(({ files }) => files.length > 0);
  const last = Math.max(...writers.map(({ at }) => at));
  const isLast = writers.filter(({ at }) => at === last).length === 1;
  const before = writers.filter(({ at }) => !isLast || at < last).flatMap(({ files }) => files);
  const others = before.toSorted((a, b) => natural.compare(a.name, b.name));
  return [...(isLast ? (writers.find(({ at }) => at === last)?.files ?? []) : []), ...others];
};

/** Of an output whose files several tasks made: what the first one attests, with everything counted over all of them. */
const attestationOf = (records: readonly PlannedRecord[], name: Name): Attestation | null => {
  const made = records.flatMap(({ result }) => {
    const output = result?.outputs?.[name];
    return output?.attestation
      ? [{ ...output.attestation, bytes: output.files.reduce((sum, { bytes }) => sum + bytes, 0) }]
      : [];
  });
  const [first] = made;
  if (!first) return null;
  const { bytes: _bytes, ...attestation } = first;
  if (made.length === 1) return attestation;
  const sum = (of: (checks: Attestation['checks']) => number | null): number | null => {
    const values = made.map(({ checks }) => of(checks));
    return values.includes(null) ? null : values.reduce<number>((total, value) => total + (value ?? 0), 0);
  };
  const checks = {
    ...first.checks,
    bytes: made.reduce((total, { bytes }) => total + bytes, 0),
    durationSeconds: sum(({ durationSeconds }) => durationSeconds),
    frames: sum(({ frames }) => frames),
    decodeErrors: sum(({ decodeErrors }) => decodeErrors) ?? 0,
  };
  return { ...attestation, checks };
};

const tasksOf = (records: readonly PlannedRecord[]): NonNullable<OutputState['tasks']> => ({
  total: records.length,
  done: records.filter(({ state }) => state === 'succeeded').length,
});

/** What failed first: what came after it may only have missed it. */
const firstFailed = (job: JobRecord, records: readonly PlannedRecord[]): PlannedRecord | undefined =>
  records
    .filter((record) => taskStatus(job, record) === 'failed')
    .toSorted((a, b) => (a.endedAt ?? '').localeCompare(b.endedAt ?? ''))[0];

const liveOutput = (job: JobRecord, records: readonly PlannedRecord[], name: Name, spec: Output): OutputState => {
  const waiting: OutputState = {
    status: 'waiting',
    phase: 'waiting',
    progress: 0,
    files: [],
    attestation: null,
    warnings: [],
    reason: null,
    store: typeof spec === 'object' ? (spec.store ?? true) : true,
    reused: false,
    ...(records.length > 1 && { tasks: tasksOf(records) }),
  };
  const reused = job.plan?.reused[name];
  if (reused) return reusedOutput(reused);
  const skipped = job.plan?.skipped[name];
  if (skipped !== undefined) return { ...waiting, status: 'skipped', reason: skipped };
  if (job.plan?.complete && records.length === 0)
    return { ...waiting, status: 'failed', reason: 'It needs an input that could not be fetched.' };
  const failed = firstFailed(job, records);
  const progress = mean(records.map((record) => taskProgress(job, record)));
  if (failed)
    return { ...waiting, status: 'failed', phase: failed.phase, progress, reason: failed.error?.message ?? null };
  if (records.length > 0 && records.every(({ state }) => state === 'succeeded'))
    return {
      ...waiting,
      status: 'succeeded',
      phase: 'done',
      progress: 1,
      files: waiting.store ? [...filesOf(job, records, name)] : [],
      attestation: attestationOf(records, name),
      warnings: [...new Set(records.flatMap(({ result }) => result?.warnings ?? []))],
    };
  const running = records.find((record) => taskStatus(job, record) === 'running');
  if (!running && progress === 0) return waiting;
  return { ...waiting, status: 'running', phase: running?.phase ?? 'waiting', progress };
};

/** Below this a job has not succeeded: 1 is only ever shown together with the terminal write (S8). */
const almost = 0.99;

/** The files of an output that is finished, those of an intermediate one too; none of any other. */
export const madeFiles = (job: JobRecord, tasks: readonly TaskRecord[], name: Name): readonly OutputFile[] => {
  const reused = job.plan?.reused[name];
  if (reused) return reused.files;
  const records = plannedTasks(job, tasks).filter(({ task }) => writtenBy(task).includes(name));
  const isFinished = records.every(({ state }) => state === 'succeeded');
  return isFinished ? filesOf(job, records, name) : [];
};

/** What delivering is of the whole, where there is anything to deliver. */
const deliveringShare = 0.1;

/** 0..1 over all planned tasks, each weighted by the seconds that its commands write, and over the deliveries. */
export const jobProgress = (job: JobRecord, tasks: readonly TaskRecord[]): number => {
  if (job.status === 'succeeded') return 1;
  const outputs = Object.values(job.outputs);
  if (isTerminal(job.status)) return Math.min(almost, mean(outputs.map(({ progress }) => progress)));
  const weighed = plannedTasks(job, tasks).map((record) => ({ record, weight: weight(record.task) }));
  const total = weighed.reduce((sum, { weight }) => sum + weight, 0);
  const done = weighed.reduce((sum, { record, weight }) => sum + weight * taskProgress(job, record), 0);
  const made = total === 0 ? 0 : inRounds(job, done / total);
  const delivering = job.spec.deliver ? deliveringShare : 0;
  return Math.min(almost, made * (1 - delivering) + (deliveryProgress(job, tasks) ?? 0) * delivering);
};

/** Each round of planning gets the first quarter of what is left, so that a plan that grows never sets progress back. */
const roundShare = 0.25;

const inRounds = ({ plan }: JobRecord, share: number): number => {
  const doneBefore = (rounds: number): number => 1 - (1 - roundShare) ** rounds;
  const from = doneBefore((plan?.round ?? 1) - 1);
  const to = plan?.complete === false ? doneBefore(plan.round) : 1;
  return from + (to - from) * share;
};

const weight = (task: Task): number =>
  Math.max(
    1,
    commandsOf(task).reduce((sum, { progressSeconds }) => sum + progressSeconds, 0),
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

/** True of a task that the job does not need: everything that it is for is optional. */
export const isOptional = (
  job: Pick<JobRecord, 'spec'>,
  tasks: readonly TaskRecord[],
  { id, task }: TaskRecord,
): boolean => {
  const isOptionalInput = (name: Name): boolean => {
    const input = job.spec.inputs[name];
    return typeof input === 'object' && input.optional === true;
  };
  if (task.kind === 'fetch') return isOptionalInput(task.input);
  if (task.kind !== 'import') return false;
  const readers = tasks.flatMap((other) =>
    other.task.kind === 'fetch' && other.task.imported === id ? other.task.input : [],
  );
  return [task.input, ...readers].every(isOptionalInput);
};

/**
 * What failed in the present attempt, in the words of the runner that saw it: the first failure with that code, else
 * the first of all. What is optional is nobody's error, nor is what was planned before and is not any more.
 */
export const firstTaskError = (job: JobRecord, tasks: readonly TaskRecord[], code?: string): JobError | null => {
  const planned = new Set(plannedTasks(job, tasks).map(({ id }) => id));
  const errors = tasks
    .filter((record) => !job.plan || !isPlanned(record) || planned.has(record.id))
    .filter((record) => record.state === 'failed' && record.claim?.attempt === job.attempt)
    .filter((record) => !isOptional(job, tasks, record))
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
  deliveries: frozenDeliveries(job, tasks),
  timings: jobTimings(job, tasks),
  error: end.error,
  endedAt: end.at,
});
