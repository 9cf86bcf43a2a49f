/** How the deliveries of a job stand. Read from its tasks while it lives, frozen into its record when it ends. */
import type { DeliveryState } from './delivery-state.ts';
import type { DeliverTask } from './plan.ts';
import type { JobRecord, TaskRecord } from './state.ts';

type DeliverRecord = TaskRecord & { readonly task: DeliverTask };

const isDelivery = (record: TaskRecord): record is DeliverRecord => record.task.kind === 'deliver';

const inOrder = (a: DeliverRecord, b: DeliverRecord): number => a.id.localeCompare(b.id, 'en', { numeric: true });

const statusOf = (job: JobRecord, { state, claim }: DeliverRecord): DeliveryState['status'] => {
  if (state === 'pending') return 'waiting';
  const isPresent = state === 'succeeded' || (job.status === 'running' && claim?.attempt === job.attempt);
  return isPresent ? state : 'waiting';
};

const stateOf = (job: JobRecord, record: DeliverRecord): DeliveryState => {
  const { task, result, error } = record;
  const status = statusOf(job, record);
  return {
    to: task.to.replace(/[?#].*$/s, '').replace(/\/\/[^/@]*@/, '//'),
    output: task.output,
    file: task.file,
    path: task.path,
    status,
    url: result?.delivered?.url ?? null,
    error:
      status === 'failed' && error
        ? { code: error.code, message: error.message, retryable: error.retryable, hint: error.hint }
        : null,
  };
};

/** In the order of the job's `deliver`. Empty until its outputs are made. */
export const liveDeliveries = (job: JobRecord, tasks: readonly TaskRecord[]): DeliveryState[] =>
  tasks
    .filter(isDelivery)
    .sort(inOrder)
    .map((record) => stateOf(job, record));

/** As they are told of a job that ends now: what has not ended never will. */
export const frozenDeliveries = (job: JobRecord, tasks: readonly TaskRecord[]): DeliveryState[] =>
  liveDeliveries(job, tasks).map((delivery) =>
    delivery.status === 'waiting' || delivery.status === 'running' ? { ...delivery, status: 'canceled' } : delivery,
  );

/** 0..1 of the tasks that deliver; undefined where there are none. */
export const deliveryProgress = (job: JobRecord, tasks: readonly TaskRecord[]): number | undefined => {
  const records = tasks.filter(isDelivery);
  if (records.length === 0) return undefined;
  const done = records.map((record) => {
    const status = statusOf(job, record);
    return status === 'succeeded' ? 1 : status === 'waiting' ? 0 : record.progress;
  });
  return done.reduce((sum, progress) => sum + progress, 0) / records.length;
};
