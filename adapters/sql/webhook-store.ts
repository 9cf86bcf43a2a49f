/** Webhooks and their notices in SQL. `next_at` is null unless a notice is pending. */
import { Failure } from '#core/failures.ts';
import { NoticeRecord } from '#core/job/notice-record.ts';
import { noticePages, webhookPages } from '#core/job/paging.ts';
import { WebhookRecord } from '#core/job/webhook-record.ts';
import type { WebhookStore } from '#core/ports/webhook-store.ts';
import { sortable } from './tables.ts';
import type { Db } from './tables.ts';

type Row = { readonly document: string };

const webhookOf = ({ document }: Row): WebhookRecord => WebhookRecord.parse(JSON.parse(document));
const noticeOf = ({ document }: Row): NoticeRecord => NoticeRecord.parse(JSON.parse(document));

const webhookRow = (webhook: WebhookRecord) => ({
  owner: webhook.owner,
  id: webhook.id,
  version: webhook.version,
  document: JSON.stringify(WebhookRecord.parse(webhook)),
});

const noticeRow = (notice: NoticeRecord) => ({
  owner: notice.owner,
  webhook: notice.webhook,
  id: notice.id,
  version: notice.version,
  next_at: notice.nextAt === null ? null : sortable(notice.nextAt),
  expires_at: sortable(notice.expiresAt),
  document: JSON.stringify(NoticeRecord.parse(notice)),
});

const changed = (): Failure => new Failure('conflict.state', { detail: 'The webhook changed in the meantime.' });

const endpoints = (db: Db): Pick<WebhookStore, 'create' | 'get' | 'update' | 'list' | 'remove'> => ({
  create: async (webhook) => {
    const insert = db.insertInto('webhooks').values(webhookRow(webhook));
    const { numInsertedOrUpdatedRows } = await insert.onConflict((old) => old.doNothing()).executeTakeFirstOrThrow();
    if (!numInsertedOrUpdatedRows) throw changed();
  },
  get: async (owner, id) => {
    const rows = db.selectFrom('webhooks').select('document').where('owner', '=', owner).where('id', '=', id);
    const row = await rows.executeTakeFirst();
    return row && webhookOf(row);
  },
  update: async (webhook) => {
    const after = { ...webhook, version: webhook.version + 1 };
    const { numUpdatedRows } = await db
      .updateTable('webhooks')
      .set(webhookRow(after))
      .where('owner', '=', webhook.owner)
      .where('id', '=', webhook.id)
      .where('version', '=', webhook.version)
      .executeTakeFirstOrThrow();
    if (!numUpdatedRows) throw changed();
    return after;
  },
  list: async ({ owner, limit, cursor }) => {
    const after = webhookPages.keyOf(cursor);
    const all = db.selectFrom('webhooks').select('document').where('owner', '=', owner);
    const rows = await (after === undefined ? all : all.where('id', '<', after))
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute();
    return webhookPages.pageOf(rows.map(webhookOf), limit, ({ id }) => id);
  },
  remove: async (owner, id) =>
    void (await db.deleteFrom('webhooks').where('owner', '=', owner).where('id', '=', id).execute()),
});

export const sqlWebhookStore = (db: Db): WebhookStore => ({
  ...endpoints(db),
  queue: async (notice) => {
    await db.deleteFrom('webhook_notices').where('expires_at', '<', sortable(notice.createdAt)).execute();
    const insert = db.insertInto('webhook_notices').values(noticeRow(notice));
    await insert.onConflict((old) => old.doNothing()).execute();
  },
  notice: async ({ owner, webhook, id }) => {
    const row = await db
      .selectFrom('webhook_notices')
      .select('document')
      .where('owner', '=', owner)
      .where('webhook', '=', webhook)
      .where('id', '=', id)
      .executeTakeFirst();
    return row && noticeOf(row);
  },
  updateNotice: async (notice) => {
    const after = { ...notice, version: notice.version + 1 };
    const { numUpdatedRows } = await db
      .updateTable('webhook_notices')
      .set(noticeRow(after))
      .where('owner', '=', notice.owner)
      .where('webhook', '=', notice.webhook)
      .where('id', '=', notice.id)
      .where('version', '=', notice.version)
      .executeTakeFirstOrThrow();
    if (!numUpdatedRows) throw changed();
    return after;
  },
  notices: async ({ owner, webhook, limit, cursor }) => {
    const after = noticePages.keyOf(cursor);
    const all = db
      .selectFrom('webhook_notices')
      .select('document')
      .where('owner', '=', owner)
      .where('webhook', '=', webhook);
    const rows = await (after === undefined ? all : all.where('id', '<', after))
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute();
    return noticePages.pageOf(rows.map(noticeOf), limit, ({ id }) => id);
  },
  due: (now, limit) =>
    db
      .selectFrom('webhook_notices')
      .select(['owner', 'webhook', 'id'])
      .where('next_at', '<=', sortable(now))
      .orderBy('next_at')
      .limit(limit)
      .execute(),
});
