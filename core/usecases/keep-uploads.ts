/** A job store through which jobs say how long their uploads are kept. */
import { hasCode } from '../failures.ts';
import { uploadsKeptUntil, uploadsOf } from '../job/keep.ts';
import { isTerminal, type JobRecord } from '../job/state.ts';
import type { JobStore } from '../ports/job-store.ts';
import type { UploadStore } from '../ports/upload-store.ts';

/** An upload stays for the job that keeps it longest. */
const keepUntil = async (uploads: UploadStore, id: string, owner: string, until: string): Promise<void> => {
  for (;;) {
    const upload = await uploads.get(id);
    if (upload?.state !== 'complete' || upload.owner !== owner) return;
    if (upload.keptUntil !== null && upload.keptUntil >= until) return;
    try {
      await uploads.update({ ...upload, keptUntil: until });
      return;
    } catch (error) {
      // Another job that reads it ended at this moment.
      if (!hasCode(error, 'conflict.state')) throw error;
    }
  }
};

const schedule = async (uploads: UploadStore, job: JobRecord): Promise<void> => {
  if (!isTerminal(job.status) || job.endedAt === null) return;
  const until = uploadsKeptUntil(job, job.endedAt);
  if (until === null) return;
  for (const id of uploadsOf(job)) await keepUntil(uploads, id, job.owner, until);
};

/**
 * The same store; where a job that ends says how long its uploads are kept (`keep.inputs`), they learn it before the job is
 * seen to have ended: a crash in between loses nothing. `sweep` removes them.
 */
export const keepingJobs = (jobs: JobStore, uploads: UploadStore): JobStore => ({
  ...jobs,
  create: async (job) => {
    await schedule(uploads, job);
    await jobs.create(job);
  },
  update: async (job) => {
    await schedule(uploads, job);
    return jobs.update(job);
  },
});
