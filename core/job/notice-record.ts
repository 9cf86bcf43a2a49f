/**
 * Notices: one event on its way to one address. A row says where it goes and how that went; what it says is read from the
 * job when it is sent (core/job/events.ts), so that nothing of a job outlives it.
 */
import * as z from 'zod';
import { EventType, type JobEvent, jobEvents } from './events.ts';
import { EventId, JobId, NoticeId, Owner, WebhookId } from './ids.ts';
import type { JobRecord } from './state.ts';
import { randomPart, ulidOf } from './ulid.ts';
import { jobsWebhookId, type WebhookRecord } from './webhook-record.ts';

const Instant = z.iso.datetime();

const NoticeAttempt = z.strictObject({
  at: Instant,
  status: z.int().nullable().describe('What was answered; null where nothing was.'),
  ms: z.int().min(0),
  error: z.string().nullable(),
});
export type NoticeAttempt = z.output<typeof NoticeAttempt>;

export const NoticeRecord = z.strictObject({
  owner: Owner,
  webhook: WebhookId,
  id: NoticeId,
  version: z.int().min(1),
  event: z.strictObject({ id: EventId, type: EventType, timestamp: Instant }),
  jobId: JobId,
  /** Null where it goes to the deployment's event bus. */
  url: z.string().nullable(),
  state: z.enum(['pending', 'delivered', 'failed']),
  /** The last ones. */
  attempts: z.array(NoticeAttempt),
  /** How often it was tried since it was queued, or since somebody asked for it again. */
  tries: z.int().min(0),
  /** When it is tried next; null unless it is pending. */
  nextAt: Instant.nullable(),
  createdAt: Instant,
  /** It may be gone after that. */
  expiresAt: Instant,
});
export type NoticeRecord = z.output<typeof NoticeRecord>;

export const NoticeView = z
  .strictObject({
    ...NoticeRecord.pick({ id: true, event: true, jobId: true, state: true, createdAt: true }).shape,
    url: z.string().nullable().describe('Null where it goes to EventBridge.'),
    attempts: z.array(NoticeAttempt).describe('The last twenty, oldest first.'),
    nextAt: Instant.nullable().describe('When it is tried next, at the earliest.'),
  })
  .meta({ id: 'WebhookDelivery' });
export type NoticeView = z.output<typeof NoticeView>;

export const noticeView = ({
  id,
  event,
  jobId,
  state,
  createdAt,
  url,
  attempts,
  nextAt,
}: NoticeRecord): NoticeView => ({
  id,
  event,
  jobId,
  url,
  state,
  attempts,
  nextAt,
  createdAt,
});

const dayMs = 86_400_000;
const keepDays = 30;
const maxAttempts = 20;
/** Of a job; the event of its end tells of them all. */
const mostOutputEvents = 100;

/** Seconds after each failed try; eight tries in a little less than a day. */
const delays = [5, 60, 300, 1800, 7200, 18_000, 36_000];

/** Spreads what fell due together, differently for each job and alike in every process: 0.8..1.2. */
const jitter = (id: string): number => 0.8 + 0.4 * (Number(randomPart(id) % 1024n) / 1024);

const noticeOf = (
  job: JobRecord,
  event: JobEvent,
  target: { readonly webhook: string; readonly url: string | null; readonly n: number },
  now: number,
): NoticeRecord => ({
  owner: job.owner,
  webhook: target.webhook,
  // The event's own, with the place in the job's `notify` where it has one.
  id: `dlv_${ulidOf(Date.parse(event.timestamp), randomPart(event.id) + (BigInt(target.n) << 40n))}`,
  version: 1,
  event: { id: event.id, type: event.type, timestamp: event.timestamp },
  jobId: job.id,
  url: target.url,
  state: 'pending',
  attempts: [],
  tries: 0,
  nextAt: new Date(now).toISOString(),
  createdAt: new Date(now).toISOString(),
  expiresAt: new Date(now + keepDays * dayMs).toISOString(),
});

/** Everything that is to be told of a job by now, with ids that are the same each time. `now` is in milliseconds. */
export const noticesOf = (job: JobRecord, webhooks: readonly WebhookRecord[], now: number): NoticeRecord[] => {
  const events = jobEvents(job);
  const isOfOutput = ({ type }: JobEvent): boolean => type.startsWith('output.');
  const outputs = new Set(events.filter(isOfOutput).slice(0, mostOutputEvents));
  const told = events.filter((event) => !isOfOutput(event) || outputs.has(event));
  const named = (job.spec.notify ?? []).map((target, n) => ({
    webhook: jobsWebhookId,
    url: 'webhook' in target ? target.webhook : null,
    n,
  }));
  const registered = webhooks.filter(({ state, url }) => state === 'active' && url !== null);
  return told.flatMap((event) => [
    ...registered
      // What happened before somebody asked to be told is history.
      .filter(({ events: wanted, createdAt }) => wanted.includes(event.type) && createdAt <= event.timestamp)
      .map(({ id, url }) => noticeOf(job, event, { webhook: id, url, n: 0 }, now)),
    ...named.map((target) => noticeOf(job, event, target, now)),
  ]);
};

/** After a try; `final` where no other makes sense. */
export const tried = (
  notice: NoticeRecord,
  attempt: NoticeAttempt,
  outcome: 'delivered' | 'failed' | 'final',
): NoticeRecord => {
  const attempts = [...notice.attempts, attempt].slice(-maxAttempts);
  const tries = notice.tries + 1;
  if (outcome === 'delivered') return { ...notice, attempts, tries, state: 'delivered', nextAt: null };
  const delay = outcome === 'final' ? undefined : delays[tries - 1];
  if (delay === undefined) return { ...notice, attempts, tries, state: 'failed', nextAt: null };
  const nextAt = new Date(Date.parse(attempt.at) + delay * 1000 * jitter(notice.id)).toISOString();
  return { ...notice, attempts, tries, nextAt };
};

/** To be tried from the beginning, under the same event id. */
export const again = (notice: NoticeRecord, now: number): NoticeRecord => ({
  ...notice,
  state: 'pending',
  tries: 0,
  nextAt: new Date(now).toISOString(),
});
