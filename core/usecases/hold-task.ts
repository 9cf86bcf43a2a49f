/** Claims one task of a job, has it carried out and records how it ended. The only writer of results. */
import * as z from 'zod';
import { Failure, hasCode, toFailure } from '../failures.ts';
import { reproOf } from '../ffmpeg/repro.ts';
import { jobError } from '../job/job-error.ts';
import { JobId } from '../job/ids.ts';
import { claimedKey } from '../job/keys.ts';
import { outputsOf, type Task, TaskId } from '../job/plan.ts';
import type { TaskResult } from '../job/task-result.ts';
import type { Claim, JobError, JobRecord, TaskRecord } from '../job/state.ts';
import { instant } from '../ports/clock.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { assertBudget } from './budget.ts';
import { countedObjects } from './counted-objects.ts';
import { keepBudget } from './keep-budget.ts';
import { keepClaim, leaseFrom } from './keep-claim.ts';
import { measuredTask } from './measure-task.ts';
import { type HoldTaskDeps, type TaskRun, taskReport } from './task-run.ts';

export const TaskPayload = z.strictObject({ jobId: JobId, attempt: z.int().min(1), taskId: TaskId });
export type TaskPayload = z.output<typeof TaskPayload>;

/** Carries a task out; the bytes that go through `objects` are counted. What it rejects with is recorded as its failure. */
export type Work = (job: JobRecord, run: TaskRun, objects: ObjectStore) => Promise<TaskResult>;

/** How long a caller waits before it looks again at a task that another runner holds. */
const holderPollMs = 1_000;

/**
 * Resolves when the task has succeeded, by this run or an earlier one: safe to call again and at the same time. When
 * the work fails the task is recorded as failed, with FFmpeg's words and a command to repeat it with, and the `Failure`
 * is thrown. When the claim is lost (the job was canceled, another runner took over) FFmpeg is ended, nothing is
 * recorded, and `conflict.state` is thrown. `signal` ends it early with its reason, or `platform.timeout`.
 */
export const holdTask = async (
  deps: HoldTaskDeps,
  work: Work,
  payload: TaskPayload,
  signal?: AbortSignal,
): Promise<void> => {
  const { jobId, taskId, attempt } = payload;
  const claim: Claim = { jobId, taskId, attempt, runner: deps.ids.next('run') };
  const before = await deps.jobs.task(jobId, taskId);
  const record = await claimed(deps, claim, signal);
  const job = await deps.jobs.get(jobId);
  if (record.state === 'succeeded') return;
  if (!job) throw new Failure('conflict.state', { detail: 'The job is gone.' });
  const run = { job, claim, record, crashedBefore: hasCrashed(before) };
  const started = deps.clock.now();
  deps.log.info('task started', { ...claim });
  await measuredTask(deps, record.task, async () => {
    const result = await kept(deps, work, run, signal).catch(async (error: unknown) => {
      throw await recordFailure(deps, run, toFailure(error));
    });
    await recordResult(deps, run, result);
    return result;
  });
  deps.log.info('task finished', { ...claim, ms: deps.clock.now() - started });
};

/** While another runner of the same attempt holds the task, its end is waited for: the lease bounds the wait. */
const claimed = async (deps: HoldTaskDeps, claim: Claim, signal: AbortSignal | undefined): Promise<TaskRecord> => {
  for (;;) {
    if (signal?.aborted) throw stopReason(signal);
    const now = deps.clock.now();
    try {
      return await deps.jobs.claimTask(claim, { now: instant(now), leaseUntil: leaseFrom(now) });
    } catch (error) {
      const held = await deps.jobs.task(claim.jobId, claim.taskId);
      const job = await deps.jobs.get(claim.jobId);
      const isOurs = job?.status === 'running' && job.attempt === claim.attempt;
      if (!hasCode(error, 'conflict.state') || !isOurs || held?.state !== 'running') throw error;
    }
    await deps.clock.sleep(holderPollMs, signal).catch(() => undefined);
  }
};

const hasCrashed = (before: TaskRecord | undefined): boolean =>
  before?.error?.code === 'platform.internal' && before.error.phase === 'encoding';

interface Held {
  readonly job: JobRecord;
  readonly record: TaskRecord;
  readonly claim: Claim;
  readonly crashedBefore: boolean;
}

