/** Idempotency keys in SQL. A row is replaced only while its document is the one that was read. */
import { IdempotencyRow, beginRequest, isHeldBy } from '#core/job/idempotency.ts';
import type { IdempotencyKey, IdempotencyStore } from '#core/ports/idempotency-store.ts';
import { sortable } from './tables.ts';
import type { Db } from './tables.ts';

const read = async (db: Db, { owner, key }: IdempotencyKey): Promise<string | undefined> => {
  const rows = db.selectFrom('idempotency_keys').select('document').where('owner', '=', owner).where('key', '=', key);
  return (await rows.executeTakeFirst())?.document;
};

const parse = (document: string): IdempotencyRow => IdempotencyRow.parse(JSON.parse(document));

/** Resolves to false where the stored row is no longer `before`. */
const replace = async (
  db: Db,
  key: IdempotencyKey,
  before: string | undefined,
  row: IdempotencyRow,
): Promise<boolean> => {
  const values = { expires_at: sortable(row.expiresAt), document: JSON.stringify(IdempotencyRow.parse(row)) };
  if (before === undefined) {
    const insert = db.insertInto('idempotency_keys').values({ owner: key.owner, key: key.key, ...values });
    const { numInsertedOrUpdatedRows } = await insert.onConflict((old) => old.doNothing()).executeTakeFirstOrThrow();
    return Boolean(numInsertedOrUpdatedRows);
  }
  const { numUpdatedRows } = await db
    .updateTable('idempotency_keys')
    .set(values)
    .where('owner', '=', key.owner)
    .where('key', '=', key.key)
    .where('document', '=', before)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
};

export const sqlIdempotencyStore = (db: Db): IdempotencyStore => ({
  begin: async (key, request) => {
    await db.deleteFrom('idempotency_keys').where('expires_at', '<', sortable(request.now)).execute();
    for (;;) {
      const before = await read(db, key);
      const begin = beginRequest(before === undefined ? undefined : parse(before), request);
      if (begin.outcome !== 'begun') return begin;
      if (await replace(db, key, before, begin.row)) return { outcome: 'begun', resourceId: begin.resourceId };
    }
  },
  complete: async (held, answer) => {
    for (;;) {
      const before = await read(db, held);
      const row = before === undefined ? undefined : parse(before);
      if (!isHeldBy(row, held.lockedUntil)) return;
      const after = { ...row, answer: { ...answer, headers: { ...answer.headers } } };
      if (await replace(db, held, before, after)) return;
    }
  },
  abandon: async (held) => {
    const before = await read(db, held);
    if (before === undefined || !isHeldBy(parse(before), held.lockedUntil)) return;
    await db
      .deleteFrom('idempotency_keys')
      .where('owner', '=', held.owner)
      .where('key', '=', held.key)
      .where('document', '=', before)
      .execute();
  },
});
