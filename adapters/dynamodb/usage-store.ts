/**
 * What jobs used, in DynamoDB: a row for each job, a number for each counter, and one item of sums for each owner, day and
 * template. All of a change is one transaction. Its condition on the job's row is what makes it happen once.
 */
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import pRetry from 'p-retry';
import { everybody, Reservation, UsageRow, Used, usedNames } from '#core/job/usage.ts';
import type { ReserveOutcome, UsageStore } from '#core/ports/usage-store.ts';
import { tableAccess } from './access.ts';
import type { TableOptions } from './access.ts';
import { failureOf, isTransient } from './errors.ts';
import { type Item, type Key, sortable, ttlAt } from './items.ts';
import { openIndex, ttlAttribute } from './table.ts';

type Transaction = NonNullable<TransactWriteCommandInput['TransactItems']>;

const openUsage = 'USAGE';
const jobKey = (jobId: string): Key => ({ pk: `USAGE#JOB#${jobId}`, sk: 'USAGE' });
const counterKey = (counter: string): Key => ({ pk: `COUNTER#${counter}`, sk: 'COUNTER' });
const dayKey = ({ owner, day, template }: Pick<UsageRow, 'owner' | 'day' | 'template'>): Key => ({
  pk: `USAGE#OWNER#${owner}`,
  sk: `${day}#${template}`,
});

/** Many writers at one counter: a conflict is tried again, with full jitter. */
const retries = { retries: 12, minTimeout: 25, factor: 1.7, maxTimeout: 1500, randomize: true, maxRetryTime: 15_000 };

const reservationOf = (item: Item): Reservation => Reservation.parse(JSON.parse(String(item['document'])));

const refusedAt = (error: unknown): number =>
  error instanceof TransactionCanceledException
    ? (error.CancellationReasons ?? []).findIndex(({ Code }) => Code === 'ConditionalCheckFailed')
    : -1;

