/** Jobs in SQL. Single statements carry their conditions, so that no isolation level has to be relied on. */
import { Failure } from '#core/failures.ts';
import { removalOf } from '#core/job/keep.ts';
import { idOfCursor, pageOf } from '#core/job/paging.ts';
import { JobRecord, JobStatus, isTerminal, mayBecome, tombstoneDays } from '#core/job/state.ts';
import type { JobQuery, JobStore } from '#core/ports/job-store.ts';
import { removed, sortable, sortableOrNull } from './tables.ts';
import type { Db, Tx } from './tables.ts';
import { transact } from './transactions.ts';
import { sqlTasks } from './tasks.ts';

const dayMs = 86_400_000;
const unfinishedStatuses = JobStatus.options.filter((status) => !isTerminal(status));

const rowOf = (job: JobRecord) => ({
  id: job.id,
  owner: job.owner,
  status: job.status,
  template: job.template,
  version: job.version,
  attempt: job.attempt,
  created_at: sortable(job.createdAt),
  removed_until: null,
  removal_at: sortableOrNull(removalOf(job)),
  document: JSON.stringify(JobRecord.parse(job)),
});

const jobOf = (document: string | null | undefined): JobRecord | undefined =>
  typeof document === 'string' ? JobRecord.parse(JSON.parse(document)) : undefined;

const saveLabels = async (tx: Tx, job: JobRecord): Promise<void> => {
  const labels = Object.entries(job.spec.labels ?? {}).map(([name, value]) => ({ job_id: job.id, name, value }));
  await tx.deleteFrom('job_labels').where('job_id', '=', job.id).execute();
  if (labels.length > 0) await tx.insertInto('job_labels').values(labels).execute();
};

const listed = (db: Db, query: JobQuery) => {
  const after = idOfCursor(query.cursor);
  let rows = db.selectFrom('jobs').select('document').where('owner', '=', query.owner).where('status', '!=', removed);
  if (after !== undefined) rows = rows.where('id', '<', after);
  if (query.status !== undefined) rows = rows.where('status', '=', query.status);
  if (query.template !== undefined) rows = rows.where('template', '=', query.template);
  if (query.since !== undefined) rows = rows.where('created_at', '>=', sortable(query.since));
  for (const [name, value] of Object.entries(query.labels ?? {})) {
    rows = rows.where((where) =>
      where.exists(
        where
          .selectFrom('job_labels')
          .select('job_labels.job_id')
          .whereRef('job_labels.job_id', '=', 'jobs.id')
          .where('job_labels.name', '=', name)
          .where('job_labels.value', '=', value),
      ),
    );
  }
  return rows.orderBy('id', 'desc').limit(query.limit + 1);
};

const remove = async (tx: Tx, id: string, now: string): Promise<void> => {
  const removedAt = Date.parse(now);
  const tombstone = {
    owner: '',
    status: removed,
    template: null,
    version: 0,
    attempt: 0,
    created_at: sortable(now),
    removed_until: sortable(removedAt + tombstoneDays * dayMs),
    removal_at: null,
    document: null,
  };
  await tx
    .insertInto('jobs')
    .values({ id, ...tombstone })
    .onConflict((row) => row.column('id').doUpdateSet(tombstone))
    .execute();
  await tx.deleteFrom('job_tasks').where('job_id', '=', id).execute();
  await tx.deleteFrom('job_labels').where('job_id', '=', id).execute();
  await tx.deleteFrom('jobs').where('removed_until', '<', sortable(now)).execute();
};

export const sqlJobStore = (db: Db): JobStore => ({
  ...sqlTasks(db),
  create: async (job) => {
    const { id, ...row } = rowOf(job);
    await transact(db, async (tx) => {
      const { numInsertedOrUpdatedRows } = await tx
        .insertInto('jobs')
        .values({ id, ...row })
        .onConflict((old) => old.column('id').doUpdateSet(row).where('jobs.removed_until', '<', row.created_at))
        .executeTakeFirstOrThrow();
      if (!numInsertedOrUpdatedRows) throw new Failure('conflict.state', { detail: 'The job id was used before.' });
      await saveLabels(tx, job);
    });
  },
  get: async (id) =>
    jobOf((await db.selectFrom('jobs').select('document').where('id', '=', id).executeTakeFirst())?.document),
  update: async (job) => {
    const after = { ...job, version: job.version + 1 };
    const from = JobStatus.options.filter((status) => mayBecome(status, job.status));
    await transact(db, async (tx) => {
      const { numUpdatedRows } = await tx
        .updateTable('jobs')
        .set(rowOf(after))
        .where('id', '=', job.id)
        .where('version', '=', job.version)
        .where('status', 'in', from)
        .where('attempt', '<=', job.attempt)
        .executeTakeFirstOrThrow();
      if (!numUpdatedRows) throw new Failure('conflict.state', { detail: 'The job changed in the meantime.' });
      await saveLabels(tx, after);
    });
    return after;
  },
  list: async (query) => {
    const rows = await listed(db, query).execute();
    const jobs = rows.map((row) => jobOf(row.document)).filter((job) => job !== undefined);
    return pageOf(jobs, query.limit, (job) => job.id);
  },
  remove: (id, now) => transact(db, (tx) => remove(tx, id, now)),
  unfinished: async ({ limit, cursor }) => {
    const rows = await db
      .selectFrom('jobs')
      .select('id')
      .where('status', 'in', unfinishedStatuses)
      .where('id', '>', idOfCursor(cursor) ?? '')
      .orderBy('id')
      .limit(limit + 1)
      .execute();
    return pageOf(
      rows.map((row) => row.id),
      limit,
      (id) => id,
    );
  },
  outdated: async (now, limit) => {
    const rows = await db
      .selectFrom('jobs')
      .select('id')
      .where('removal_at', '<', sortable(now))
      .orderBy('removal_at')
      .limit(limit)
      .execute();
    return rows.map((row) => row.id);
  },
  stats: async () => {
    const rows = await db
      .selectFrom('jobs')
      .select(({ fn }) => ['status', fn.countAll().as('count'), fn.min('created_at').as('oldest')])
      .where('status', 'in', unfinishedStatuses)
      .groupBy('status')
      .execute();
    return {
      byStatus: Object.fromEntries(rows.map((row) => [row.status, Number(row.count)])),
      oldestCreatedAt: rows.map((row) => row.oldest).sort()[0] ?? null,
    };
  },
});
