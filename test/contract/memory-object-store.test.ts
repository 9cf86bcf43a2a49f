import { memoryObjectStore } from '#adapters/memory/object-store.ts';
import { objectStoreContract } from './object-store.contract.ts';

objectStoreContract('memory', async () => ({ store: memoryObjectStore(), close: async () => {} }), { http: false });
