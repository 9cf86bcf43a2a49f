/** Jobs in DynamoDB. Listings come from indexes, which may be a moment behind; reads by id never are. */
import { Failure } from '#core/failures.ts';
import { idOfCursor, pageOf } from '#core/job/paging.ts';
import { JobStatus, mayBecome } from '#core/job/state.ts';
import type { JobRecord } from '#core/job/state.ts';
import type { JobQuery, JobStore } from '#core/ports/job-store.ts';
import { isAbsent, tableAccess } from './access.ts';
import type { Access, TableOptions } from './access.ts';
import { jobItem, jobKey, jobOf, openJobs, outdatedJobs, ownerPartition, sortable, tombstone, ttlAt } from './items.ts';
import { partedAccess } from './parts.ts';
import { openIndex, ownerIndex, ttlAttribute } from './table.ts';
import { dynamoTasks } from './tasks.ts';

const isFree = (job: JobRecord) => ({
  ConditionExpression: `${isAbsent.ConditionExpression} OR #ttl < :now`,
  ExpressionAttributeNames: { '#ttl': ttlAttribute },
  ExpressionAttributeValues: { ':now': ttlAt(job.createdAt) },
});

/** The stored version is the job's, and may become it. */
const precedes = (job: JobRecord) => {
  const from = JobStatus.options.filter((status) => mayBecome(status, job.status));
  const values = Object.fromEntries(from.map((status, n) => [`:from${n}`, status]));
  return {
    ConditionExpression: `version = :version AND attempt <= :attempt AND #status IN (${Object.keys(values).join(', ')})`,
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: { ...values, ':version': job.version, ':attempt': job.attempt },
  };
};

const listing = (query: JobQuery) => {
  const after = idOfCursor(query.cursor);
  const labels = Object.entries(query.labels ?? {});
  const fields = { status: query.status, template: query.template };
  const equal = Object.entries(fields).filter(([, value]) => value !== undefined);
  const filters = [
    ...equal.map(([name]) => `#${name} = :${name}`),
    ...labels.map((_, n) => `#labels.#label${n} = :label${n}`),
    ...(query.since === undefined ? [] : ['#createdAt >= :since']),
  ];
  const names = {
    ...Object.fromEntries(equal.map(([name]) => [`#${name}`, name])),
    ...(labels.length > 0 ? { '#labels': 'labels' } : {}),
    ...Object.fromEntries(labels.map(([name], n) => [`#label${n}`, name])),
    ...(query.since === undefined ? {} : { '#createdAt': 'createdAt' }),
  };
  return {
    IndexName: ownerIndex,
    ScanIndexForward: false,
    KeyConditionExpression: after === undefined ? 'gsi1pk = :owner' : 'gsi1pk = :owner AND gsi1sk < :after',
    ExpressionAttributeValues: {
      ':owner': ownerPartition(query.owner),
      ...(after === undefined ? {} : { ':after': after }),
      ...Object.fromEntries(equal.map(([name, value]) => [`:${name}`, value])),
      ...Object.fromEntries(labels.map(([, value], n) => [`:label${n}`, value])),
      ...(query.since === undefined ? {} : { ':since': sortable(query.since) }),
    },
    ...(filters.length > 0
      ? { FilterExpression: filters.join(' AND '), ExpressionAttributeNames: names }
      : { Limit: query.limit + 1 }),
  };
};

const open = (after?: string) => ({
  IndexName: openIndex,
  KeyConditionExpression: after === undefined ? 'gsi2pk = :open' : 'gsi2pk = :open AND gsi2sk > :after',
  ExpressionAttributeValues: { ':open': openJobs, ...(after === undefined ? {} : { ':after': after }) },
});

const stats = async (access: Access): ReturnType<JobStore['stats']> => {
  const byStatus: Partial<Record<JobStatus, number>> = {};
  let oldest: string | null = null;
  for (const item of await access.query(open())) {
    const status = JobStatus.parse(item['status']);
    const createdAt = String(item['createdAt']);
    byStatus[status] = (byStatus[status] ?? 0) + 1;
    if (oldest === null || createdAt < oldest) oldest = createdAt;
  }
  return { byStatus, oldestCreatedAt: oldest };
};

const remove = async (access: Access, id: string, now: string): Promise<void> => {
  await access.put([{ item: tombstone(id, now) }]);
  // The tombstone keeps tasks from being added. Repeating this removes what a crash left over.
  const { pk, sk } = jobKey(id);
  const items = await access.query({
    ConsistentRead: true,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': pk },
    ProjectionExpression: 'pk, sk',
  });
  const others = items.map((item) => String(item['sk'])).filter((name) => name !== sk);
  await access.removeAll(others.map((name) => ({ pk, sk: name })));
};

export const dynamoJobStore = (options: TableOptions): JobStore => {
  const access = partedAccess(tableAccess(options));
  return {
    ...dynamoTasks(access),
    create: async (job) => {
      const isWritten = await access.put([{ item: jobItem(job), condition: isFree(job) }]);
      if (!isWritten) throw new Failure('conflict.state', { detail: 'The job id was used before.' });
    },
    get: async (id) => jobOf(await access.get(jobKey(id))),
    update: async (job) => {
      const after = { ...job, version: job.version + 1 };
      const isWritten = await access.put([{ item: jobItem(after), condition: precedes(job) }]);
      if (!isWritten) throw new Failure('conflict.state', { detail: 'The job changed in the meantime.' });
      return after;
    },
    list: async (query) => {
      const items = await access.query(listing(query), query.limit + 1);
      const jobs = items.map(jobOf).filter((job) => job !== undefined);
      return pageOf(jobs, query.limit, (job) => job.id);
    },
    remove: (id, now) => remove(access, id, now),
    unfinished: async ({ limit, cursor }) => {
      const items = await access.query({ ...open(idOfCursor(cursor)), Limit: limit + 1 }, limit + 1);
      return pageOf(
        items.map((item) => String(item['id'])),
        limit,
        (id) => id,
      );
    },
    outdated: async (now, limit) => {
      const query = {
        IndexName: openIndex,
        KeyConditionExpression: 'gsi2pk = :outdated AND gsi2sk < :now',
        ExpressionAttributeValues: { ':outdated': outdatedJobs, ':now': sortable(now) },
        Limit: limit,
      };
      return (await access.query(query, limit)).map((item) => String(item['id']));
    },
    stats: () => stats(access),
  };
};
