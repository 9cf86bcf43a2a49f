/** Webhooks and their notices in DynamoDB. What is due is found in the sparse index, which pending notices alone are in. */
import { Failure } from '#core/failures.ts';
import { noticePages, webhookPages } from '#core/job/paging.ts';
import type { WebhookStore } from '#core/ports/webhook-store.ts';
import { isAbsent, tableAccess } from './access.ts';
import type { Condition, TableOptions } from './access.ts';
import {
  dueNotices,
  noticeItem,
  noticeKey,
  noticeKeyOf,
  noticeOf,
  noticePartition,
  sortable,
  webhookItem,
  webhookKey,
  webhookOf,
  webhookPartition,
} from './items.ts';
import { openIndex } from './table.ts';

const changed = (): Failure => new Failure('conflict.state', { detail: 'The webhook changed in the meantime.' });

const isVersion = (version: number): Condition => ({
  ConditionExpression: 'version = :version',
  ExpressionAttributeValues: { ':version': version },
});

/** A partition's items, newest first, from below a key. */
const listing = (partition: string, limit: number, after: string | undefined) => ({
  ConsistentRead: true,
  ScanIndexForward: false,
  KeyConditionExpression: after === undefined ? 'pk = :pk' : 'pk = :pk AND sk < :after',
  ExpressionAttributeValues: { ':pk': partition, ...(after === undefined ? {} : { ':after': after }) },
  Limit: limit + 1,
});

export const dynamoWebhookStore = (options: TableOptions): WebhookStore => {
  const access = tableAccess(options);
  return {
    create: async (webhook) => {
      if (!(await access.put([{ item: webhookItem(webhook), condition: isAbsent }]))) throw changed();
    },
    get: async (owner, id) => {
      const item = await access.get(webhookKey(owner, id));
      return item && webhookOf(item);
    },
    update: async (webhook) => {
      const after = { ...webhook, version: webhook.version + 1 };
      const put = { item: webhookItem(after), condition: isVersion(webhook.version) };
      if (!(await access.put([put]))) throw changed();
      return after;
    },
    list: async ({ owner, limit, cursor }) => {
      const query = listing(webhookPartition(owner), limit, webhookPages.keyOf(cursor));
      const items = await access.query(query, limit + 1);
      return webhookPages.pageOf(items.map(webhookOf), limit, ({ id }) => id);
    },
    remove: (owner, id) => access.remove(webhookKey(owner, id)),
    queue: async (notice) => void (await access.put([{ item: noticeItem(notice), condition: isAbsent }])),
    notice: async (key) => {
      const item = await access.get(noticeKey(key));
      return item && noticeOf(item);
    },
    updateNotice: async (notice) => {
      const after = { ...notice, version: notice.version + 1 };
      const put = { item: noticeItem(after), condition: isVersion(notice.version) };
      if (!(await access.put([put]))) throw changed();
      return after;
    },
    notices: async ({ owner, webhook, limit, cursor }) => {
      const query = listing(noticePartition(owner, webhook), limit, noticePages.keyOf(cursor));
      const items = await access.query(query, limit + 1);
      return noticePages.pageOf(items.map(noticeOf), limit, ({ id }) => id);
    },
    due: async (now, limit) => {
      const query = {
        IndexName: openIndex,
        // The key goes on after the instant.
        KeyConditionExpression: 'gsi2pk = :due AND gsi2sk < :now',
        ExpressionAttributeValues: { ':due': dueNotices, ':now': `${sortable(now)}~` },
        Limit: limit,
      };
      return (await access.query(query, limit)).map(noticeKeyOf);
    },
  };
};
