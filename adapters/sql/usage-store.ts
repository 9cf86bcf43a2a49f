/**
 * What jobs used, in SQL. Every transaction begins with the write of the job's own row: of several callers with the same
 * job one goes on, and in SQLite a transaction that reads first could not wait for another process.
 */
import { sql } from 'kysely';
import { everybody, Reservation, UsageRow, Used, usedNames } from '#core/job/usage.ts';
import type { ReserveOutcome, UsageStore } from '#core/ports/usage-store.ts';
import { sortable } from './tables.ts';
import type { Db, Tx } from './tables.ts';
import { transact } from './transactions.ts';

/** Undoes the transaction, because a counter is full. */
class Full extends Error {
  readonly counter: string;
  constructor(counter: string) {
    super(counter);
    this.counter = counter;
  }
}

const columnOf = {
  jobs: 'jobs',
  outputSeconds: 'output_seconds',
  inputBytes: 'input_bytes',
  usd: 'usd',
  cpuMeasured: 'cpu_measured',
  cpuPredicted: 'cpu_predicted',
} as const satisfies Record<keyof Used, string>;

const parse = (document: string): Reservation => Reservation.parse(JSON.parse(document));

const take = async (tx: Tx, counter: string, most: number): Promise<void> => {
  await tx
    .insertInto('quota_counters')
    .values({ name: counter, used: 0 })
    .onConflict((old) => old.doNothing())
    .execute();
  const { numUpdatedRows } = await tx
    .updateTable('quota_counters')
    .set((row) => ({ used: row('used', '+', 1) }))
    .where('name', '=', counter)
    .where('used', '<', most)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw new Full(counter);
};

const giveBack = async (tx: Tx, counters: readonly string[]): Promise<void> => {
  // In one order everywhere, so that no two transactions wait for each other.
  for (const counter of counters.toSorted())
    await tx
      .updateTable('quota_counters')
      .set((row) => ({ used: row('used', '-', 1) }))
      .where('name', '=', counter)
      .where('used', '>', 0)
      .execute();
};

const count = async (tx: Tx, row: Pick<UsageRow, 'owner' | 'day' | 'template'>, used: Used): Promise<void> => {
  const key = { owner: row.owner, day: row.day, template: row.template };
  const zeros = { jobs: 0, output_seconds: 0, input_bytes: 0, usd: 0, cpu_measured: 0, cpu_predicted: 0 };
  await tx
    .insertInto('usage_days')
    .values({ ...key, ...zeros })
    .onConflict((old) => old.doNothing())
    .execute();
  await tx
    .updateTable('usage_days')
    .set((to) => Object.fromEntries(usedNames.map((name) => [columnOf[name], to(columnOf[name], '+', used[name])])))
    .where('owner', '=', row.owner)
    .where('day', '=', row.day)
    .where('template', '=', row.template)
    .execute();
};

const reserve = async (db: Db, reservation: Reservation): Promise<ReserveOutcome> => {
  const { jobId, at, taken } = reservation;
  try {
    return await transact(db, async (tx) => {
      const insert = tx
        .insertInto('usage_jobs')
        .values({ job_id: jobId, settled: 0, opened_at: sortable(at), document: JSON.stringify(reservation) })
        .onConflict((old) => old.doNothing());
      const { numInsertedOrUpdatedRows } = await insert.executeTakeFirstOrThrow();
      if (!numInsertedOrUpdatedRows) return { outcome: 'held' };
      for (const { counter, most } of taken.toSorted((a, b) => (a.counter < b.counter ? -1 : 1)))
        await take(tx, counter, most);
      return { outcome: 'reserved' };
    });
  } catch (error) {
    if (error instanceof Full) return { outcome: 'refused', counter: error.counter };
    throw error;
  }
};

const settle = (db: Db, job: Omit<Reservation, 'taken'>, used: Used): Promise<boolean> =>
  transact(db, async (tx) => {
    const mine = Reservation.parse({ ...job, taken: [] });
    const insert = tx
      .insertInto('usage_jobs')
      .values({ job_id: job.jobId, settled: 0, opened_at: sortable(job.at), document: JSON.stringify(mine) })
      .onConflict((old) => old.doNothing());
    await insert.execute();
    const { numUpdatedRows } = await tx
      .updateTable('usage_jobs')
      .set({ settled: 1 })
      .where('job_id', '=', job.jobId)
      .where('settled', '=', 0)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) return false;
    const { document } = await tx
      .selectFrom('usage_jobs')
      .select('document')
      .where('job_id', '=', job.jobId)
      .executeTakeFirstOrThrow();
    await giveBack(
      tx,
      parse(document).taken.flatMap(({ counter, open }) => (open ? [counter] : [])),
    );
    await count(tx, job, used);
    await count(tx, { owner: everybody, day: job.day, template: '' }, used);
    return true;
  });

const release = (db: Db, jobId: string): Promise<void> =>
  transact(db, async (tx) => {
    // Locks the row; whoever settles it waits.
    await tx.updateTable('usage_jobs').set({ settled: sql`settled` }).where('job_id', '=', jobId).execute();
    const row = await tx
      .selectFrom('usage_jobs')
      .select('document')
      .where('job_id', '=', jobId)
      .where('settled', '=', 0)
      .executeTakeFirst();
    if (!row) return;
    await tx.deleteFrom('usage_jobs').where('job_id', '=', jobId).execute();
    await giveBack(
      tx,
      parse(row.document).taken.map(({ counter }) => counter),
    );
  });

export const sqlUsageStore = (db: Db): UsageStore => ({
  reserve: (reservation) => reserve(db, Reservation.parse(reservation)),
  settle: (job, used) => settle(db, job, Used.parse(used)),
  release: (jobId) => release(db, jobId),
  unsettled: async ({ before, limit }) => {
    const rows = await db
      .selectFrom('usage_jobs')
      .select('document')
      .where('settled', '=', 0)
      .where('opened_at', '<', sortable(before))
      .orderBy('opened_at')
      .limit(limit)
      .execute();
    return rows.map(({ document }) => parse(document));
  },
  taken: async (counter) => {
    const row = await db.selectFrom('quota_counters').select('used').where('name', '=', counter).executeTakeFirst();
    return row?.used ?? 0;
  },
  rows: async ({ owner, from, to }) => {
    const rows = await db
      .selectFrom('usage_days')
      .selectAll()
      .where('owner', '=', owner)
      .where('day', '>=', from)
      .where('day', '<=', to)
      .orderBy('day')
      .orderBy('template')
      .execute();
    return rows.map((row) =>
      UsageRow.parse({
        owner: row.owner,
        day: row.day,
        template: row.template,
        ...Object.fromEntries(usedNames.map((name) => [name, row[columnOf[name]]])),
      }),
    );
  },
});
