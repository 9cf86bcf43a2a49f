import { startFilesystemStore } from '#test/support/filesystem-store.ts';
import { objectStoreContract } from './object-store.contract.ts';

objectStoreContract('the file system', startFilesystemStore);