/** Does the work while the claim is kept. */
const kept = async (
  deps: HoldTaskDeps,
  work: Work,
  held: Held,
  signal: AbortSignal | undefined,
): Promise<TaskResult> => {
  const { job, record, claim, crashedBefore } = held;
  const [stop, over] = [new AbortController(), new AbortController()];
  const report = taskReport(deps.clock);
  const asked = (): void => stop.abort(stopReason(signal));
  signal?.addEventListener('abort', asked, { once: true });
  if (signal?.aborted) asked();
  const lose = (why: Failure): void => stop.abort(why);
  const keeping = [keepClaim(deps, { claim, report }, lose, over.signal)];
  const run = { task: record.task, owner: job.owner, claim, report, signal: stop.signal, crashedBefore };
  const { objects, used } = countedObjects(deps.objects);
  const started = deps.clock.now();
  try {
    // What was made is delivered: to leave it where it is would save next to nothing.
    const left = record.task.kind === 'deliver' ? undefined : await assertBudget(deps, job);
    if (left) keeping.push(keepBudget(deps, { job, record, left }, lose, over.signal));
    const result = await work(job, run, objects);
    const where = deps.spot === undefined ? {} : { spot: deps.spot };
    const measured = { wallMs: deps.clock.now() - started, cpuSeconds: report.cpuSeconds(), ...used(), ...where };
    return { ...result, measured };
  } catch (error) {
    // Whatever broke because of the stop, the stop is why.
    throw withPhase(toFailure(stop.signal.aborted ? stop.signal.reason : error), report.phase());
  } finally {
    signal?.removeEventListener('abort', asked);
    over.abort();
    await Promise.all(keeping);
  }
};

const stopReason = (signal: AbortSignal | undefined): Failure =>
  signal?.reason instanceof Failure
    ? signal.reason
    : new Failure('platform.timeout', { detail: 'The worker was asked to stop.' }, { cause: signal?.reason });

const withPhase = (failure: Failure, phase: string): Failure =>
  new Failure(failure.code, { detail: failure.message, phase, ...failure.facts }, { cause: failure.cause });

/** Where it is unknown whether the result was recorded, nothing is taken back: a retry will see it, or do it again. */
const recordResult = async (deps: HoldTaskDeps, held: Held, result: TaskResult): Promise<void> => {
  try {
    await deps.jobs.finishTask(held.claim, { at: instant(deps.clock.now()), result });
  } catch (error) {
    if (hasCode(error, 'conflict.state')) await takeBack(deps, held);
    throw toFailure(error);
  }
};

/** Records why, takes back what was stored, and resolves to what is to be thrown. */
const recordFailure = async (deps: HoldTaskDeps, held: Held, failure: Failure): Promise<Failure> => {
  const { claim, record } = held;
  deps.log.warn('task failed', { ...claim, error: failure });
  await takeBack(deps, held);
  if (failure.code === 'conflict.state') return failure;
  try {
    await deps.jobs.finishTask(claim, { at: instant(deps.clock.now()), error: explained(failure, record.task) });
    return failure;
  } catch (error) {
    if (hasCode(error, 'conflict.state')) return error;
    deps.log.error('failure not recorded', { ...claim, error });
    return failure;
  }
};

/** Best effort: a runner may not be allowed to remove anything. What stays is never visible and is swept. */
const takeBack = async ({ objects }: HoldTaskDeps, { record, job, claim }: Held): Promise<void> => {
  const kind = ['make', 'join', 'recognise'].includes(record.task.kind) ? 'outputs' : 'work';
  await objects.removeAll(claimedKey(kind, job.owner, claim, '')).catch(() => undefined);
};

/** With a command that does the same on the user's machine, where it was FFmpeg that failed. */
const explained = (failure: Failure, task: Task): JobError => {
  const error = jobError(failure);
  if (task.kind === 'recognise') return { ...error, output: task.write.output };
  if (task.kind !== 'make' && task.kind !== 'analyse') return error;
  const outputs = task.kind === 'make' ? outputsOf(task) : [];
  const output = error.output ?? (outputs.length === 1 ? (outputs[0] ?? null) : null);
  const ran = (error.phase === 'encoding' || error.phase === 'checking') && task.commands.length > 0;
  if (!ran) return { ...error, output };
  const failed = task.commands.findIndex(({ arguments: words }) => words === failure.facts.arguments);
  const commands = failed < 0 ? task.commands : task.commands.slice(0, failed + 1);
  return { ...error, output, arguments: [...(commands.at(-1)?.arguments ?? [])], repro: reproOf(commands, task.reads) };
};
