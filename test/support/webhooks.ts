/** Webhooks from the queue to a receiver: memory stores, the real client, a clock that tests move. */
import { Webhook } from 'standardwebhooks';
import { manualClock } from '#adapters/memory/clock.ts';
import { memoryJobStore } from '#adapters/memory/job-store.ts';
import { recordingLog } from '#adapters/memory/log.ts';
import { memoryWebhookStore } from '#adapters/memory/webhook-store.ts';
import { guardedWeb } from '#adapters/http/web.ts';
import { derivedSigner } from '#adapters/system/signer.ts';
import type { JobEvent } from '#core/job/events.ts';
import type { JobRecord } from '#core/job/state.ts';
import type { WebhookRecord } from '#core/job/webhook-record.ts';
import { queueNotices } from '#core/usecases/queue-notices.ts';
import type { SendNoticeDeps } from '#core/usecases/send-notice.ts';
import { sendNotices } from '#core/usecases/send-notices.ts';
import type { Asked, Origin } from './origin.ts';
import { aJob, aWebhook } from './records.ts';

/** Now, because receivers check how old a message is. */
const start = Math.floor(Date.now() / 1000) * 1000;
const instantAt = (seconds: number): string => new Date(start + seconds * 1000).toISOString();

const file = {
  name: 'out.mp4',
  key: 'outputs/ana/secret-key/out.mp4',
  bytes: 4,
  type: 'video/mp4',
  sha256: 'a'.repeat(64),
};
export const anOutput = {
  status: 'succeeded' as const,
  phase: 'done',
  progress: 1,
  files: [file],
  attestation: null,
  warnings: [],
  reason: null,
  store: true,
  reused: false,
};

/** A job of ana that was queued, ran and succeeded within the last seconds. */
export const endedJob = (overrides: Partial<JobRecord> = {}): JobRecord =>
  aJob({
    status: 'succeeded',
    attempt: 1,
    outputs: { mp4: anOutput },
    createdAt: instantAt(-3),
    startedAt: instantAt(-2),
    endedAt: instantAt(-1),
    ...overrides,
  });

export const post = (
  origins: readonly Origin[],
  stage: { job?: JobRecord; webhooks?: readonly WebhookRecord[] } = {},
) => {
  const { job = endedJob(), webhooks = [] } = stage;
  const clock = manualClock(start);
  const log = recordingLog();
  const published: JobEvent[] = [];
  const privateHosts = origins.map(({ host }) => host);
  const deps = {
    jobs: memoryJobStore([job]),
    webhooks: memoryWebhookStore(webhooks),
    web: guardedWeb({ privateHosts }),
    bus: { put: async (event: JobEvent) => void published.push(event) },
    signer: derivedSigner(async () => 'the key of the deployment'),
    clock,
    log,
    privateHosts,
  } satisfies SendNoticeDeps;
  return {
    ...deps,
    job,
    published,
    queue: () => queueNotices(deps, job),
    send: (other: Partial<SendNoticeDeps> = {}) => sendNotices({ ...deps, ...other }),
    /** The notices of an endpoint, in the order of their events. */
    notices: async (webhook = aWebhook().id) =>
      [...(await deps.webhooks.notices({ owner: job.owner, webhook, limit: 1000 })).items].toReversed(),
    secret: (webhook = aWebhook().id, generation = 1) => deps.signer.secret({ owner: job.owner, webhook, generation }),
  };
};

export type Post = ReturnType<typeof post>;

/** An endpoint at the origin that is told how jobs end, from before everything. */
export const endpointAt = (origin: Origin, overrides: Partial<WebhookRecord> = {}): WebhookRecord =>
  aWebhook({
    url: `${origin.url}/hook?token=HUSH`,
    events: ['job.succeeded'],
    createdAt: instantAt(-3600),
    ...overrides,
  });

/** The message, as the reference library reads it; throws what it throws. */
export const verified = (secret: string, { headers, body }: Pick<Asked, 'headers' | 'body'>): unknown =>
  new Webhook(secret).verify(
    body.toString(),
    Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, String(v)])),
  );
