/** Every store in one PostgreSQL database, 13 or later. */
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { textByCharacters } from './dialects.ts';
import { type Patience, carefulPool } from './postgres-pool.ts';
import { updateSchema } from './schema.ts';
import { type Stores, storesOf } from './stores.ts';
import type { Tables } from './tables.ts';

export interface PostgresOptions {
  /** As `pg` takes it; what is left out comes from the environment (PGHOST, PGUSER, PGPASSWORD, …) and ~/.pgpass. */
  readonly server: pg.ClientConfig;
  /** Connections at the same time. */
  readonly max?: number;
  readonly patience?: Patience;
}

const usual: Patience = { statement: 10_000, connect: 10_000 };
/** Of a deploy, which may wait for other transactions to end. */
const patient: Patience = { statement: 0, connect: 60_000 };

const databaseOf = ({ server, max = 10, patience = usual }: PostgresOptions): Kysely<Tables> =>
  new Kysely<Tables>({
    dialect: new PostgresDialect({ pool: carefulPool(server, { max, patience }) }),
    plugins: [textByCharacters],
  });

/** Connects when the first query asks for it. The schema must be there: `updatePostgres`. */
export const openPostgres = (options: PostgresOptions): Stores => storesOf(databaseOf(options));

/** Brings the schema up to date. Repeating it, also at once, is fine. */
export const updatePostgres = async (server: pg.ClientConfig): Promise<void> => {
  const db = databaseOf({ server, max: 2, patience: patient });
  try {
    await updateSchema(db);
  } finally {
    await db.destroy();
  }
};

/** Of all that use advisory locks in a database, ours is known by this number. */
const holdKey = 7_205_314_911;

/**
 * Reserves the database for one process, until `release` or until its connection ends, however that happens. Resolves to
 * undefined where another process has it.
 */
export const holdPostgres = async (
  server: pg.ClientConfig,
): Promise<{ readonly release: () => Promise<void> } | undefined> => {
  const client = new pg.Client({ ...server, keepAlive: true, connectionTimeoutMillis: usual.connect });
  client.on('error', () => undefined); // it then holds nothing any more
  await client.connect();
  const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [holdKey]);
  if (rows[0]?.got) return { release: () => client.end() };
  await client.end();
  return undefined;
};
