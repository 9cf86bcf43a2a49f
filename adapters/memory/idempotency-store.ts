/** Idempotency keys in this process's memory: for tests of use cases. */
import { IdempotencyRow, beginRequest, isHeldBy } from '#core/job/idempotency.ts';
import type { IdempotencyKey, IdempotencyStore } from '#core/ports/idempotency-store.ts';
import { documents } from './documents.ts';

const rowId = ({ owner, key }: IdempotencyKey): string => `${owner}/${key}`;

export const memoryIdempotencyStore = (): IdempotencyStore => {
  const rows = documents(IdempotencyRow);
  return {
    begin: async (key, request) => {
      const begin = beginRequest(rows.get(rowId(key)), request);
      if (begin.outcome !== 'begun') return begin;
      rows.set(rowId(key), begin.row);
      return { outcome: 'begun', resourceId: begin.resourceId };
    },
    complete: async (held, answer) => {
      const row = rows.get(rowId(held));
      if (isHeldBy(row, held.lockedUntil))
        rows.set(rowId(held), { ...row, answer: { ...answer, headers: { ...answer.headers } } });
    },
    abandon: async (held) => {
      if (isHeldBy(rows.get(rowId(held)), held.lockedUntil)) rows.delete(rowId(held));
    },
  };
};
