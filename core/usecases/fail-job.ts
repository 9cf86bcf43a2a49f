import { Failure } from '../failures.ts';
import { jobError } from '../job/job-error.ts';
import { endedJob, firstTaskError, frozenOutputs } from '../job/progress.ts';
import { type JobRecord, type JobStatus, isTerminal } from '../job/state.ts';
import { instant } from '../ports/clock.ts';
import type { JobStore } from '../ports/job-store.ts';
import { executionOf } from '../ports/workflow.ts';
import { checkOutputs } from './check-outputs.ts';
import { tidyUp, type TidyUpDeps } from './tidy-up.ts';
import { type StateError, failureOf } from './state-error.ts';
import { updateJob } from './update-job.ts';

export type FailDeps = TidyUpDeps & { jobs: JobStore };

/**
 * Ends a job as `failed`, with the error of the task that failed where a runner recorded one. What was made before
 * stays. Safe to repeat; a job that has ended, or that is in another attempt by now, stays as it is. Fails with
 * `not_found` when there is no such job.
 */
export const failJob = async (
  deps: FailDeps,
  { jobId, attempt, error }: { jobId: string; attempt: number; error: StateError | Failure },
): Promise<{ status: JobStatus }> => {
  const job = await updateJob(deps, jobId, (stored) =>
    isTerminal(stored.status) || executionOf(stored).attempt !== attempt
      ? stored
      : failed(deps, stored, error instanceof Failure ? error : failureOf(error)),
  );
  await tidyUp(deps, job);
  return { status: job.status };
};

/**
 * The record of a job that fails now. With `onError: "continue"` no task ends a job, so then, as for `about: 'job'`,
 * the failure itself is told.
 */
export const failed = async (
  deps: Pick<FailDeps, 'jobs' | 'objects' | 'clock'>,
  job: JobRecord,
  failure: Failure,
  about: 'task' | 'job' = job.spec.onError === 'continue' ? 'job' : 'task',
): Promise<JobRecord> => {
  const tasks = await deps.jobs.tasks(job.id);
  const error = (about === 'task' ? firstTaskError(job, tasks, failure.code) : null) ?? jobError(failure);
  const outputs = await checkOutputs(deps.objects, frozenOutputs(job, tasks, 'failed'));
  return endedJob(job, tasks, { status: 'failed', outputs, error, at: instant(deps.clock.now()) });
};
