/** Where jobs and all else that is no media are kept: a file of the data folder, or PostgreSQL. */
import { join } from 'node:path';
import pRetry from 'p-retry';
import { openSqlite } from '#adapters/sql/sqlite.ts';
import type { Stores } from '#adapters/sql/stores.ts';
import type { LocalConfig } from './config.ts';

/** Two servers on one database would each restart what the other is working on. */
class DatabaseInUse extends Error {
  override readonly name = 'DatabaseInUse';
  constructor() {
    super(
      'Another server of Kinoduct uses this PostgreSQL database.\nStop it, or give this one a database of its own.',
    );
  }
}

/** How long the session of a server that was killed may take to end. */
const waits = { retries: 10, minTimeout: 200, factor: 1 };

const openServer = async (connectionString: string | undefined): Promise<Stores> => {
  // Not everybody needs it, so not everybody waits until it is loaded.
  const { holdPostgres, openPostgres, updatePostgres } = await import('#adapters/sql/postgres.ts');
  const server = connectionString === undefined ? {} : { connectionString };
  const hold = await pRetry(
    async () => {
      const held = await holdPostgres(server);
      if (!held) throw new DatabaseInUse();
      return held;
    },
    { ...waits, shouldRetry: ({ error }) => error instanceof DatabaseInUse },
  );
  try {
    await updatePostgres(server);
  } catch (error) {
    await hold.release();
    throw error;
  }
  const stores = openPostgres({ server });
  const close = async (): Promise<void> => {
    await stores.close();
    await hold.release();
  };
  return { ...stores, close };
};

/** Opens it and brings its schema up to date. One server at a time may use it. */
export const openDatabase = ({
  database,
  dataFolder,
}: Pick<LocalConfig, 'database' | 'dataFolder'>): Promise<Stores> =>
  database === 'sqlite'
    ? openSqlite({ file: join(dataFolder, 'kinoduct.sqlite') })
    : openServer(database === 'postgres' ? undefined : database);
