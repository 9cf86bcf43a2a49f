/** What was sent to an endpoint, and sending it again. */
import { Failure } from '../failures.ts';
import { again, type NoticeRecord, type NoticeView, noticeView } from '../job/notice-record.ts';
import type { Clock } from '../ports/clock.ts';
import type { Page } from '../ports/job-store.ts';
import type { NoticeKey, WebhookStore } from '../ports/webhook-store.ts';
import { ownedWebhook } from './owned-webhook.ts';

/** Of one endpoint, newest first. Fails with `not_found` and `spec.invalid`. */
export const listWebhookDeliveries = async (
  deps: { webhooks: WebhookStore },
  query: { owner: string; webhook: string; limit: number; cursor?: string | undefined },
): Promise<Page<NoticeView>> => {
  await ownedWebhook(deps, { id: query.webhook, owner: query.owner });
  const { items, next } = await deps.webhooks.notices(query);
  return { items: items.map(noticeView), next };
};

/**
 * Sends a notice again, from the first try, under the same event id. Asking while it is under way changes nothing. Fails
 * with `not_found`, and with `conflict.state` where the endpoint is disabled.
 */
export const replayWebhookDelivery = async (
  deps: { webhooks: WebhookStore; clock: Clock },
  key: NoticeKey,
): Promise<NoticeRecord> => {
  const { state } = await ownedWebhook(deps, { id: key.webhook, owner: key.owner });
  const notice = await deps.webhooks.notice(key);
  if (!notice) throw new Failure('not_found', { detail: 'There is no such delivery.' });
  if (state === 'disabled')
    throw new Failure('conflict.state', { detail: 'The webhook is disabled. Register its address anew.' });
  return notice.state === 'pending' ? notice : deps.webhooks.updateNotice(again(notice, deps.clock.now()));
};
