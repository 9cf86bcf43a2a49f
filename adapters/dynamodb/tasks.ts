/**
 * The tasks of jobs in DynamoDB. A change is read, decided by core/job/task-claims.ts, and written only where task and
 * job are still as they were read; otherwise it is decided anew. Each further round means that another writer got through.
 */
import type { JobRecord, TaskRecord } from '#core/job/state.ts';
import { claimTask, endTask, planTask, plannable, reportTask } from '#core/job/task-claims.ts';
import type { Task } from '#core/job/plan.ts';
import type { JobStore } from '#core/ports/job-store.ts';
import { isUnchanged } from './access.ts';
import type { Access, Condition, Put } from './access.ts';
import { jobKey, jobOf, taskItem, taskKey, taskOf, taskPrefix } from './items.ts';
import type { Item, Key } from './items.ts';

type Tasks = Pick<JobStore, 'saveTasks' | 'tasks' | 'task' | 'claimTask' | 'heartbeat' | 'finishTask'>;

/** A transaction holds at most 100 items and 4 MB; an item at most 400 KB. */
const maxTransaction = { items: 99, bytes: 3_500_000 };

const readJob = async (access: Access, id: string): Promise<JobRecord | undefined> =>
  jobOf(await access.get(jobKey(id)));

const stillRuns = (job: JobRecord): Condition & { readonly key: Key } => ({
  key: jobKey(job.id),
  ConditionExpression: '#status = :status AND attempt = :attempt',
  ExpressionAttributeNames: { '#status': 'status' },
  ExpressionAttributeValues: { ':status': job.status, ':attempt': job.attempt },
});

const change = async (
  access: Access,
  ids: { readonly jobId: string; readonly taskId: string },
  decide: (job: JobRecord | undefined, task: TaskRecord | undefined) => TaskRecord,
  { isFenced }: { readonly isFenced: boolean },
): Promise<TaskRecord> => {
  for (;;) {
    const item = await access.get(taskKey(ids.jobId, ids.taskId));
    const before = item && taskOf(item);
    const job = await readJob(access, ids.jobId);
    const after = decide(job, before);
    if (after === before || !job) return after;
    const put = { item: taskItem(after), condition: isUnchanged(item) };
    if (await access.put([put], isFenced ? stillRuns(job) : undefined)) return after;
  }
};

const taskItems = (access: Access, jobId: string): Promise<Item[]> =>
  access.query({
    ConsistentRead: true,
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
    ExpressionAttributeValues: { ':pk': jobKey(jobId).pk, ':prefix': taskPrefix },
  });

const sizeOf = ({ item }: Put): number => {
  const { document, ...rest } = item as Put['item'] & { readonly document: string | Uint8Array }; // true of every item but a tombstone
  return Buffer.byteLength(document) + Buffer.byteLength(JSON.stringify(rest));
};

/** Runs of puts that each fit into one transaction. */
const transactions = (puts: readonly Put[]): Put[][] => {
  const runs: { puts: Put[]; bytes: number }[] = [];
  for (const put of puts) {
    const bytes = sizeOf(put);
    const last = runs.at(-1);
    if (last && last.puts.length < maxTransaction.items && last.bytes + bytes <= maxTransaction.bytes) {
      last.puts.push(put);
      last.bytes += bytes;
    } else runs.push({ puts: [put], bytes });
  }
  return runs.map((run) => run.puts);
};

/** Resolves to false where something changed in between, and everything has to be decided anew. */
const trySave = async (access: Access, jobId: string, tasks: readonly Task[]): Promise<boolean> => {
  const items = new Map((await taskItems(access, jobId)).map((item) => [item['sk'], item]));
  const job = plannable(await readJob(access, jobId));
  const puts = tasks.flatMap((task): Put[] => {
    const item = items.get(taskKey(jobId, task.id).sk);
    const before = item && taskOf(item);
    const after = planTask(job, task, before);
    return after === before ? [] : [{ item: taskItem(after), condition: isUnchanged(item) }];
  });
  for (const run of transactions(puts)) if (!(await access.put(run, stillRuns(job)))) return false;
  return true;
};

export const dynamoTasks = (access: Access): Tasks => ({
  saveTasks: async (jobId, tasks) => {
    while (!(await trySave(access, jobId, tasks))) continue;
  },
  tasks: async (jobId) => (await taskItems(access, jobId)).map(taskOf),
  task: async (jobId, taskId) => {
    const item = await access.get(taskKey(jobId, taskId));
    return item && taskOf(item);
  },
  claimTask: (claim, times) =>
    change(access, claim, (job, task) => claimTask(job, task, claim, times), { isFenced: true }),
  // Not fenced by a transaction: forty runners that report at once would make each other's transactions conflict on the
  // job's item. The job is read after the task, so a report can at most slip in beside a cancel; it makes nothing visible.
  heartbeat: async (claim, progress) =>
    void (await change(access, claim, (job, task) => reportTask(job, task, claim, progress), { isFenced: false })),
  finishTask: async (claim, end) =>
    void (await change(access, claim, (job, task) => endTask(job, task, claim, end), { isFenced: true })),
});
