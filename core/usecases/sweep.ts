import { instant } from '../ports/clock.ts';
import type { UsageStore } from '../ports/usage-store.ts';
import { type DeleteDeps, deleteJob } from './delete-job.ts';
import { expireUpload } from './expire-upload.ts';
import { settleLost } from './quotas.ts';
import { type ReconcileDeps, reconcileJob } from './reconcile-job.ts';

export type SweepDeps = ReconcileDeps & DeleteDeps & { readonly usage: UsageStore };

/** Overdue uploads that one sweep ends, and jobs that it reads at a time. */
const pageSize = 100;

const removeJob = async (deps: SweepDeps, id: string): Promise<void> => {
  const job = await deps.jobs.get(id);
  if (job) await deleteJob(deps, { id, owner: job.owner });
};

/**
 * Ends overdue uploads, removes what was to be kept until now, and reconciles every job that has not ended. What fails is logged and left to the next sweep.
 * `graceSeconds` is 0 where no execution can have outlived the process: when a host of one machine starts.
 */
export const sweep = async (deps: SweepDeps, options: { graceSeconds?: number } = {}): Promise<void> => {
  const now = instant(deps.clock.now());
  for (const id of await deps.uploads.overdue(now, pageSize)) {
    await attempt(deps, { uploadId: id }, () => expireUpload(deps, id));
  }
  for (const id of await deps.jobs.outdated(now, pageSize)) {
    await attempt(deps, { jobId: id }, () => removeJob(deps, id));
  }
  let cursor: string | undefined;
  do {
    const page = await deps.jobs.unfinished({ limit: pageSize, ...(cursor ? { cursor } : {}) });
    for (const jobId of page.items) await attempt(deps, { jobId }, () => reconcileJob(deps, { jobId, ...options }));
    cursor = page.next ?? undefined;
  } while (cursor);
  await attempt(deps, {}, () => settleLost(deps));
};

const attempt = async (
  deps: Pick<ReconcileDeps, 'log'>,
  about: Readonly<Record<string, string>>,
  work: () => Promise<unknown>,
): Promise<void> => {
  try {
    await work();
  } catch (error) {
    deps.log.error('sweep left something undone', { ...about, error: String(error) });
  }
};
