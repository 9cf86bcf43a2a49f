import { noticesOf } from '../job/notice-record.ts';
import { toFailure } from '../failures.ts';
import type { JobRecord } from '../job/state.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { WebhookStore } from '../ports/webhook-store.ts';

export type QueueNoticesDeps = {
  readonly clock: Clock;
  readonly webhooks: Pick<WebhookStore, 'list' | 'queue'>;
};

/** Rows that are written at the same time. */
const together = 10;

/** An owner has a few at most. */
const limit = 1000;

/**
 * Queues whatever is to be told of a job by now, the events too that an earlier call did not get to. Repeating it adds
 * nothing: each row has the id of its event and its address. `sendNotices` sends them.
 */
export const queueNotices = async ({ webhooks, clock }: QueueNoticesDeps, job: JobRecord): Promise<void> => {
  const { items } = await webhooks.list({ owner: job.owner, limit });
  const rows = noticesOf(job, items, clock.now()).values();
  await Promise.all(
    Array.from({ length: together }, async () => {
      for (const row of rows) await webhooks.queue(row);
    }),
  );
};

/** The same of a job that goes on: a failure is not passed on, for what is not queued now is queued at its end. */
export const queueEarly = async (deps: QueueNoticesDeps & { readonly log: Log }, job: JobRecord): Promise<void> => {
  try {
    await queueNotices(deps, job);
  } catch (error) {
    deps.log.warn('events not queued yet', { jobId: job.id, code: toFailure(error).code });
  }
};
