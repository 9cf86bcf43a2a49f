import { Failure } from '../failures.ts';
import { liveDeliveries } from '../job/deliveries.ts';
import { jobError } from '../job/job-error.ts';
import { endedJob, firstTaskError, frozenOutputs } from '../job/progress.ts';
import { type JobRecord, type JobStatus, type OutputState, type TaskRecord, isTerminal } from '../job/state.ts';
import { instant } from '../ports/clock.ts';
import type { JobStore } from '../ports/job-store.ts';
import type { MadeStore } from '../ports/made-store.ts';
import { checkOutputs } from './check-outputs.ts';
import { rememberOutputs } from './reuse-outputs.ts';
import { tidyUp, type TidyUpDeps } from './tidy-up.ts';
import { updateJob } from './update-job.ts';

export type FinishDeps = TidyUpDeps & { jobs: JobStore; made: MadeStore };

/**
 * Ends a job whose tasks were all tried: what they made, checked to be there, becomes visible in the same conditional
 * write as the terminal status. Safe to repeat; a job that has ended stays as it is. Fails with `conflict.state` when
 * another attempt is the present one.
 */
export const finishJob = async (
  deps: FinishDeps,
  { jobId, attempt }: { jobId: string; attempt: number },
): Promise<{ status: JobStatus }> => {
  const job = await updateJob(deps, jobId, async (stored) => {
    if (isTerminal(stored.status)) return stored;
    if (stored.status !== 'running' || stored.attempt !== attempt)
      throw new Failure('conflict.state', { detail: `The job is not running attempt ${attempt}.` });
    const tasks = await deps.jobs.tasks(jobId);
    const outputs = await checkOutputs(deps.objects, frozenOutputs(stored, tasks, 'finished'));
    return finished(stored, tasks, outputs, instant(deps.clock.now()));
  });
  await rememberOutputs(deps, job);
  await tidyUp(deps, job);
  return { status: job.status };
};

const finished = (
  job: JobRecord,
  tasks: readonly TaskRecord[],
  outputs: Record<string, OutputState>,
  at: string,
): JobRecord => {
  const statuses = new Set(Object.values(outputs).map(({ status }) => status));
  const isDelivered = liveDeliveries(job, tasks).every((delivery) => delivery.status === 'succeeded');
  if (!statuses.has('failed') && isDelivered)
    return endedJob(job, tasks, { status: 'succeeded', outputs, error: null, at });
  const status = statuses.has('succeeded') ? 'partial' : 'failed';
  const error = firstTaskError(job, tasks) ?? jobError(new Failure('platform.internal'));
  return endedJob(job, tasks, { status, outputs, error, at });
};
