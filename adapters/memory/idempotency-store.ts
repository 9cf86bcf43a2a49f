/** Idempotency keys in this process's memory: for tests of use cases. */
import { IdempotencyRow, beginRequest } from '#core/job/idempotency.ts';
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
    complete: async (key, answer) => {
      const row = rows.get(rowId(key));
      if (row && !row.answer) rows.set(rowId(key), { ...row, answer: { ...answer, headers: { ...answer.headers } } });
    },
    abandon: async (key) => {
      if (!rows.get(rowId(key))?.answer) rows.delete(rowId(key));
    },
  };
};
