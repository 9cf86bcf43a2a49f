import { hasCode } from '../failures.ts';
import { jobPrefixes } from '../job/keys.ts';
import { isTerminal } from '../job/state.ts';
import { instant } from '../ports/clock.ts';
import { cancelJob, type CancelDeps } from './cancel-job.ts';
import { ownedJob } from './owned.ts';

/** By then a runner has missed two heartbeats and stopped: what it still stores is removed with the rest (S14). */
const runnersStopWithinMs = 3000;

/**
 * Removes a job with every object that it made; a live one is canceled first. The id stays taken, so that nothing that
 * is still under way brings it back. Fails with `not_found`, also when it is repeated.
 */
export const deleteJob = async (deps: CancelDeps, { id, owner }: { id: string; owner: string }): Promise<void> => {
  const job = await ownedJob(deps, { id, owner });
  if (!isTerminal(job.status)) await cancelLive(deps, { id, owner });
  if (job.status === 'running') await deps.clock.sleep(runnersStopWithinMs);
  // The record goes last: until then a repeated request finds what is left to remove.
  for (const prefix of jobPrefixes(owner, id)) await deps.objects.removeAll(prefix);
  await deps.jobs.remove(id, instant(deps.clock.now()));
};

const cancelLive = async (deps: CancelDeps, job: { id: string; owner: string }): Promise<void> => {
  try {
    await cancelJob(deps, job);
  } catch (error) {
    // It ended by itself in the meantime.
    if (!hasCode(error, 'conflict.state')) throw error;
  }
};
