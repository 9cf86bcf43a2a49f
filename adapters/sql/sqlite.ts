/** Every store in one SQLite file. */
import { Kysely, SqliteDialect } from 'kysely';
import { withoutRowLocks } from './dialects.ts';
import { nodeSqlite } from './node-sqlite.ts';
import { updateSchema } from './schema.ts';
import { type Stores, storesOf } from './stores.ts';
import type { Tables } from './tables.ts';

/** Opens the file, made where it is missing, and brings its schema up to date. */
export const openSqlite = async ({ file }: { readonly file: string }): Promise<Stores> => {
  const dialect = new SqliteDialect({ database: nodeSqlite(file) });
  const db = new Kysely<Tables>({ dialect, plugins: [withoutRowLocks] });
  try {
    await updateSchema(db);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return storesOf(db);
};
