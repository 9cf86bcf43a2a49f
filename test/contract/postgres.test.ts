import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { updatePostgres } from '#adapters/sql/postgres.ts';
import { carefulPool } from '#adapters/sql/postgres-pool.ts';
import type { JobRecord } from '#core/job/state.ts';
import type { Stores } from '#adapters/sql/stores.ts';
import { type Database, emptyDatabase, freshDatabase, noPostgres } from '#test/support/postgres.ts';
import { aClaim, aJob, aMedia, aTask, at, jobId, runId } from '#test/support/records.ts';

const suffix = noPostgres === undefined ? '' : ` (skipped: ${noPostgres})`;
const times = { now: at(10), leaseUntil: at(40) };

const patience = { statement: 10_000, connect: 10_000 };

/** Returns when somebody in the database waits for a lock. */
const waitsForLock = `do $$ begin
  while not exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock') loop
    perform pg_sleep(0.01), pg_stat_clear_snapshot();
  end loop;
end $$`;

let lastId = 0;

const runningJob = async ({ jobs }: Stores, tasks = [aTask()]): Promise<JobRecord> => {
  const job = aJob({ id: jobId((lastId += 1)), status: 'running', attempt: 1 });
  await jobs.create(job);
  await jobs.saveTasks(job.id, tasks);
  return job;
};

describe.skipIf(noPostgres)(`many at once on PostgreSQL${suffix}`, () => {
  let database: Database;
  /** Two processes, as it were, with 25 connections each. */
  let pair: readonly [Stores, Stores];
  beforeAll(async () => {
    database = await freshDatabase();
    pair = [database.open({ max: 25 }), database.open({ max: 25 })];
  });
  afterAll(async () => {
    await Promise.all((pair ?? []).map((stores) => stores.close()));
    await database?.remove();
  });

  const fifty = Array.from({ length: 50 }, (_, n) => n);
  const storesOf = (n: number): Stores => pair[n % 2 ? 1 : 0];

  /** Who got the claim; every other one was told that it came too late. */
  const race = async (job: JobRecord): Promise<readonly string[]> => {
    const claims = fifty.map((n) => aClaim({ jobId: job.id, runner: runId(n) }));
    const outcomes = await Promise.allSettled(claims.map((claim, n) => storesOf(n).jobs.claimTask(claim, times)));
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'conflict.state' });
    return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value.claim?.runner ?? ''] : []));
  };

  test('of fifty claimers on as many connections exactly one wins, again and again', async () => {
    for (let round = 0; round < 5; round += 1) {
      const job = await runningJob(pair[0]);
      const winners = await race(job);
      expect(winners).toHaveLength(1);
      expect(await pair[1].jobs.task(job.id, 'encode-1')).toMatchObject({ claim: { runner: winners[0] }, version: 2 });
    }
  });

  test('fifty runners that report on one task each do not hinder one another', async () => {
    const tasks = fifty.map((n) => aTask({ id: `encode-${n}` }));
    const job = await runningJob(pair[0], tasks);
    const claims = tasks.map(({ id }, n) => aClaim({ jobId: job.id, taskId: id, runner: runId(n) }));
    await Promise.all(claims.map((claim, n) => storesOf(n).jobs.claimTask(claim, times)));
    const beat = { progress: 0.5, phase: 'encoding', leaseUntil: at(50) };
    await Promise.all(claims.map((claim, n) => storesOf(n + 1).jobs.heartbeat(claim, beat)));
    for (const task of await pair[0].jobs.tasks(job.id)) expect(task).toMatchObject({ progress: 0.5, version: 3 });
  });

  test('a claim waits for a cancel that is being written, and is refused', async () => {
    const job = await runningJob(pair[0]);
    const [gate, blocker] = [Promise.withResolvers<void>(), carefulPool(database.server, { max: 1, patience })];
    const client = await blocker.connect();
    await client.query('begin', []);
    await client.query(`update jobs set status = 'canceled' where id = $1`, [job.id]);
    const claiming = pair[0].jobs.claimTask(aClaim({ jobId: job.id }), times).finally(() => gate.resolve());
    const refused = expect(claiming).rejects.toMatchObject({ code: 'conflict.state' });
    await database.query(waitsForLock);
    await client.query('commit', []);
    client.release();
    await blocker.end();
    await gate.promise;
    await refused;
    expect(await pair[0].jobs.task(job.id, 'encode-1')).toMatchObject({ state: 'pending', version: 1 });
  });

  test('transactions that lock each other out are carried out one after the other', async () => {
    const job = await runningJob(pair[0]);
    const pool = carefulPool(database.server, { max: 2, patience });
    onTestFinished(() => pool.end());
    const client = await pool.connect();
    await client.query('begin', []);
    await client.query('update job_tasks set version = version where job_id = $1', [job.id]);
    // It has locked the job, and now waits for its task.
    const removing = pair[0].jobs.remove(job.id, at(60));
    await database.query(waitsForLock);
    // Which makes a circle, out of which PostgreSQL takes one.
    const circle = client.query('update jobs set version = version where id = $1', [job.id]).then(
      () => client.query('commit', []),
      () => client.query('rollback', []),
    );
    await Promise.all([removing, circle]);
    client.release();
    expect(await pair[0].jobs.get(job.id)).toBeUndefined();
    expect(await pair[0].jobs.tasks(job.id)).toEqual([]);
  });

  test('where the database makes every transaction serializable, those that fail for it are done again', async () => {
    const strict = await freshDatabase();
    onTestFinished(() => strict.remove());
    await strict.query(`alter database ${strict.server.database} set default_transaction_isolation to 'serializable'`);
    const stores = strict.open({ max: 20 });
    onTestFinished(() => stores.close());
    const job = await runningJob(stores);
    const claims = fifty.map((n) => aClaim({ jobId: job.id, runner: runId(n) }));
    const outcomes = await Promise.allSettled(claims.map((claim) => stores.jobs.claimTask(claim, times)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'conflict.state' });
    const [winner] = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    const beats = fifty.slice(0, 10).map((n) => ({ progress: n / 20, phase: 'encoding', leaseUntil: at(60) }));
    await Promise.all(beats.map((beat) => stores.jobs.heartbeat(winner?.claim ?? aClaim(), beat)));
    expect(await stores.jobs.task(job.id, 'encode-1')).toMatchObject({ progress: 9 / 20, version: 12 });
  });
});

