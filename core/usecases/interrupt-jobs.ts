import { hasCode } from '../failures.ts';
import type { JobRecord } from '../job/state.ts';
import type { Clock } from '../ports/clock.ts';
import type { JobStore } from '../ports/job-store.ts';
import { updateJob } from './update-job.ts';

const pageSize = 100;

/**
 * For a host that is asked to stop while it alone runs jobs: puts the running ones back to `queued`, for the next start
 * to go on with, and does not count it against their attempts. Every claim is void at once, so runners stop.
 */
export const interruptJobs = async (deps: { jobs: JobStore; clock: Clock }): Promise<void> => {
  let cursor: string | undefined;
  do {
    const page = await deps.jobs.unfinished({ limit: pageSize, ...(cursor ? { cursor } : {}) });
    for (const id of page.items) await interruptJob(deps, id);
    cursor = page.next ?? undefined;
  } while (cursor);
};

const interruptJob = async (deps: { jobs: JobStore; clock: Clock }, id: string): Promise<void> => {
  try {
    await updateJob(deps, id, interrupted);
  } catch (error) {
    // It was removed or ended at this moment.
    if (!hasCode(error, 'not_found') && !hasCode(error, 'conflict.state')) throw error;
  }
};

const interrupted = (job: JobRecord): JobRecord =>
  job.status === 'running'
    ? { ...job, status: 'queued', attempt: job.attempt + 1, interruptions: job.interruptions + 1 }
    : job;
