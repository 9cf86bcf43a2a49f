import { jobPrefixes } from '../job/keys.ts';
import { type JobRecord, isTerminal } from '../job/state.ts';
import type { Log } from '../ports/log.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { inParallel } from './in-parallel.ts';

/** The pieces of a film, and the tables beside them, may be thousands. */
const lanes = 16;

/**
 * Removes every object of an ended job that its record does not list: work files, and what lost claims left behind
 * (L4). The record is final, so this is safe at any time after it. A failure is logged and left to the next caller.
 */
export const removeUnlisted = async (deps: { objects: ObjectStore; log: Log }, job: JobRecord): Promise<void> => {
  if (!isTerminal(job.status)) return;
  const listed = new Set(Object.values(job.outputs).flatMap(({ files }) => files.map(({ key }) => key)));
  try {
    for (const prefix of jobPrefixes(job.owner, job.id)) {
      const unlisted: string[] = [];
      for await (const { key } of deps.objects.list(prefix)) if (!listed.has(key)) unlisted.push(key);
      await inParallel(unlisted, lanes, (key) => deps.objects.remove(key));
    }
  } catch (error) {
    deps.log.warn('work files were not removed', { jobId: job.id, error: String(error) });
  }
};
