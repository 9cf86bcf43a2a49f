/** What was made before, in SQL. A row is replaced only while its document is the one that was read. */
import { MadeRecord } from '#core/job/made-record.ts';
import type { MadeStore } from '#core/ports/made-store.ts';
import type { Db } from './tables.ts';

const parse = (document: string): MadeRecord => MadeRecord.parse(JSON.parse(document));

const read = async (db: Db, owner: string, contentKey: string): Promise<string | undefined> => {
  const rows = db
    .selectFrom('made')
    .select('document')
    .where('owner', '=', owner)
    .where('content_key', '=', contentKey);
  return (await rows.executeTakeFirst())?.document;
};

/** Resolves to false where the stored row is no longer `before`. */
const replace = async (
  db: Db,
  { owner, contentKey }: { readonly owner: string; readonly contentKey: string },
  before: string | undefined,
  after: MadeRecord | undefined,
): Promise<boolean> => {
  if (before === undefined) {
    if (!after) return true;
    const values = { owner, content_key: contentKey, document: JSON.stringify(MadeRecord.parse(after)) };
    const insert = db.insertInto('made').values(values);
    const { numInsertedOrUpdatedRows } = await insert.onConflict((old) => old.doNothing()).executeTakeFirstOrThrow();
    return Boolean(numInsertedOrUpdatedRows);
  }
  if (!after) {
    const rows = db.deleteFrom('made').where('owner', '=', owner).where('content_key', '=', contentKey);
    return (await rows.where('document', '=', before).executeTakeFirstOrThrow()).numDeletedRows > 0n;
  }
  const { numUpdatedRows } = await db
    .updateTable('made')
    .set({ document: JSON.stringify(MadeRecord.parse(after)) })
    .where('owner', '=', owner)
    .where('content_key', '=', contentKey)
    .where('document', '=', before)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
};

export const sqlMadeStore = (db: Db): MadeStore => ({
  get: async (owner, contentKey) => {
    const document = await read(db, owner, contentKey);
    return document === undefined ? undefined : parse(document);
  },
  change: async (owner, contentKey, change) => {
    for (;;) {
      const before = await read(db, owner, contentKey);
      const after = change(before === undefined ? undefined : parse(before));
      if (await replace(db, { owner, contentKey }, before, after)) return after;
    }
  },
});
