import { jobsWebhook, jobsWebhookId, type WebhookView, webhookView } from '../job/webhook-record.ts';
import type { Page } from '../ports/job-store.ts';
import type { WebhookStore } from '../ports/webhook-store.ts';

/** The owner's endpoints, newest first; the one for what jobs name is always the last. Fails with `spec.invalid`. */
export const listWebhooks = async (
  { webhooks }: { webhooks: Pick<WebhookStore, 'list'> },
  query: { owner: string; limit: number; cursor?: string | undefined },
): Promise<Page<WebhookView>> => {
  const { items, next } = await webhooks.list(query);
  const isWhole = next !== null || items.at(-1)?.id === jobsWebhookId;
  return { items: (isWhole ? items : [...items, jobsWebhook(query.owner)]).map(webhookView), next };
};
