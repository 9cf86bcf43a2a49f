import { isTerminal } from '../job/state.ts';
import { type JobView, jobView } from '../job/view.ts';
import type { Clock } from '../ports/clock.ts';
import type { JobStore } from '../ports/job-store.ts';
import { type Owned, ownedJob } from './owned.ts';

type GetDeps = { jobs: JobStore; clock: Clock };

/** The job as its owner sees it. Fails with `not_found`. */
export const getJob = async (deps: GetDeps, { id, owner }: Owned): Promise<JobView> => {
  const job = await ownedJob(deps, { id, owner });
  return jobView(job, await deps.jobs.tasks(id), deps.clock.now());
};

/** Quick at first for short jobs, then once a second: two small reads each time. In milliseconds. */
const pauseAfter = (looks: number): number => Math.min(1000, 200 * 2 ** looks);

/**
 * Looks again and again until the job has ended, or its version is above `after`, or `seconds` have passed; then
 * resolves to the job as it is. Fails with `not_found`, also where the job is removed meanwhile.
 */
export const awaitJob = async (
  deps: GetDeps,
  { seconds, after = Number.POSITIVE_INFINITY, ...job }: Owned & { seconds: number; after?: number },
  signal?: AbortSignal,
): Promise<JobView> => {
  const until = deps.clock.now() + seconds * 1000;
  for (let looks = 0; ; looks += 1) {
    const view = await getJob(deps, job);
    const left = until - deps.clock.now();
    if (isTerminal(view.status) || view.version > after || left <= 0) return view;
    await deps.clock.sleep(Math.min(left, pauseAfter(looks)), signal);
  }
};
