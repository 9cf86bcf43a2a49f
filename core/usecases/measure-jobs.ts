/** A job store that counts what becomes of jobs. Nothing else tells so surely: a job ends in exactly one write. */
import type { JobRecord } from '../job/state.ts';
import { isTerminal } from '../job/state.ts';
import type { Clock } from '../ports/clock.ts';
import type { JobStore } from '../ports/job-store.ts';
import type { Metrics } from '../ports/metrics.ts';

const secondsBetween = (from: string, to: string): number => Math.max(0, Date.parse(to) - Date.parse(from)) / 1000;

const recordEnd = (metrics: Metrics, job: JobRecord): void => {
  const { status, error, cost, createdAt, queuedAt, endedAt } = job;
  const usd = cost?.onAws ?? cost?.actual;
  metrics.record('worker_jobs_processed_total', 1, { status });
  metrics.record('job_seconds', secondsBetween(queuedAt ?? createdAt, endedAt ?? createdAt), { status });
  if (error) metrics.record('job_failures_total', 1, { code: error.code });
  if (usd !== undefined && usd !== null) metrics.record('job_cost_usd', usd, {});
};

/** The same store; whoever creates or ends a job through it is measured. Outside of the store that records the cost. */
export const measuredJobs = (jobs: JobStore, metrics: Metrics): JobStore => ({
  ...jobs,
  create: async (job) => {
    await jobs.create(job);
    metrics.record('api_ingestion_rate_total', 1, { source: job.drop === null ? 'api' : 'drop' });
  },
  update: async (job) => {
    const written = await jobs.update(job);
    if (isTerminal(written.status)) recordEnd(metrics, written);
    return written;
  },
});

/** Records how much there is to do. Where this is asked again and again, one caller at a time is enough. */
export const measureQueue = async ({
  jobs,
  metrics,
  clock,
}: {
  readonly jobs: Pick<JobStore, 'stats'>;
  readonly metrics: Metrics;
  readonly clock: Clock;
}): Promise<void> => {
  const { byStatus, oldestCreatedAt } = await jobs.stats();
  const age = oldestCreatedAt === null ? 0 : Math.max(0, clock.now() - Date.parse(oldestCreatedAt)) / 1000;
  metrics.record('queue_depth', byStatus.queued ?? 0, {});
  metrics.record('worker_active_jobs', byStatus.running ?? 0, {});
  metrics.record('queue_oldest_age_seconds', age, {});
};
