import { isTerminal } from '../job/state.ts';
import { type JobSummary, jobSummary } from '../job/view.ts';
import type { JobQuery, JobStore, Page } from '../ports/job-store.ts';

/** Tasks of live jobs are read this many jobs at a time. */
const atOnce = 16;

/** The owner's jobs, newest first. Fails with `spec.invalid` where the cursor is not one of ours. */
export const listJobs = async ({ jobs }: { jobs: JobStore }, query: JobQuery): Promise<Page<JobSummary>> => {
  const page = await jobs.list(query);
  const items: JobSummary[] = [];
  for (let start = 0; start < page.items.length; start += atOnce) {
    const group = page.items.slice(start, start + atOnce);
    const summaries = group.map(async (job) => jobSummary(job, isTerminal(job.status) ? [] : await jobs.tasks(job.id)));
    items.push(...(await Promise.all(summaries)));
  }
  return { items, next: page.next };
};
