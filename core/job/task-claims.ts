/**
 * What becomes of a task when it is planned, claimed, reported on and ended. The decisions are here, once; a store
 * adds only that they happen atomically. A result that is the very record that was passed in means: nothing to write.
 */
import { Failure } from '../failures.ts';
import type { Task } from './plan.ts';
import type { TaskResult } from './task-result.ts';
import type { Claim, JobError, JobRecord, TaskRecord } from './state.ts';
import { isTerminal } from './state.ts';
import { earlierRuns } from './task-time.ts';

type Job = Pick<JobRecord, 'status' | 'attempt'> | undefined;
export type TaskEnd =
  | { readonly at: string; readonly result: TaskResult }
  | { readonly at: string; readonly error: JobError };

const conflict = (detail: string): Failure => new Failure('conflict.state', { detail });

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** True where two values are the same JSON; the order of keys does not matter, and an undefined field is an absent one. */
export const sameJson = (a: unknown, b: unknown): boolean => {
  if (!isObject(a) || !isObject(b)) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => sameJson(a[key], b[key]));
};

const sameClaim = (a: Claim | null, b: Claim): boolean =>
  a !== null && a.jobId === b.jobId && a.taskId === b.taskId && a.attempt === b.attempt && a.runner === b.runner;

const later = (a: string | null, b: string): string => (a !== null && Date.parse(a) > Date.parse(b) ? a : b);

const runsAttempt = (job: Job, attempt: number): boolean => job?.status === 'running' && job.attempt === attempt;

/** The job, where tasks may still be planned for it. Fails with `conflict.state`. */
export const plannable = <J extends NonNullable<Job>>(job: J | undefined): J => {
  if (!job) throw conflict('The job is gone.');
  if (isTerminal(job.status)) throw conflict('The job has ended.');
  return job;
};

/** A task that was just planned. `stored` is what the store holds of that id; finished work with an equal definition stays. */
export const planTask = (
  job: Pick<JobRecord, 'id' | 'attempt'>,
  task: Task,
  stored: TaskRecord | undefined,
): TaskRecord => {
  const isKept = stored && (sameJson(stored.task, task) || stored.claim?.attempt === job.attempt);
  if (isKept) return stored;
  return {
    jobId: job.id,
    id: task.id,
    version: (stored?.version ?? 0) + 1,
    task,
    state: 'pending',
    claim: null,
    leaseUntil: null,
    progress: 0,
    phase: 'waiting',
    result: null,
    error: null,
    startedAt: null,
    endedAt: null,
    // What was spent on another definition of it was spent all the same.
    ...(stored && earlierRuns(stored)),
  };
};

const isFree = (task: TaskRecord, claim: Claim, now: string): boolean => {
  if (task.state !== 'running') return true;
  const isLeaseOver = task.leaseUntil === null || Date.parse(task.leaseUntil) < Date.parse(now);
  return isLeaseOver || task.claim === null || task.claim.attempt < claim.attempt;
};

/** The task after `claim` took it, or the task itself when it has succeeded before. Fails with `conflict.state`. */
export const claimTask = (
  job: Job,
  task: TaskRecord | undefined,
  claim: Claim,
  times: { readonly now: string; readonly leaseUntil: string },
): TaskRecord => {
  if (!runsAttempt(job, claim.attempt)) throw conflict('The job is not running this attempt.');
  if (!task) throw conflict('The job has no such task.');
  if (task.state === 'succeeded') return task;
  if (!isFree(task, claim, times.now)) throw conflict('Another runner holds the task.');
  return {
    ...task,
    version: task.version + 1,
    state: 'running',
    claim,
    leaseUntil: times.leaseUntil,
    // Within an attempt progress never falls, also where a step is repeated.
    progress: task.claim?.attempt === claim.attempt ? task.progress : 0,
    phase: 'waiting',
    result: null,
    error: null,
    startedAt: times.now,
    endedAt: null,
    ...earlierRuns(task, Date.parse(times.now)),
  };
};

const assertHeld = (job: Job, task: TaskRecord | undefined, claim: Claim): TaskRecord => {
  if (!runsAttempt(job, claim.attempt)) throw conflict('The job is not running this attempt any more.');
  if (task?.state !== 'running' || !sameClaim(task.claim, claim)) throw conflict('The task is held by another claim.');
  return task;
};

/** The task after a sign of life; neither its progress nor its lease ever goes back. Fails with `conflict.state`. */
export const reportTask = (
  job: Job,
  task: TaskRecord | undefined,
  claim: Claim,
  report: { readonly progress: number; readonly phase: string; readonly leaseUntil: string },
): TaskRecord => {
  const held = assertHeld(job, task, claim);
  return {
    ...held,
    version: held.version + 1,
    progress: Math.max(held.progress, report.progress),
    phase: report.phase,
    leaseUntil: later(held.leaseUntil, report.leaseUntil),
  };
};

/** The task after its end, or the task itself when this claim ended it like that before. Fails with `conflict.state`. */
export const endTask = (job: Job, task: TaskRecord | undefined, claim: Claim, end: TaskEnd): TaskRecord => {
  const result = 'result' in end ? end.result : null;
  const error = 'error' in end ? end.error : null;
  const hasEnded = task?.state === 'succeeded' || task?.state === 'failed';
  const isRepeated = hasEnded && sameClaim(task.claim, claim) && sameJson([task.result, task.error], [result, error]);
  if (isRepeated) return task;
  const held = assertHeld(job, task, claim);
  return {
    ...held,
    version: held.version + 1,
    state: result ? 'succeeded' : 'failed',
    progress: result ? 1 : held.progress,
    phase: result ? 'done' : held.phase,
    leaseUntil: null,
    result,
    error,
    endedAt: end.at,
  };
};