export const dynamoUsageStore = (options: TableOptions): UsageStore => {
  const { client, table } = options;
  const access = tableAccess(options);

  /** Resolves to undefined where it was done, else to the item whose condition did not hold. */
  const transact = async (items: Transaction): Promise<number | undefined> => {
    try {
      await pRetry(() => client.send(new TransactWriteCommand({ TransactItems: items })), {
        ...retries,
        shouldRetry: ({ error }) => isTransient(error),
      });
      return undefined;
    } catch (error) {
      const refused = refusedAt(error);
      if (refused >= 0) return refused;
      throw failureOf(error);
    }
  };

  const take = (counter: string, most: number): Transaction[number] => ({
    Update: {
      TableName: table,
      Key: { ...counterKey(counter) },
      UpdateExpression: 'ADD used :one',
      ConditionExpression: 'attribute_not_exists(used) OR used < :most',
      ExpressionAttributeValues: { ':one': 1, ':most': most },
    },
  });
  const giveBack = (counter: string): Transaction[number] => ({
    Update: {
      TableName: table,
      Key: { ...counterKey(counter) },
      UpdateExpression: 'ADD used :less',
      ExpressionAttributeValues: { ':less': -1 },
    },
  });
  const count = (row: Pick<UsageRow, 'owner' | 'day' | 'template'>, used: Used): Transaction[number] => ({
    Update: {
      TableName: table,
      Key: { ...dayKey(row) },
      UpdateExpression: `ADD ${usedNames.map((name) => `#${name} :${name}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(usedNames.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: Object.fromEntries(usedNames.map((name) => [`:${name}`, used[name]])),
    },
  });

  const read = async (jobId: string): Promise<{ item: Item; isSettled: boolean } | undefined> => {
    const item = await access.get(jobKey(jobId));
    return item && { item, isSettled: item['settled'] === true };
  };

  const reserve = async (reservation: Reservation): Promise<ReserveOutcome> => {
    const { jobId, at, taken } = reservation;
    if (await read(jobId)) return { outcome: 'held' };
    // Most of those who are refused are refused here, where they are in nobody's way.
    for (const { counter, most } of taken) if ((await takenOf(counter)) >= most) return { outcome: 'refused', counter };
    const refused = await transact([
      {
        Put: {
          TableName: table,
          Item: {
            ...jobKey(jobId),
            id: jobId,
            settled: false,
            document: JSON.stringify(reservation),
            gsi2pk: openUsage,
            gsi2sk: `${sortable(at)}#${jobId}`,
          },
          ConditionExpression: 'attribute_not_exists(pk)',
        },
      },
      ...taken.map(({ counter, most }) => take(counter, most)),
    ]);
    if (refused === undefined) return { outcome: 'reserved' };
    const full = taken[refused - 1];
    // Refused by its own row: somebody was faster, or this very call, whose answer was lost.
    return full && !(await read(jobId)) ? { outcome: 'refused', counter: full.counter } : { outcome: 'held' };
  };

  const takenOf = async (counter: string): Promise<number> =>
    Number((await access.get(counterKey(counter)))?.['used'] ?? 0);

  const settledItem = (job: Omit<Reservation, 'taken'>, document: string): Item => ({
    ...jobKey(job.jobId),
    id: job.jobId,
    settled: true,
    document,
    [ttlAttribute]: ttlAt(job.at) + 90 * 86_400,
  });

  const settle = async (job: Omit<Reservation, 'taken'>, used: Used): Promise<boolean> => {
    for (;;) {
      const held = await read(job.jobId);
      if (held?.isSettled) return false;
      const reservation = held ? reservationOf(held.item) : Reservation.parse({ ...job, taken: [] });
      const refused = await transact([
        {
          Put: {
            TableName: table,
            Item: settledItem(job, JSON.stringify(reservation)),
            ...(held
              ? { ConditionExpression: 'settled = :no', ExpressionAttributeValues: { ':no': false } }
              : { ConditionExpression: 'attribute_not_exists(pk)' }),
          },
        },
        ...reservation.taken.flatMap(({ counter, open }) => (open ? [giveBack(counter)] : [])),
        count(job, used),
        count({ owner: everybody, day: job.day, template: '' }, used),
      ]);
      if (refused === undefined) return true;
    }
  };

  const release = async (jobId: string): Promise<void> => {
    const held = await read(jobId);
    if (!held || held.isSettled) return;
    await transact([
      {
        Delete: {
          TableName: table,
          Key: { ...jobKey(jobId) },
          ConditionExpression: 'settled = :no',
          ExpressionAttributeValues: { ':no': false },
        },
      },
      ...reservationOf(held.item).taken.map(({ counter }) => giveBack(counter)),
    ]);
  };

  return {
    reserve: (reservation) => reserve(Reservation.parse(reservation)),
    settle: (job, used) => settle(job, Used.parse(used)),
    release,
    unsettled: async ({ before, limit }) => {
      const items = await access.query(
        {
          IndexName: openIndex,
          KeyConditionExpression: 'gsi2pk = :open AND gsi2sk < :before',
          ExpressionAttributeValues: { ':open': openUsage, ':before': sortable(before) },
          Limit: limit,
        },
        limit,
      );
      // The index may be a moment behind: what it lists is read again.
      const rows = await Promise.all(items.map((item) => read(String(item['id']))));
      return rows.flatMap((row) => (row && !row.isSettled ? [reservationOf(row.item)] : []));
    },
    taken: takenOf,
    rows: async ({ owner, from, to }) => {
      const items = await access.query({
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ':pk': dayKey({ owner, day: from, template: '' }).pk,
          ':from': from,
          ':to': `${to}#￿`,
        },
      });
      return items.map((item) => {
        const [day = '', template = ''] = String(item['sk']).split('#');
        return UsageRow.parse({
          owner,
          day,
          template,
          ...Object.fromEntries(usedNames.map((name) => [name, Number(item[name] ?? 0)])),
        });
      });
    },
  };
};
