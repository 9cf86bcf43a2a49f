/** Reading and writing items: consistent reads, conditional writes, and what follows when an answer is lost. */
import { randomUUID } from 'node:crypto';
import {
  BatchWriteCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  TransactWriteCommand,
  paginateQuery,
} from '@aws-sdk/lib-dynamodb';
import type {
  BatchWriteCommandInput,
  DynamoDBDocumentClient,
  QueryCommandInput,
  TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import pRetry from 'p-retry';
import { Failure } from '#core/failures.ts';
import { failureOf, isRefused, isTransient } from './errors.ts';
import type { Item, Key } from './items.ts';

export interface TableOptions {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
}

export interface Condition {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, unknown>;
}

export interface Put {
  readonly item: Item & Key;
  readonly condition?: Condition;
}

export interface Removal {
  readonly key: Key;
  readonly condition?: Condition;
}

export interface Access {
  get(key: Key): Promise<Item | undefined>;
  /** All items of the query, over as many pages as it takes, or its first `count`. */
  query(input: Omit<QueryCommandInput, 'TableName'>, count?: number): Promise<Item[]>;
  /**
   * Writes all items or none. Resolves to false where a condition did not hold, of an item or of `check`. A write whose
   * answer was lost is sent again, and a first item that turns out to carry our `writeId` was written by us (S20).
   */
  put(puts: readonly Put[], check?: Condition & { readonly key: Key }): Promise<boolean>;
  /** The same, and removes items with it; absent ones are fine. Without puts, false may also mean that it was done before. */
  replace(puts: readonly Put[], removals: readonly Removal[]): Promise<boolean>;
  /** Absent is fine; where the condition does not hold, nothing happens. */
  remove(key: Key, condition?: Condition): Promise<void>;
  removeAll(keys: readonly Key[]): Promise<void>;
}

interface Write {
  readonly puts: readonly Put[];
  readonly check?: (Condition & { readonly key: Key }) | undefined;
  readonly removals?: readonly Removal[];
}

export const isAbsent: Condition = { ConditionExpression: 'attribute_not_exists(pk)' };

/** The item is still the one that was read, or still absent. */
export const isUnchanged = (read: Item | undefined): Condition =>
  read ? { ConditionExpression: 'writeId = :read', ExpressionAttributeValues: { ':read': read['writeId'] } } : isAbsent;

/** On top of the SDK's own, for what it does not retry: conflicts of transactions. Full jitter. */
const retries = { retries: 6, minTimeout: 25, factor: 2, maxTimeout: 1000, randomize: true, maxRetryTime: 8000 };
const again = <T>(work: () => Promise<T>): Promise<T> =>
  pRetry(work, { ...retries, shouldRetry: ({ error }) => isTransient(error) });

const maxBatch = 25;

const translated = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw failureOf(error);
  }
};

export const tableAccess = ({ client, table }: TableOptions): Access => {
  const get: Access['get'] = async (key) =>
    (await translated(() => client.send(new GetCommand({ TableName: table, Key: key, ConsistentRead: true })))).Item;

  const send = async ({ puts, check, removals = [] }: Write): Promise<void> => {
    const inputs = puts.map(({ item, condition }) => ({ TableName: table, Item: item, ...condition }));
    const [only, ...more] = inputs;
    if (only && more.length === 0 && !check && removals.length === 0) {
      await client.send(new PutCommand(only));
      return;
    }
    const items: TransactWriteCommandInput['TransactItems'] = [
      ...inputs.map((put) => ({ Put: put })),
      ...removals.map(({ key, condition }) => ({ Delete: { TableName: table, Key: { ...key }, ...condition } })),
    ];
    if (check) {
      const { key, ...condition } = check;
      items.unshift({ ConditionCheck: { TableName: table, Key: { ...key }, ...condition } });
    }
    await client.send(new TransactWriteCommand({ TransactItems: items }));
  };

  const write = async ({ puts, ...rest }: Write): Promise<boolean> => {
    const writeId = randomUUID();
    const stamped = puts.map((put) => ({ ...put, item: { ...put.item, writeId } }));
    const isOurs = async (): Promise<boolean> => {
      const [first] = puts;
      return first !== undefined && (await get({ pk: first.item.pk, sk: first.item.sk }))?.['writeId'] === writeId;
    };
    try {
      await again(() => send({ puts: stamped, ...rest }));
      return true;
    } catch (error) {
      if ((isRefused(error) || isTransient(error)) && (await isOurs())) return true;
      if (isRefused(error)) return false;
      throw failureOf(error);
    }
  };

  return {
    get,
    query: (input, count = Infinity) =>
      translated(async () => {
        const items: Item[] = [];
        for await (const page of paginateQuery({ client }, { TableName: table, ...input })) {
          items.push(...(page.Items ?? []));
          if (items.length >= count) break;
        }
        return items.slice(0, count);
      }),
    put: (puts, check) => write({ puts, check }),
    replace: (puts, removals) => write({ puts, removals }),
    remove: async (key, condition) => {
      try {
        await again(() => client.send(new DeleteCommand({ TableName: table, Key: key, ...condition })));
      } catch (error) {
        if (!isRefused(error)) throw failureOf(error);
      }
    },
    removeAll: async (keys) => {
      for (let n = 0; n < keys.length; n += maxBatch) {
        const batch = keys.slice(n, n + maxBatch);
        let requests: BatchWriteCommandInput['RequestItems'] = {
          [table]: batch.map((key) => ({ DeleteRequest: { Key: { ...key } } })),
        };
        await translated(() =>
          again(async () => {
            const { UnprocessedItems = {} } = await client.send(new BatchWriteCommand({ RequestItems: requests }));
            requests = UnprocessedItems;
            if (Object.keys(requests).length > 0) throw new Failure('platform.throttled', { phase: 'store' });
          }),
        );
      }
    },
  };
};
