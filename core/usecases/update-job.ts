import { Failure, hasCode } from '../failures.ts';
import type { JobRecord } from '../job/state.ts';
import { type Clock, instant } from '../ports/clock.ts';
import type { JobStore } from '../ports/job-store.ts';

/** More writers than this at one job at once have never a reason; the last conflict is then the caller's to see. */
const maxTries = 6;

/**
 * Reads the job, lets `change` decide, and writes what it returns (`updatedAt` is set here); when someone else wrote
 * in between, reads and decides again. Where `change` returns the very record it was given, nothing is written.
 * Fails with `not_found` when there is no such job, and with whatever `change` throws.
 */
export const updateJob = async (
  deps: { jobs: JobStore; clock: Clock },
  id: string,
  change: (job: JobRecord) => JobRecord | Promise<JobRecord>,
): Promise<JobRecord> => {
  for (let tries = 1; ; tries += 1) {
    const job = await deps.jobs.get(id);
    if (!job) throw new Failure('not_found', { detail: 'There is no such job.' });
    const changed = await change(job);
    if (changed === job) return job;
    try {
      return await deps.jobs.update({ ...changed, updatedAt: instant(deps.clock.now()) });
    } catch (error) {
      if (!hasCode(error, 'conflict.state') || tries === maxTries) throw error;
    }
  }
};
