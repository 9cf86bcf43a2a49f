import { Failure } from '../failures.ts';
import type { JobRecord } from '../job/state.ts';
import { isTerminal } from '../job/state.ts';
import { jobView } from '../job/view.ts';
import type { Buckets } from '../ports/buckets.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

export type ReportDropDeps = {
  readonly clock: Clock;
  readonly log: Log;
  /** Left out on hosts that may not write there; then another one tells. */
  readonly buckets?: Pick<Buckets, 'write'>;
};

/**
 * Tells of a dropped file's job that has ended, beside its results: the job as the API shows it, under the file's name and
 * `.result.json`, or `.error.json` where it made nothing. Repeating it writes the same.
 */
export const reportDrop = async ({ buckets, clock, log }: ReportDropDeps, job: JobRecord): Promise<void> => {
  if (!buckets || !job.drop || !isTerminal(job.status)) return;
  const isResult = job.status === 'succeeded' || job.status === 'partial';
  const key = `${job.drop.report}.${isResult ? 'result' : 'error'}.json`;
  const body = `${JSON.stringify(jobView(job, [], clock.now()), undefined, 2)}\n`;
  try {
    await buckets.write({ bucket: job.drop.bucket, key }, body, { contentType: 'application/json' });
  } catch (error) {
    log.warn('a dropped file was not told of its end', { jobId: job.id, error: String(error) });
    if (error instanceof Failure && error.retryable) throw error;
  }
};
