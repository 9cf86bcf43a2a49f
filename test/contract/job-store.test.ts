import { memoryJobStore } from '#adapters/memory/job-store.ts';
import { temporarySqlite } from '#test/support/sqlite.ts';
import { jobStoreContract } from './job-store.contract.ts';

jobStoreContract('memory', async () => ({ jobs: memoryJobStore(), close: async () => {} }));
jobStoreContract('SQLite', temporarySqlite);
