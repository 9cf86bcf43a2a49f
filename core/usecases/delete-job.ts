import { hasCode } from '../failures.ts';
import { jobPrefixes } from '../job/keys.ts';
import { isTerminal } from '../job/state.ts';
import { instant } from '../ports/clock.ts';
import type { MadeStore } from '../ports/made-store.ts';
import { cancelJob, type CancelDeps } from './cancel-job.ts';
import { ownedJob } from './owned.ts';
import { filesElsewhere, releaseOutputs } from './reuse-outputs.ts';

export type DeleteDeps = CancelDeps & { readonly made: MadeStore };

/** By then a runner has missed two heartbeats and stopped: what it still stores is removed with the rest (S14). */
const runnersStopWithinMs = 3000;

/**
 * Removes a job with every object that it made; a live one is canceled first. The id stays taken, so that nothing that
 * is still under way brings it back. Fails with `not_found`, also when it is repeated.
 */
export const deleteJob = async (deps: DeleteDeps, { id, owner }: { id: string; owner: string }): Promise<void> => {
  const job = await ownedJob(deps, { id, owner });
  if (!isTerminal(job.status)) await cancelLive(deps, { id, owner });
  if (job.status === 'running') await deps.clock.sleep(runnersStopWithinMs);
  // The record goes last: until then a repeated request finds what is left to remove.
  await removeFiles(deps, { id, owner });
  await deps.jobs.remove(id, instant(deps.clock.now()));
};

/** What other jobs list as well stays, until the last of them is removed. */
const removeFiles = async (deps: DeleteDeps, { id, owner }: { id: string; owner: string }): Promise<void> => {
  // As it is now: it may have ended, and listed what it made, a moment ago.
  const job = await ownedJob(deps, { id, owner });
  const prefixes = jobPrefixes(owner, id);
  const shared = await releaseOutputs(deps, job);
  for (const key of filesElsewhere(job, prefixes)) if (!shared.has(key)) await deps.objects.remove(key);
  for (const prefix of prefixes) {
    if ([...shared].some((key) => key.startsWith(prefix))) await removeOthers(deps, prefix, shared);
    else await deps.objects.removeAll(prefix);
  }
};

const removeOthers = async ({ objects }: DeleteDeps, prefix: string, shared: ReadonlySet<string>): Promise<void> => {
  const others: string[] = [];
  for await (const { key } of objects.list(prefix)) if (!shared.has(key)) others.push(key);
  for (const key of others) await objects.remove(key);
};

const cancelLive = async (deps: CancelDeps, job: { id: string; owner: string }): Promise<void> => {
  try {
    await cancelJob(deps, job);
  } catch (error) {
    // It ended by itself in the meantime.
    if (!hasCode(error, 'conflict.state')) throw error;
  }
};
