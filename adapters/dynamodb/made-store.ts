/** What was made before, in DynamoDB. An item is replaced only while it is the one that was read. */
import type { MadeStore } from '#core/ports/made-store.ts';
import { isUnchanged, tableAccess } from './access.ts';
import type { TableOptions } from './access.ts';
import { madeItem, madeKey, madeOf } from './items.ts';

export const dynamoMadeStore = (options: TableOptions): MadeStore => {
  const access = tableAccess(options);
  return {
    get: async (owner, contentKey) => {
      const item = await access.get(madeKey(owner, contentKey));
      return item && madeOf(item);
    },
    change: async (owner, contentKey, change) => {
      const key = madeKey(owner, contentKey);
      for (;;) {
        const item = await access.get(key);
        const after = change(item && madeOf(item));
        if (after) {
          if (await access.put([{ item: madeItem(after), condition: isUnchanged(item) }])) return after;
          continue;
        }
        if (!item) return undefined;
        if (await access.replace([], [{ key, condition: isUnchanged(item) }])) return undefined;
      }
    },
  };
};
