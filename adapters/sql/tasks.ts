/**
 * The tasks of jobs in SQL. A change is read, decided by core/job/task-claims.ts, and written only where task and job
 * are still as they were read; otherwise it is decided anew. Each further round means that another writer got through.
 */
import { TaskRecord } from '#core/job/state.ts';
import type { JobRecord } from '#core/job/state.ts';
import { claimTask, endTask, planTask, plannable, reportTask } from '#core/job/task-claims.ts';
import type { JobStore } from '#core/ports/job-store.ts';
import { removed } from './tables.ts';
import type { Db } from './tables.ts';
import { transact } from './transactions.ts';

type Tasks = Pick<JobStore, 'saveTasks' | 'tasks' | 'task' | 'claimTask' | 'heartbeat' | 'finishTask'>;
type Job = Pick<JobRecord, 'id' | 'status' | 'attempt'>;

const parse = (row: { readonly document: string }): TaskRecord => TaskRecord.parse(JSON.parse(row.document));

const readJob = async (db: Db, id: string): Promise<Job | undefined> => {
  const row = await db
    .selectFrom('jobs')
    .select(['id', 'status', 'attempt'])
    .where('id', '=', id)
    .where('status', '!=', removed)
    .executeTakeFirst();
  // true: every row but a removed one was written from a parsed record
  return row as Job | undefined;
};

const readTask = async (db: Db, jobId: string, id: string): Promise<TaskRecord | undefined> => {
  const rows = db.selectFrom('job_tasks').select('document').where('job_id', '=', jobId).where('id', '=', id);
  const row = await rows.executeTakeFirst();
  return row && parse(row);
};

/** Resolves to false where the stored task or job is no longer what the decision was made on. */
const write = async (db: Db, job: Job, before: TaskRecord | undefined, after: TaskRecord): Promise<boolean> => {
  const row = { version: after.version, document: JSON.stringify(TaskRecord.parse(after)) };
  if (!before) {
    const insert = db.insertInto('job_tasks').values({ job_id: after.jobId, id: after.id, ...row });
    const { numInsertedOrUpdatedRows } = await insert.onConflict((old) => old.doNothing()).executeTakeFirstOrThrow();
    return Boolean(numInsertedOrUpdatedRows);
  }
  const { numUpdatedRows } = await db
    .updateTable('job_tasks')
    .set(row)
    .where('job_id', '=', after.jobId)
    .where('id', '=', after.id)
    .where('version', '=', before.version)
    .where((where) =>
      where.exists(
        where
          .selectFrom('jobs')
          .select('jobs.id')
          .where('jobs.id', '=', job.id)
          .where('jobs.status', '=', job.status)
          .where('jobs.attempt', '=', job.attempt)
          .forShare(),
      ),
    )
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
};

const change = async (
  db: Db,
  ids: { readonly jobId: string; readonly taskId: string },
  decide: (job: Job | undefined, task: TaskRecord | undefined) => TaskRecord,
): Promise<TaskRecord> => {
  for (;;) {
    const job = await readJob(db, ids.jobId);
    const before = await readTask(db, ids.jobId, ids.taskId);
    const after = decide(job, before);
    if (after === before || !job || (await write(db, job, before, after))) return after;
  }
};

export const sqlTasks = (db: Db): Tasks => ({
  saveTasks: (jobId, tasks) =>
    transact(db, async (tx) => {
      // Locks the job's row, so that it cannot end between the decision and the commit. Every transaction here writes first:
      // in SQLite one that reads first cannot wait for another process's (SQLITE_BUSY_SNAPSHOT).
      await tx.updateTable('jobs').set({ id: jobId }).where('id', '=', jobId).execute();
      plannable(await readJob(tx, jobId));
      for (const task of tasks) {
        await change(tx, { jobId, taskId: task.id }, (job, stored) => planTask(plannable(job), task, stored));
      }
    }),
  tasks: async (jobId) => {
    const rows = db.selectFrom('job_tasks').select('document').where('job_id', '=', jobId).orderBy('id');
    return (await rows.execute()).map(parse);
  },
  task: (jobId, taskId) => readTask(db, jobId, taskId),
  claimTask: (claim, times) => change(db, claim, (job, task) => claimTask(job, task, claim, times)),
  heartbeat: async (claim, progress) =>
    void (await change(db, claim, (job, task) => reportTask(job, task, claim, progress))),
  finishTask: async (claim, end) => void (await change(db, claim, (job, task) => endTask(job, task, claim, end))),
});
