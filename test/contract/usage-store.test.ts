import { memoryUsageStore } from '#adapters/memory/usage-store.ts';
import { noDynamo, temporaryDynamo } from '#test/support/dynamodb.ts';
import { noPostgres, temporaryPostgres } from '#test/support/postgres.ts';
import { temporarySqlite } from '#test/support/sqlite.ts';
import { usageStoreContract } from './usage-store.contract.ts';

usageStoreContract('memory', async () => ({ usage: memoryUsageStore(), close: async () => {} }));
usageStoreContract('SQLite', temporarySqlite);
usageStoreContract('PostgreSQL', temporaryPostgres, { skip: noPostgres });
usageStoreContract('DynamoDB', temporaryDynamo, { skip: noDynamo });
