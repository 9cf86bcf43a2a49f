/** Idempotency keys in DynamoDB. A row is replaced only while it is the one that was read. */
import { beginRequest, isHeldBy } from '#core/job/idempotency.ts';
import type { IdempotencyStore } from '#core/ports/idempotency-store.ts';
import { isUnchanged, tableAccess } from './access.ts';
import type { TableOptions } from './access.ts';
import { idempotencyItem, idempotencyKey, idempotencyOf } from './items.ts';

export const dynamoIdempotencyStore = (options: TableOptions): IdempotencyStore => {
  const access = tableAccess(options);
  return {
    begin: async (key, request) => {
      for (;;) {
        const item = await access.get(idempotencyKey(key));
        const begin = beginRequest(item && idempotencyOf(item), request);
        if (begin.outcome !== 'begun') return begin;
        const put = { item: idempotencyItem(key, begin.row), condition: isUnchanged(item) };
        if (await access.put([put])) return { outcome: 'begun', resourceId: begin.resourceId };
      }
    },
    complete: async (held, answer) => {
      for (;;) {
        const item = await access.get(idempotencyKey(held));
        const row = item && idempotencyOf(item);
        if (!isHeldBy(row, held.lockedUntil)) return;
        const after = { ...row, answer: { ...answer, headers: { ...answer.headers } } };
        if (await access.put([{ item: idempotencyItem(held, after), condition: isUnchanged(item) }])) return;
      }
    },
    abandon: async (held) => {
      const item = await access.get(idempotencyKey(held));
      if (isHeldBy(item && idempotencyOf(item), held.lockedUntil))
        await access.remove(idempotencyKey(held), isUnchanged(item));
    },
  };
};
