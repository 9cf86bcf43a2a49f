/** Jobs in this process's memory: for tests of use cases. Each method runs in one turn of the event loop, hence atomically. */
import { Failure } from '#core/failures.ts';
import { removalOf } from '#core/job/keep.ts';
import { idOfCursor, pageOf } from '#core/job/paging.ts';
import { JobRecord, TaskRecord, isTerminal, mayBecome, tombstoneDays } from '#core/job/state.ts';
import type { JobStatus } from '#core/job/state.ts';
import { claimTask, endTask, planTask, plannable, reportTask } from '#core/job/task-claims.ts';
import type { JobQuery, JobStore } from '#core/ports/job-store.ts';
import { documents } from './documents.ts';

const dayMs = 86_400_000;
const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);

const removal = (job: JobRecord): number => Date.parse(removalOf(job) ?? 'never');

const matches = (query: JobQuery) => {
  const after = idOfCursor(query.cursor);
  return (job: JobRecord): boolean =>
    job.owner === query.owner &&
    (after === undefined || job.id < after) &&
    (query.status === undefined || job.status === query.status) &&
    (query.template === undefined || job.template === query.template) &&
    (query.since === undefined || Date.parse(job.createdAt) >= Date.parse(query.since)) &&
    Object.entries(query.labels ?? {}).every(([name, value]) => job.spec.labels?.[name] === value);
};

/** Starts with the given jobs and task records, as they are. */
export const memoryJobStore = (jobs: readonly JobRecord[] = [], tasks: readonly TaskRecord[] = []): JobStore => {
  const jobRows = documents(JobRecord);
  const taskRows = documents(TaskRecord);
  const tombstones = new Map<string, number>();
  const rowId = (jobId: string, taskId: string): string => `${jobId}/${taskId}`;
  for (const job of jobs) jobRows.set(job.id, job);
  for (const task of tasks) taskRows.set(rowId(task.jobId, task.id), task);

  const live = (): JobRecord[] =>
    jobRows
      .all()
      .filter((job) => !isTerminal(job.status))
      .sort(byId);
  const tasksOf = (jobId: string): TaskRecord[] =>
    taskRows
      .all()
      .filter((task) => task.jobId === jobId)
      .sort(byId);
  const save = (task: TaskRecord): void => taskRows.set(rowId(task.jobId, task.id), task);
  const stored = (ids: { jobId: string; taskId: string }) =>
    [jobRows.get(ids.jobId), taskRows.get(rowId(ids.jobId, ids.taskId))] as const;

  return {
    create: async (job) => {
      const isRemoved = (tombstones.get(job.id) ?? 0) > Date.parse(job.createdAt);
      if (isRemoved || jobRows.get(job.id))
        throw new Failure('conflict.state', { detail: 'The job id was used before.' });
      jobRows.set(job.id, job);
    },
    get: async (id) => jobRows.get(id),
    update: async (job) => {
      const before = jobRows.get(job.id);
      const isLegal =
        before?.version === job.version && mayBecome(before.status, job.status) && job.attempt >= before.attempt;
      if (!isLegal) throw new Failure('conflict.state', { detail: 'The job changed in the meantime.' });
      const after = { ...job, version: job.version + 1 };
      jobRows.set(job.id, after);
      return after;
    },
    list: async (query) => {
      const rows = jobRows.all().filter(matches(query)).sort(byId).reverse();
      return pageOf(rows, query.limit, (job) => job.id);
    },
    remove: async (id, now) => {
      jobRows.delete(id);
      for (const task of tasksOf(id)) taskRows.delete(rowId(id, task.id));
      tombstones.set(id, Date.parse(now) + tombstoneDays * dayMs);
    },
    unfinished: async ({ limit, cursor }) => {
      const after = idOfCursor(cursor) ?? '';
      const ids = live()
        .map((job) => job.id)
        .filter((id) => id > after);
      return pageOf(ids, limit, (id) => id);
    },
    outdated: async (now, limit) =>
      jobRows
        .all()
        .filter((job) => removal(job) < Date.parse(now))
        .sort((a, b) => removal(a) - removal(b))
        .slice(0, limit)
        .map(({ id }) => id),
    stats: async () => {
      const byStatus: Partial<Record<JobStatus, number>> = {};
      for (const { status } of live()) byStatus[status] = (byStatus[status] ?? 0) + 1;
      return {
        byStatus,
        oldestCreatedAt:
          live()
            .map((job) => job.createdAt)
            .sort()[0] ?? null,
      };
    },
    saveTasks: async (jobId, tasks) => {
      const job = plannable(jobRows.get(jobId));
      for (const task of tasks) save(planTask(job, task, taskRows.get(rowId(jobId, task.id))));
    },
    tasks: async (jobId) => tasksOf(jobId),
    task: async (jobId, taskId) => taskRows.get(rowId(jobId, taskId)),
    claimTask: async (claim, times) => {
      const task = claimTask(...stored(claim), claim, times);
      save(task);
      return task;
    },
    heartbeat: async (claim, progress) => save(reportTask(...stored(claim), claim, progress)),
    finishTask: async (claim, end) => save(endTask(...stored(claim), claim, end)),
  };
};
