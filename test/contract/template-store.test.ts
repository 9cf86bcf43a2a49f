import { memoryTemplateStore } from '#adapters/memory/template-store.ts';
import { noDynamo, temporaryDynamo } from '#test/support/dynamodb.ts';
import { noPostgres, temporaryPostgres } from '#test/support/postgres.ts';
import { temporarySqlite } from '#test/support/sqlite.ts';
import { templateStoreContract } from './template-store.contract.ts';

templateStoreContract('memory', async () => ({ templates: memoryTemplateStore(), close: async () => {} }));
templateStoreContract('SQLite', temporarySqlite);
templateStoreContract('PostgreSQL', temporaryPostgres, { skip: noPostgres });
templateStoreContract('DynamoDB', temporaryDynamo, { skip: noDynamo });
