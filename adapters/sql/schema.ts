/** Brings the schema of a database up to date. */
import { type Kysely, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { migrations } from './migrations.ts';

const table = 'kysely_migration';

/** Steps that the database has taken, also those of a later release than this one. */
const taken = async <Tables>(db: Kysely<Tables>): Promise<readonly string[]> => {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === table)) return [];
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(table)}`.execute(db);
  return rows.map(({ name }) => name);
};

const nothing = { up: async () => undefined };

/**
 * Takes the steps that the database lacks, all or none of them where it can undo DDL, and one caller at a time. Repeating
 * it is fine. A database of a later release is left as it is: steps only add, so this release can use it.
 */
export const updateSchema = async <Tables>(db: Kysely<Tables>): Promise<void> => {
  const later = (await taken(db)).map((name) => [name, nothing] as const);
  const provider = { getMigrations: async () => ({ ...Object.fromEntries(later), ...migrations }) };
  const { error } = await new Migrator({ db, provider, allowUnorderedMigrations: true }).migrateToLatest();
  if (error !== undefined) throw error;
};
