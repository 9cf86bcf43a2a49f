import { Failure } from '../failures.ts';
import type { EventType } from '../job/events.ts';
import type { WebhookRecord } from '../job/webhook-record.ts';
import { type Clock, instant } from '../ports/clock.ts';
import type { Signer } from '../ports/signer.ts';
import type { WebhookStore } from '../ports/webhook-store.ts';
import { assertAddress } from './notify-address.ts';

/** More would make each job's end expensive. */
const maxWebhooks = 20;

export type CreateWebhookDeps = {
  webhooks: WebhookStore;
  clock: Clock;
  signer: Signer;
  /** Of the deployer's own network, as `host:port`. */
  privateHosts?: readonly string[];
};

/** What is asked for in vain is refused by its name, not told never. */
const assertTold = (events: readonly string[]): void => {
  const n = events.indexOf('job.progress');
  if (n === -1) return;
  const message = '"job.progress" is not told by webhooks: ask `GET /v1/jobs/{id}?wait=20&after=<version>`.';
  throw new Failure('spec.unsupported', {
    detail: message,
    errors: [{ pointer: `/events/${n}`, code: 'spec.unsupported', message }],
  });
};

/**
 * Registers an address under `id` and answers its signing secret, which nothing shows again. Fails with `spec.invalid`,
 * `spec.unsupported`, and with `conflict.state` where the owner has the address already, or as many as there may be.
 */
export const createWebhook = async (
  deps: CreateWebhookDeps,
  wanted: { id: string; owner: string; url: string; events: readonly (EventType | 'job.progress')[] },
): Promise<{ webhook: WebhookRecord; secret: string }> => {
  const { id, owner, url } = wanted;
  assertTold(wanted.events);
  assertAddress(url, '/url', deps.privateHosts);
  const { items } = await deps.webhooks.list({ owner, limit: 1000 });
  const same = items.find((webhook) => webhook.url === url);
  if (same)
    throw new Failure('conflict.state', {
      detail: `The webhook ${same.id} has that address already. Remove it first, or make a new secret for it.`,
    });
  if (items.length >= maxWebhooks)
    throw new Failure('conflict.state', { detail: `There are ${maxWebhooks} webhooks already. Remove one first.` });
  const webhook: WebhookRecord = {
    owner,
    id,
    version: 1,
    url,
    events: [...new Set(wanted.events.filter((type) => type !== 'job.progress'))],
    state: 'active',
    generation: 1,
    previousUntil: null,
    failingSince: null,
    createdAt: instant(deps.clock.now()),
  };
  const secret = await deps.signer.secret({ owner, webhook: id, generation: 1 });
  await deps.webhooks.create(webhook);
  return { webhook, secret };
};
