import type { Drop } from '../job/drop.ts';
import type { JobRequest } from '../job/spec.ts';
import { isTerminal, type JobRecord } from '../job/state.ts';
import type { Recognises } from '../planner/supported.ts';
import { assertAffordable } from './affordable.ts';
import type { Limits } from './limits.ts';
import { acceptJob, assertInputs, newJob, storeJob } from './new-job.ts';
import type { PinDeps } from './pin-input.ts';
import { type ResolveDeps, resolveJob } from './resolve-job.ts';
import { queueNotices } from './queue-notices.ts';
import { reusedJob, type ReuseJobDeps } from './reuse-job.ts';
import { settleArrived } from './settle-upload.ts';
import type { PreviewDeps } from './show-plan.ts';
import { startJob, type StartJobDeps } from './start-job.ts';

export type StartDeps = PinDeps & StartJobDeps & { limits: Limits; recognises?: Recognises };
export type SubmitDeps = StartDeps &
  ResolveDeps &
  ReuseJobDeps &
  Partial<Pick<PreviewDeps, 'prober' | 'planner' | 'billing' | 'usage'>> &
  Pick<PreviewDeps, 'library'>;

/**
 * Stores a job and starts it. `id` is the id it gets; with the id of a job of the same owner that exists, that job is
 * answered and nothing is made. Where everything was made before it has ended already. `drop` is the dropped file that it reports to. Fails with `spec.*` and
 * `input.not_found`, each with the fields that are wrong, with `limit.cost`, and with `quota.*` where the store counts.
 */
export const submitJob = async (
  deps: SubmitDeps,
  { id, owner, request, drop }: { id: string; owner: string; request: JobRequest; drop?: Drop },
): Promise<JobRecord> => {
  const resolved = await resolveJob(deps, owner, request);
  const canonical = acceptJob(resolved.spec, deps);
  const { spec, inputs } = canonical;
  await settleArrived(deps, owner, inputs);
  await assertInputs(deps, owner, inputs);
  const fresh = newJob(deps, { ...resolved, id, owner, spec, ...(drop ? { drop } : {}) });
  const reused = await reusedJob(deps, fresh, canonical);
  if (!reused) await assertAffordable(deps, owner, spec);
  const job = await storeJob(deps, reused ?? fresh);
  if (job.status === 'queued') await startJob(deps, job);
  if (isTerminal(job.status)) await queueNotices(deps, job);
  return job;
};
