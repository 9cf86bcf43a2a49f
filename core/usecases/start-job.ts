import { toFailure } from '../failures.ts';
import type { JobRecord } from '../job/state.ts';
import type { Log } from '../ports/log.ts';
import { executionOf, type Workflow } from '../ports/workflow.ts';
import { queueEarly, type QueueNoticesDeps } from './queue-notices.ts';

export type StartJobDeps = QueueNoticesDeps & { readonly workflow: Workflow; readonly log: Log };

/**
 * Starts the first execution of a queued job, and queues what is told of it. A failure is not passed on: the job is stored, and `reconcile` starts
 * what is queued and has no execution.
 */
export const startJob = async (deps: StartJobDeps, job: JobRecord): Promise<void> => {
  try {
    await deps.workflow.start({ ...executionOf(job), attempt: job.attempt + 1 });
  } catch (error) {
    deps.log.warn('job not started yet', { jobId: job.id, code: toFailure(error).code, reason: String(error) });
  }
  await queueEarly(deps, job);
};
