import { type JobEvent, jobEvents } from '../job/events.ts';
import { Failure } from '../failures.ts';
import type { JobStore, Page } from '../ports/job-store.ts';
import { ownedJob } from './owned.ts';

/**
 * What happened to a job, oldest first, after the event named. `next` is the `after` of the next page where there is more
 * already. Fails with `not_found`, and with `spec.invalid` where `after` is no event of the job.
 */
export const listEvents = async (
  deps: { jobs: JobStore },
  { id, owner, after, limit }: { id: string; owner: string; after?: string | undefined; limit: number },
): Promise<Page<JobEvent>> => {
  const events = jobEvents(await ownedJob(deps, { id, owner }));
  const from = after === undefined ? 0 : events.findIndex((event) => event.id === after) + 1;
  if (after !== undefined && from === 0)
    throw new Failure('spec.invalid', {
      detail: 'The job has no such event.',
      errors: [{ pointer: '?after', code: 'invalid_cursor', message: 'must be the id of an event of the job' }],
    });
  const items = events.slice(from, from + limit);
  return { items, next: from + limit < events.length ? (items.at(-1)?.id ?? null) : null };
};
