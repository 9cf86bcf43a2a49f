import { memoryJobStore } from '#adapters/memory/job-store.ts';
import { noDynamo, temporaryDynamo } from '#test/support/dynamodb.ts';
import { noPostgres, temporaryPostgres } from '#test/support/postgres.ts';
import { temporarySqlite } from '#test/support/sqlite.ts';
import { jobStoreContract } from './job-store.contract.ts';

jobStoreContract('memory', async () => ({ jobs: memoryJobStore(), close: async () => {} }));
jobStoreContract('SQLite', temporarySqlite);
jobStoreContract('PostgreSQL', temporaryPostgres, { races: 200, skip: noPostgres });
jobStoreContract('DynamoDB', temporaryDynamo, { races: 200, skip: noDynamo });
