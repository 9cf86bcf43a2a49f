/** What was made before, in this process's memory: for tests of use cases. */
import { MadeRecord } from '#core/job/made-record.ts';
import type { MadeStore } from '#core/ports/made-store.ts';
import { documents } from './documents.ts';

const rowId = (owner: string, contentKey: string): string => `${owner}/${contentKey}`;

export const memoryMadeStore = (): MadeStore => {
  const rows = documents(MadeRecord);
  return {
    get: async (owner, contentKey) => rows.get(rowId(owner, contentKey)),
    change: async (owner, contentKey, change) => {
      const id = rowId(owner, contentKey);
      const after = change(rows.get(id));
      if (after) rows.set(id, after);
      else rows.delete(id);
      return after;
    },
  };
};
