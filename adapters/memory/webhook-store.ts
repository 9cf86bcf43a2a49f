/** Webhooks and their notices in this process's memory: for tests of use cases. */
import { Failure } from '#core/failures.ts';
import { NoticeRecord } from '#core/job/notice-record.ts';
import { noticePages, webhookPages } from '#core/job/paging.ts';
import { WebhookRecord } from '#core/job/webhook-record.ts';
import type { NoticeKey, WebhookStore } from '#core/ports/webhook-store.ts';
import { documents } from './documents.ts';

const newestFirst = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? 1 : -1);
const webhookId = (owner: string, id: string): string => `${owner}/${id}`;
const noticeId = ({ owner, webhook, id }: NoticeKey): string => `${owner}/${webhook}/${id}`;

/** Starts with the given records, as they are. */
export const memoryWebhookStore = (
  webhooks: readonly WebhookRecord[] = [],
  notices: readonly NoticeRecord[] = [],
): WebhookStore => {
  const rows = documents(WebhookRecord);
  const noticeRows = documents(NoticeRecord);
  for (const row of webhooks) rows.set(webhookId(row.owner, row.id), row);
  for (const row of notices) noticeRows.set(noticeId(row), row);
  const changed = (): Failure => new Failure('conflict.state', { detail: 'The webhook changed in the meantime.' });
  return {
    create: async (webhook) => {
      const key = webhookId(webhook.owner, webhook.id);
      if (rows.get(key)) throw changed();
      rows.set(key, webhook);
    },
    get: async (owner, id) => rows.get(webhookId(owner, id)),
    update: async (webhook) => {
      const key = webhookId(webhook.owner, webhook.id);
      if (rows.get(key)?.version !== webhook.version) throw changed();
      const after = { ...webhook, version: webhook.version + 1 };
      rows.set(key, after);
      return after;
    },
    list: async ({ owner, limit, cursor }) => {
      const after = webhookPages.keyOf(cursor);
      const found = rows.all().filter((row) => row.owner === owner && (after === undefined || row.id < after));
      return webhookPages.pageOf(found.sort(newestFirst), limit, ({ id }) => id);
    },
    remove: async (owner, id) => rows.delete(webhookId(owner, id)),
    queue: async (notice) => {
      if (!noticeRows.get(noticeId(notice))) noticeRows.set(noticeId(notice), notice);
    },
    notice: async (key) => noticeRows.get(noticeId(key)),
    updateNotice: async (notice) => {
      if (noticeRows.get(noticeId(notice))?.version !== notice.version) throw changed();
      const after = { ...notice, version: notice.version + 1 };
      noticeRows.set(noticeId(notice), after);
      return after;
    },
    notices: async ({ owner, webhook, limit, cursor }) => {
      const after = noticePages.keyOf(cursor);
      const found = noticeRows
        .all()
        .filter((row) => row.owner === owner && row.webhook === webhook && (after === undefined || row.id < after));
      return noticePages.pageOf(found.sort(newestFirst), limit, ({ id }) => id);
    },
    due: async (now, limit) =>
      noticeRows
        .all()
        .flatMap(({ nextAt, ...row }) => (nextAt !== null && nextAt <= now ? [{ ...row, nextAt }] : []))
        .sort((a, b) => (a.nextAt < b.nextAt ? -1 : 1))
        .slice(0, limit)
        .map(({ owner, webhook, id }) => ({ owner, webhook, id })),
  };
};
