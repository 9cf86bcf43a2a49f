import { memoryUploadStore } from '#adapters/memory/upload-store.ts';
import { noDynamo, temporaryDynamo } from '#test/support/dynamodb.ts';
import { noPostgres, temporaryPostgres } from '#test/support/postgres.ts';
import { temporarySqlite } from '#test/support/sqlite.ts';
import { uploadStoreContract } from './upload-store.contract.ts';

uploadStoreContract('memory', async () => ({ uploads: memoryUploadStore(), close: async () => {} }));
uploadStoreContract('SQLite', temporarySqlite);
uploadStoreContract('PostgreSQL', temporaryPostgres, { skip: noPostgres });
uploadStoreContract('DynamoDB', temporaryDynamo, { skip: noDynamo });
