import { expect, test } from 'vitest';
import { memoryWebhookStore } from '#adapters/memory/webhook-store.ts';
import { aNotice, at, noticeId } from '#test/support/records.ts';
import { noDynamo, temporaryDynamo } from '#test/support/dynamodb.ts';
import { noPostgres, temporaryPostgres } from '#test/support/postgres.ts';
import { temporarySqlite } from '#test/support/sqlite.ts';
import { webhookStoreContract } from './webhook-store.contract.ts';

webhookStoreContract('memory', async () => ({ webhooks: memoryWebhookStore(), close: async () => {} }));
webhookStoreContract('SQLite', temporarySqlite);
webhookStoreContract('PostgreSQL', temporaryPostgres, { skip: noPostgres });
webhookStoreContract('DynamoDB', temporaryDynamo, { skip: noDynamo });

test('SQLite forgets notices that have expired when the next one is queued', async () => {
  const stores = await temporarySqlite();
  const { webhooks } = stores;
  await webhooks.queue(aNotice({ expiresAt: at(10) }));
  await webhooks.queue(aNotice({ id: noticeId(2), createdAt: at(10) }));
  expect(await webhooks.notice(aNotice())).toBeDefined();
  await webhooks.queue(aNotice({ id: noticeId(3), createdAt: at(11) }));
  expect(await webhooks.notice(aNotice())).toBeUndefined();
  expect(await webhooks.notice(aNotice({ id: noticeId(2) }))).toBeDefined();
  await stores.close();
});
