import { memoryIdempotencyStore } from '#adapters/memory/idempotency-store.ts';
import { noDynamo, temporaryDynamo } from '#test/support/dynamodb.ts';
import { noPostgres, temporaryPostgres } from '#test/support/postgres.ts';
import { temporarySqlite } from '#test/support/sqlite.ts';
import { idempotencyStoreContract } from './idempotency-store.contract.ts';

idempotencyStoreContract('memory', async () => ({ idempotency: memoryIdempotencyStore(), close: async () => {} }));
idempotencyStoreContract('SQLite', temporarySqlite);
idempotencyStoreContract('PostgreSQL', temporaryPostgres, { skip: noPostgres });
idempotencyStoreContract('DynamoDB', temporaryDynamo, { skip: noDynamo });
