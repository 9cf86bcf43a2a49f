/** Databases of their own on the one PostgreSQL server of the run. */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { inject } from 'vitest';
import { type PostgresOptions, openPostgres, updatePostgres } from '#adapters/sql/postgres.ts';
import type { Stores } from '#adapters/sql/stores.ts';

export { noPostgres } from './postgres-server.ts';

let port: Promise<number> | undefined;

const askForPort = async (): Promise<number> => {
  const answer = await text(connect(inject('postgres')));
  if (!/^\d+$/.test(answer)) throw new Error(answer);
  return Number(answer);
};

export interface Database {
  readonly server: { readonly host: string; readonly port: number; readonly user: string; readonly database: string };
  /** As the superuser. */
  query<Row extends pg.QueryResultRow>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** The stores of this database, which the caller closes. */
  open(options?: Partial<PostgresOptions>): Stores;
  remove(): Promise<void>;
}

/** An empty database. Whoever is connected to it is thrown out when it is removed. */
export const emptyDatabase = async (): Promise<Database> => {
  port ??= askForPort();
  const database = `kinoduct_${randomBytes(6).toString('hex')}`;
  const server = { host: '127.0.0.1', port: await port, user: 'postgres', database };
  const once = async <Row extends pg.QueryResultRow>(
    config: pg.ClientConfig,
    sql: string,
    parameters: readonly unknown[] = [],
  ): Promise<Row[]> => {
    const client = new pg.Client(config);
    await client.connect();
    try {
      return (await client.query<Row>(sql, [...parameters])).rows;
    } finally {
      await client.end();
    }
  };
  const main = { ...server, database: 'postgres' };
  await once(main, `create database ${database}`);
  return {
    server,
    query: (sql, parameters) => once(server, sql, parameters),
    open: (options) => openPostgres({ server, ...options }),
    remove: async () => void (await once(main, `drop database ${database} with (force)`)),
  };
};

/** The same with our tables. */
export const freshDatabase = async (): Promise<Database> => {
  const database = await emptyDatabase();
  await updatePostgres(database.server);
  return database;
};

/** Every store in a database of its own, gone after `close`. */
export const temporaryPostgres = async (): Promise<Stores> => {
  const database = await freshDatabase();
  const stores = database.open();
  const close = async (): Promise<void> => {
    await stores.close();
    await database.remove();
  };
  return { ...stores, close };
};
