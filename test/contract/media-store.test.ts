import { memoryMediaStore } from '#adapters/memory/media-store.ts';
import { noDynamo, temporaryDynamo } from '#test/support/dynamodb.ts';
import { noPostgres, temporaryPostgres } from '#test/support/postgres.ts';
import { temporarySqlite } from '#test/support/sqlite.ts';
import { mediaStoreContract } from './media-store.contract.ts';

mediaStoreContract('memory', async () => ({ library: memoryMediaStore(), close: async () => {} }));
mediaStoreContract('SQLite', temporarySqlite);
mediaStoreContract('PostgreSQL', temporaryPostgres, { skip: noPostgres });
mediaStoreContract('DynamoDB', temporaryDynamo, { skip: noDynamo });
