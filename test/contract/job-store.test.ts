import { memoryJobStore } from '#adapters/memory/job-store.ts';
import { noDynamo, temporaryDynamo } from '#test/support/dynamodb.ts';
import { temporarySqlite } from '#test/support/sqlite.ts';
import { jobStoreContract } from './job-store.contract.ts';

jobStoreContract('memory', async () => ({ jobs: memoryJobStore(), close: async () => {} }));
jobStoreContract('SQLite', temporarySqlite);
jobStoreContract('DynamoDB', temporaryDynamo, { races: 200, skip: noDynamo });
