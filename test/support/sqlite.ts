/** A SQLite file of its own for one suite, gone after `close`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqlite } from '#adapters/sql/sqlite.ts';
import type { Stores } from '#adapters/sql/stores.ts';

export const temporarySqlite = async (): Promise<Stores> => {
  const folder = await mkdtemp(join(tmpdir(), 'kinoduct-sqlite-'));
  const stores = await openSqlite({ file: join(folder, 'kinoduct.sqlite') });
  const close = async (): Promise<void> => {
    await stores.close();
    await rm(folder, { recursive: true });
  };
  return { ...stores, close };
};
