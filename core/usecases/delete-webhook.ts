import { Failure } from '../failures.ts';
import { jobsWebhookId } from '../job/webhook-record.ts';
import type { WebhookStore } from '../ports/webhook-store.ts';
import type { Owned } from './owned.ts';
import { ownedWebhook } from './owned-webhook.ts';

/**
 * Removes an endpoint: what is still under way to it is given up. Fails with `not_found`, and with `conflict.state` for the
 * one that jobs use, because its first secret would be valid again.
 */
export const deleteWebhook = async (deps: { webhooks: WebhookStore }, { id, owner }: Owned): Promise<void> => {
  await ownedWebhook(deps, { id, owner });
  if (id === jobsWebhookId)
    throw new Failure('conflict.state', { detail: 'This one signs what goes to addresses that jobs name; it stays.' });
  await deps.webhooks.remove(owner, id);
};
