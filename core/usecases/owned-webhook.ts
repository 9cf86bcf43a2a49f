import { Failure } from '../failures.ts';
import { jobsWebhook, jobsWebhookId, type WebhookRecord } from '../job/webhook-record.ts';
import type { WebhookStore } from '../ports/webhook-store.ts';
import type { Owned } from './owned.ts';

/** Everybody has the endpoint for what jobs name, stored or not. Fails with `not_found`. */
export const ownedWebhook = async (
  { webhooks }: { webhooks: Pick<WebhookStore, 'get'> },
  { id, owner }: Owned,
): Promise<WebhookRecord> => {
  const webhook = (await webhooks.get(owner, id)) ?? (id === jobsWebhookId ? jobsWebhook(owner) : undefined);
  if (!webhook) throw new Failure('not_found', { detail: 'There is no such webhook.' });
  return webhook;
};
