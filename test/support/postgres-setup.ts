/** Lets tests ask for one PostgreSQL server, which is started for the first that does and ends with the run. */
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The socket that answers whoever connects with the port of the server. */
    postgres: string;
  }
}

export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  let server: Promise<PostgresServer> | undefined;
  const socket = join(tmpdir(), `kinoduct-postgres-${process.pid}.sock`);
  await rm(socket, { force: true });
  const door = createServer((connection) => {
    server ??= startPostgres();
    server.then(
      ({ port }) => connection.end(String(port)),
      (error: unknown) => connection.end(String(error)),
    );
  }).listen(socket);
  await once(door, 'listening');
  project.provide('postgres', socket);
  return async () => {
    door.close();
    await (await server)?.close();
  };
};
