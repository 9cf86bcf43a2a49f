import { Failure, isFailureCode } from '../failures.ts';
import type { JobStore } from '../ports/job-store.ts';

/**
 * What became of a task whose container has ended: resolves when it has succeeded, and fails as the task did. A container
 * tells nothing but that it need not run again; where it left no end of this attempt, that is `conflict.state`.
 */
export const taskOutcome = async (
  { jobs }: { readonly jobs: Pick<JobStore, 'task'> },
  { jobId, attempt, taskId }: { jobId: string; attempt: number; taskId: string },
): Promise<Record<string, never>> => {
  const task = await jobs.task(jobId, taskId);
  if (task?.state === 'succeeded') return {};
  const error = task?.state === 'failed' && task.claim?.attempt === attempt ? task.error : null;
  if (error && isFailureCode(error.code)) throw new Failure(error.code, { detail: error.message });
  throw new Failure('conflict.state', { detail: 'The container ended without having ended its task.' });
};
