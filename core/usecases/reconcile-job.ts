/**
 * The second line of defence (L1-L3): whatever crashed, a job ends. Every decision is made on one reading of the job and
 * written on that version only, so any number of hosts may do this at once.
 */
import { Failure, hasCode } from '../failures.ts';
import { endedJob, frozenOutputs } from '../job/progress.ts';
import { type JobRecord, isTerminal, maxAttempts } from '../job/state.ts';
import { type Clock, instant } from '../ports/clock.ts';
import { executionOf } from '../ports/workflow.ts';
import { failed } from './fail-job.ts';
import { tidyUp, type TidyUpDeps } from './tidy-up.ts';
import { type SettleDeps, settleUpload } from './settle-upload.ts';

export type ReconcileDeps = SettleDeps & TidyUpDeps;

/** An execution that Step Functions does not list yet is not lost; DescribeExecution is eventually consistent. */
const defaultGraceSeconds = 30;

/**
 * Brings one job a step further where nobody else does: starts what was not started, starts again what was lost (at
 * most `maxAttempts` times), ends what is overdue. Resolves when there is nothing to do, and when someone else was
 * quicker. A running job whose execution is unknown is left alone for `graceSeconds` after its last change.
 */
export const reconcileJob = async (
  deps: ReconcileDeps,
  { jobId, graceSeconds = defaultGraceSeconds }: { jobId: string; graceSeconds?: number },
): Promise<void> => {
  const job = await deps.jobs.get(jobId);
  if (!job) return;
  try {
    if (isTerminal(job.status)) await tidyUp(deps, job);
    else if (job.status === 'waiting') await reconcileWaiting(deps, job);
    else if (hasPassed(deps.clock, job.deadlineAt)) await endOverdue(deps, job);
    else await reconcileExecution(deps, job, graceSeconds);
  } catch (error) {
    if (!hasCode(error, 'conflict.state')) throw error;
  }
};

const hasPassed = (clock: Clock, at: string): boolean => Date.parse(at) < clock.now();

const write = (deps: ReconcileDeps, job: JobRecord): Promise<JobRecord> =>
  deps.jobs.update({ ...job, updatedAt: instant(deps.clock.now()) });

const reconcileWaiting = async (deps: ReconcileDeps, job: JobRecord): Promise<void> => {
  const now = deps.clock.now();
  const upload = job.awaits === null ? undefined : await deps.uploads.get(job.awaits);
  if (upload?.state === 'complete') {
    // The time that a job may take begins when it need not wait any more.
    const deadlineAt = instant(now + Date.parse(job.deadlineAt) - Date.parse(job.createdAt));
    const queued = await write(deps, { ...job, status: 'queued', queuedAt: instant(now), deadlineAt });
    return deps.workflow.start(executionOf(queued));
  }
  if (upload?.state === 'waiting' && !upload.multipart) {
    // A single PUT has arrived whole or not at all, whether or not somebody says so.
    const object = await deps.objects.head(upload.key);
    if (object) return void (await settleUpload(deps, upload, object));
  }
  if (upload?.state === 'waiting' && !hasPassed(deps.clock, upload.expiresAt)) return;
  deps.log.info('job expired', { jobId: job.id });
  const outputs = frozenOutputs(job, [], 'expired');
  await tidyUp(
    deps,
    await write(deps, endedJob(job, [], { status: 'expired', outputs, error: null, at: instant(now) })),
  );
};

const endOverdue = async (deps: ReconcileDeps, job: JobRecord): Promise<void> => {
  deps.log.warn('job passed its deadline', { jobId: job.id, attempt: job.attempt });
  const ended = await write(deps, await failed(deps, job, new Failure('limit.time'), 'job'));
  await deps.workflow.stop(executionOf(job));
  await tidyUp(deps, ended);
};

const reconcileExecution = async (deps: ReconcileDeps, job: JobRecord, graceSeconds: number): Promise<void> => {
  const status = await deps.workflow.status(executionOf(job));
  if (status === 'running') return;
  if (status === 'unknown') {
    if (job.status === 'queued') return deps.workflow.start(executionOf(job));
    if (deps.clock.now() < Date.parse(job.updatedAt) + graceSeconds * 1000) return;
  }
  await restart(deps, job, status);
};

const restart = async (deps: ReconcileDeps, job: JobRecord, execution: string): Promise<void> => {
  const { attempt } = executionOf(job);
  if (attempt - job.interruptions >= maxAttempts) {
    deps.log.error('job was given up', { jobId: job.id, attempt, execution });
    const ended = await write(deps, await failed(deps, job, new Failure('platform.internal')));
    return tidyUp(deps, ended);
  }
  deps.log.warn('job is started again', { jobId: job.id, attempt: attempt + 1, execution });
  const queued = await write(deps, { ...job, status: 'queued', attempt: attempt + 1 });
  return deps.workflow.start(executionOf(queued));
};