describe.skipIf(noPostgres)(`the schema on PostgreSQL${suffix}`, () => {
  let database: Database;
  beforeAll(async () => {
    database = await emptyDatabase();
  });
  afterAll(() => database?.remove());

  const steps = () => database.query<{ name: string }>('select name from kysely_migration order by name');

  test('is made once, by however many make it at the same time', async () => {
    await Promise.all(Array.from({ length: 4 }, () => updatePostgres(database.server)));
    const made = await steps();
    expect(made.length).toBeGreaterThan(5);
    await updatePostgres(database.server);
    expect(await steps()).toEqual(made);
  });

  test('of a later release is left as it is', async () => {
    await database.query(`insert into kysely_migration values ('2099-01-later', '2099-01-01T00:00:00.000Z')`);
    await updatePostgres(database.server);
    expect((await steps()).map(({ name }) => name)).toContain('2099-01-later');
  });

  test('is not half made where a step fails', async () => {
    const broken = await emptyDatabase();
    onTestFinished(() => broken.remove());
    await broken.query('create table webhooks (in_the_way integer)');
    await expect(updatePostgres(broken.server)).rejects.toThrow();
    const tables = await broken.query(`select from information_schema.tables where table_name = 'jobs'`);
    expect(tables).toEqual([]);
    await broken.query('drop table webhooks');
    await updatePostgres(broken.server);
  });

  test('sorts by characters, whatever language the server speaks', async () => {
    const rows = await database.query<{ collation_name: string | null }>(
      `select collation_name from information_schema.columns where table_schema = 'public' and data_type = 'text'`,
    );
    expect(rows.length).toBeGreaterThan(20);
    expect(new Set(rows.map((row) => row.collation_name))).toEqual(new Set(['C']));
    expect(await database.query(`select 'a' < 'B' as linguistic`)).toEqual([{ linguistic: true }]);
  });
});

describe.skipIf(noPostgres)(`values in PostgreSQL${suffix}`, () => {
  let database: Database;
  let stores: Stores;
  beforeAll(async () => {
    database = await freshDatabase();
    stores = database.open();
  });
  afterAll(async () => {
    await stores?.close();
    await database?.remove();
  });

  test('numbers of eight bytes, and sums, are numbers', async () => {
    const pool = carefulPool(database.server, { max: 1, patience });
    onTestFinished(() => pool.end());
    const client = await pool.connect();
    const { rows } = await client.query(
      'select 9007199254740991::int8 as large, sum(2.5) as sum, count(*) as count',
      [],
    );
    expect(rows).toEqual([{ large: Number.MAX_SAFE_INTEGER, sum: 2.5, count: 1 }]);
    client.release();
  });

  test('a record is given back as it was stored, whatever characters it holds', async () => {
    const job = aJob({ id: jobId(900), spec: { ...aJob().spec, metadata: { text: '\u0000 \ud800 😀 \\u0000 " \n' } } });
    await stores.jobs.create(job);
    expect(await stores.jobs.get(job.id)).toEqual(job);
  });

  test('a label with U+0000, which a column cannot hold, is refused as the request’s mistake', async () => {
    const job = aJob({ id: jobId(901), spec: { ...aJob().spec, labels: { show: 'a\u0000b' } } });
    await expect(stores.jobs.create(job)).rejects.toMatchObject({ code: 'spec.invalid' });
    expect(await stores.jobs.get(job.id)).toBeUndefined();
  });

  test('a source of the greatest length fits into the index', async () => {
    const source = `https://example.com/${Array.from({ length: 2028 }, (_, n) => ((n * 7919) % 36).toString(36)).join('')}`;
    await stores.library.create(aMedia({ source }));
    expect(await stores.library.bySource('ana', source)).toMatchObject({ source });
  });
});
