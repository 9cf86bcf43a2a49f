/**
 * Documents that outgrow an item: the list of files of a stream of ten hours. The item then holds the first part of its
 * document and the others lie beside it, written before it and never changed, so that a reader sees one version whole or
 * the other. What a crash leaves behind goes with the next such write, or with the job.
 */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { Failure } from '#core/failures.ts';
import type { Access, Put } from './access.ts';
import type { Item, Key } from './items.ts';

/** DynamoDB takes 400 KiB an item, its other attributes included. */
const partBytes = 350 * 1024;

const Parted = z.object({
  pk: z.string(),
  sk: z.string(),
  document: z.instanceof(Uint8Array),
  parts: z.strictObject({ id: z.string(), count: z.int().min(1) }),
});
type Parted = z.output<typeof Parted>;

const prefixOf = ({ sk }: Key, id = ''): string => `PART#${sk}#${id}`;

const isParted = (item: Item): boolean => 'parts' in item;

const below = (pk: string, prefix: string) => ({
  ConsistentRead: true,
  KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
  ExpressionAttributeValues: { ':pk': pk, ':prefix': prefix },
});

/** A version that is replaced while it is read is looked for anew; nobody replaces one that often. */
const maxTries = 5;

/** The same access, for which documents of some megabytes fit into items. */
export const partedAccess = (access: Access): Access => {
  const wholeOf = async ({ pk, sk, document, parts }: Parted): Promise<Uint8Array | undefined> => {
    const rest = await access.query(below(pk, `${prefixOf({ pk, sk }, parts.id)}#`));
    if (rest.length !== parts.count) return undefined;
    return Buffer.concat([document, ...rest.map((item) => Parted.shape.document.parse(item['document']))]);
  };

  const whole = async (found: Item | undefined): Promise<Item | undefined> => {
    let item = found;
    for (let tries = 1; item && isParted(item); tries += 1) {
      const parted = Parted.parse(item);
      const document = await wholeOf(parted);
      if (document) return { ...item, document };
      if (tries === maxTries) throw new Failure('platform.internal', { detail: 'A record is not whole.' });
      item = await access.get({ pk: parted.pk, sk: parted.sk });
    }
    return item;
  };

  /** Writes all but the first part. */
  const parted = async (put: Put): Promise<Put> => {
    const { document, pk, sk } = put.item as Put['item'] & { readonly document?: unknown }; // what it is, is looked at
    if (!(document instanceof Uint8Array) || document.length <= partBytes) return put;
    const id = randomUUID();
    const count = Math.ceil(document.length / partBytes) - 1;
    for (let n = 1; n <= count; n += 1) {
      const part = document.subarray(n * partBytes, (n + 1) * partBytes);
      const key = { pk, sk: `${prefixOf({ pk, sk }, id)}#${String(n).padStart(3, '0')}` };
      await access.put([{ item: { ...key, document: part } }]);
    }
    return { ...put, item: { ...put.item, document: document.subarray(0, partBytes), parts: { id, count } } };
  };

  /** Takes away the parts of older versions where these were written, and of these where they were not. */
  const clear = async (puts: readonly Put[], isWritten: boolean): Promise<void> => {
    for (const { item } of puts.filter((put) => isParted(put.item))) {
      const { pk, sk, parts } = Parted.parse(item);
      const own = `${prefixOf({ pk, sk }, parts.id)}#`;
      const found = await access.query({ ...below(pk, prefixOf({ pk, sk })), ProjectionExpression: 'pk, sk' });
      const keys = found.map((each) => ({ pk: String(each['pk']), sk: String(each['sk']) }));
      await access.removeAll(keys.filter((key) => key.sk.startsWith(own) !== isWritten));
    }
  };

  const put: Access['put'] = async (puts, check) => {
    const ready: Put[] = [];
    for (const each of puts) ready.push(await parted(each));
    const isWritten = await access.put(ready, check);
    await clear(ready, isWritten).catch(() => undefined); // what stays is seen by nobody
    return isWritten;
  };

  return {
    ...access,
    put,
    get: async (key) => whole(await access.get(key)),
    query: async (input, count) => {
      const items = await access.query(input, count);
      const found: Item[] = [];
      for (const item of items) found.push((isParted(item) ? await whole(item) : item) ?? item);
      return found;
    },
  };
};
