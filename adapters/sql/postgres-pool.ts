/**
 * `pg` in the shape that kysely's own PostgresDialect asks for, so that what a broken connection or a busy server does
 * to a statement ends here: a statement outside a transaction is done again on another connection, and of a COMMIT whose
 * answer was lost the server is asked whether it took place. Unknown is not failed.
 */
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { Failure } from '#core/failures.ts';
import { fateOf } from './postgres-fate.ts';
import { failureOf, isLost } from './postgres-errors.ts';
import { Undone, untilDone } from './transactions.ts';

/** As `pg` answers. kysely reads of it what its own type names. */
type Answer = pg.QueryResult<Record<string, unknown>>;

const isRead = (sql: string): boolean => /^select\b/i.test(sql);
const isWrite = (sql: string): boolean => /^(?:insert|update|delete)\b/i.test(sql);
const isBegin = (sql: string): boolean => /^(?:begin|start transaction)\b/i.test(sql);

const rolledBack = { command: 'ROLLBACK', rowCount: 0, rows: [] } as const;

/** One borrowed connection, which is another one after the first broke. */
const carefulClient = (pool: pg.Pool, connect: () => pg.Client) => {
  let held: pg.PoolClient | undefined;
  let isBroken = false;
  /** Of the transaction that is open. */
  let xid: string | undefined;
  /** After anything but reads and writes the session has a state, so it is not replaced any more. */
  let isPinned = false;

  const drop = (): void => {
    held?.release(isBroken);
    [held, isBroken, xid] = [undefined, false, undefined];
  };

  const connected = async (): Promise<pg.PoolClient> => {
    if (isBroken && isPinned) throw new Failure('platform.timeout', { detail: 'The session with the database ended.' });
    if (isBroken) drop();
    held ??= await pool.connect();
    return held;
  };

  const send = async (sql: string, parameters?: readonly unknown[]): Promise<Answer> => {
    try {
      return await (await connected()).query(sql, parameters && [...parameters]);
    } catch (error) {
      isBroken ||= isLost(error);
      throw failureOf(error);
    }
  };

  /** The transaction's number costs no round trip of its own. Several statements at once are answered one by one. */
  const begin = async (sql: string): Promise<Answer> => {
    const answers = await send(`${sql}; select pg_current_xact_id()::text as xid`);
    // true: `pg` answers so, though its type says otherwise
    const [begun, { rows }] = answers as unknown as readonly [Answer, Answer];
    xid = String(rows[0]?.['xid']);
    return begun;
  };

  const rollback = async (): Promise<Answer | typeof rolledBack> => {
    xid = undefined;
    // A session that is gone has undone what it did not commit.
    return isBroken ? rolledBack : send('rollback').catch(() => rolledBack);
  };

  const commit = async (): Promise<Answer | { command: 'COMMIT'; rowCount: number; rows: [] }> => {
    const [of, client] = [xid, held];
    xid = undefined;
    if (isBroken || of === undefined || !client) throw new Undone('platform.timeout', { phase: 'store' });
    try {
      return await client.query('commit');
    } catch (error) {
      if (!isLost(error)) throw failureOf(error);
      isBroken = true;
      const fate = await fateOf(of, connect);
      if (fate === 'committed') return { command: 'COMMIT', rowCount: 0, rows: [] };
      const facts = { phase: 'store' };
      if (fate === 'aborted') throw new Undone('platform.timeout', facts, { cause: error });
      throw new Failure('platform.timeout', facts, { cause: error });
    }
  };

  /** A write outside a transaction gets one of its own: only a transaction has a fate to ask for. */
  const write = async (sql: string, parameters: readonly unknown[]): Promise<Answer> => {
    await begin('begin');
    try {
      const answer = await send(sql, parameters);
      await commit();
      return answer;
    } catch (error) {
      await rollback();
      throw error;
    }
  };

  const query = async (sql: string, parameters: readonly unknown[]) => {
    if (sql === 'commit') return commit();
    if (sql === 'rollback') return rollback();
    if (isBegin(sql)) return untilDone(() => begin(sql));
    if (xid !== undefined || isPinned) return send(sql, parameters);
    if (isRead(sql)) return untilDone(() => send(sql, parameters));
    if (isWrite(sql)) return untilDone(() => write(sql, parameters));
    isPinned = true;
    return send(sql, parameters);
  };

  return {
    query,
    release: (destroy = false) => {
      isBroken ||= destroy;
      drop();
    },
  };
};

/** Numbers of eight bytes and sums of them, which JavaScript holds exactly up to 2^53. */
const types = new pg.TypeOverrides();
for (const type of [pg.types.builtins.INT8, pg.types.builtins.NUMERIC]) types.setTypeParser(type, Number);

/** A statement must never outlast the function that waits for it; `migrate` is the exception. */
export interface Patience {
  /** Milliseconds; 0 for no end. */
  readonly statement: number;
  /** For a connection, new or handed back by another request. */
  readonly connect: number;
}

export const carefulPool = (
  config: pg.ClientConfig,
  { max, patience }: { readonly max: number; readonly patience: Patience },
): PostgresPool => {
  const client: pg.ClientConfig = {
    ...config,
    types,
    keepAlive: true,
    application_name: 'kinoduct',
    connectionTimeoutMillis: patience.connect,
    ...(patience.statement > 0
      ? {
          statement_timeout: patience.statement,
          query_timeout: patience.statement + 2000, // where the server cannot even say that it took too long
          idle_in_transaction_session_timeout: 2 * patience.statement,
        }
      : {}),
  };
  /** It is tried again and again, so no try may take long. */
  const asking = { ...client, connectionTimeoutMillis: 3000, query_timeout: 3000 };
  const pool = new pg.Pool({ ...client, max, idleTimeoutMillis: 60_000, allowExitOnIdle: true });
  // Who uses a connection that breaks learns it from the query. The pool forgets one that nobody uses.
  pool.on('error', () => undefined).on('connect', (connected) => void connected.on('error', () => undefined));
  return {
    options: {},
    // true: what is asked of `query` is what kysely's PostgresDriver asks
    connect: async () => carefulClient(pool, () => new pg.Client(asking)) as unknown as PostgresPoolClient,
    end: () => pool.end(),
  };
};
