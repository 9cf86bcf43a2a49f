import { Failure, toFailure } from '../failures.ts';
import { endedJob, frozenOutputs } from '../job/progress.ts';
import { isTerminal, type JobRecord } from '../job/state.ts';
import { instant } from '../ports/clock.ts';
import type { JobStore } from '../ports/job-store.ts';
import { executionOf, type Workflow } from '../ports/workflow.ts';
import { ownedJob } from './owned.ts';
import { tidyUp, type TidyUpDeps } from './tidy-up.ts';
import { updateJob } from './update-job.ts';

export type CancelDeps = TidyUpDeps & { jobs: JobStore; workflow: Workflow };

/**
 * Ends a job as `canceled`: from this write on no output of it is ever visible, and its runners stop at their next
 * sign of life. Canceling a canceled job again is fine. Fails with `not_found`, and with `conflict.state` where the
 * job has ended otherwise.
 */
export const cancelJob = async (deps: CancelDeps, { id, owner }: { id: string; owner: string }): Promise<JobRecord> => {
  await ownedJob(deps, { id, owner });
  const job = await updateJob(deps, id, async (job) => {
    if (job.status === 'canceled') return job;
    if (isTerminal(job.status)) throw new Failure('conflict.state', { detail: `The job has ended as ${job.status}.` });
    const tasks = await deps.jobs.tasks(id);
    const outputs = frozenOutputs(job, tasks, 'canceled');
    return endedJob(job, tasks, { status: 'canceled', outputs, error: null, at: instant(deps.clock.now()) });
  });
  await stop(deps, job);
  await tidyUp(deps, job);
  return job;
};

/** The terminal write has stopped it already; this only saves the states that would find out one by one. */
const stop = async ({ workflow, log }: CancelDeps, job: JobRecord): Promise<void> => {
  try {
    await workflow.stop(executionOf(job));
  } catch (error) {
    log.warn('execution not stopped', { jobId: job.id, code: toFailure(error).code, reason: String(error) });
  }
};
