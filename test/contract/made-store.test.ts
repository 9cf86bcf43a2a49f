import { memoryMadeStore } from '#adapters/memory/made-store.ts';
import { noDynamo, temporaryDynamo } from '#test/support/dynamodb.ts';
import { noPostgres, temporaryPostgres } from '#test/support/postgres.ts';
import { temporarySqlite } from '#test/support/sqlite.ts';
import { madeStoreContract } from './made-store.contract.ts';

madeStoreContract('memory', async () => ({ made: memoryMadeStore(), close: async () => {} }));
madeStoreContract('SQLite', temporarySqlite);
madeStoreContract('PostgreSQL', temporaryPostgres, { skip: noPostgres });
madeStoreContract('DynamoDB', temporaryDynamo, { skip: noDynamo });
