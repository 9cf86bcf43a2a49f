/** What became of a transaction whose COMMIT had no answer. https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

/** `pg_xact_status`; null of a transaction that is too old for the server to know. */
type Status = 'committed' | 'aborted' | 'in progress' | null;

const tries = 15;
/** After the first; each later pause is longer by as much. */
const pauseMs = 40;

const statusOf = async (client: pg.Client, xid: string): Promise<Status> => {
  const { rows } = await client.query<{ status: Status }>('select pg_xact_status($1::xid8) as status', [xid]);
  return rows[0]?.status ?? null;
};

/** Its session may wait for a client that is gone: the COMMIT never came. Ending the session settles it either way. */
const endSession = (client: pg.Client, xid: string) =>
  client.query('select pg_terminate_backend(pid) from pg_stat_activity where backend_xid = $1::xid8::xid', [xid]);

const ask = async (xid: string, connect: () => pg.Client): Promise<'committed' | 'aborted' | undefined> => {
  const client = connect();
  client.on('error', () => undefined); // the query that waits fails as well
  try {
    await client.connect();
    const status = await statusOf(client, xid);
    if (status !== 'in progress') return status ?? undefined;
    await endSession(client, xid);
    return undefined;
  } catch {
    return undefined; // not reachable: asked again
  } finally {
    await client.end().catch(() => undefined);
  }
};

/** Resolves to undefined where no answer was to be had within some seconds. */
export const fateOf = async (xid: string, connect: () => pg.Client): Promise<'committed' | 'aborted' | undefined> => {
  for (let n = 1; n <= tries; n += 1) {
    const fate = await ask(xid, connect);
    if (fate) return fate;
    await sleep(n * pauseMs);
  }
  return undefined;
};
