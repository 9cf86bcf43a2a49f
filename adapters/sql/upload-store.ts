/** Uploads in SQL. */
import { Failure } from '#core/failures.ts';
import { uploadDueAt } from '#core/job/keep.ts';
import { UploadRecord } from '#core/job/state.ts';
import type { UploadStore } from '#core/ports/upload-store.ts';
import { sortable, sortableOrNull } from './tables.ts';
import type { Db } from './tables.ts';

const rowOf = (upload: UploadRecord) => ({
  id: upload.id,
  state: upload.state,
  version: upload.version,
  expires_at: sortable(upload.expiresAt),
  due_at: sortableOrNull(uploadDueAt(upload)),
  document: JSON.stringify(UploadRecord.parse(upload)),
});

export const sqlUploadStore = (db: Db): UploadStore => ({
  create: async (upload) => {
    const insert = db.insertInto('uploads').values(rowOf(upload));
    const { numInsertedOrUpdatedRows } = await insert.onConflict((old) => old.doNothing()).executeTakeFirstOrThrow();
    if (!numInsertedOrUpdatedRows) throw new Failure('conflict.state', { detail: 'The upload id was used before.' });
  },
  get: async (id) => {
    const row = await db.selectFrom('uploads').select('document').where('id', '=', id).executeTakeFirst();
    return row && UploadRecord.parse(JSON.parse(row.document));
  },
  update: async (upload) => {
    const after = { ...upload, version: upload.version + 1 };
    const { numUpdatedRows } = await db
      .updateTable('uploads')
      .set(rowOf(after))
      .where('id', '=', upload.id)
      .where('version', '=', upload.version)
      .executeTakeFirstOrThrow();
    if (!numUpdatedRows) throw new Failure('conflict.state', { detail: 'The upload changed in the meantime.' });
    return after;
  },
  remove: async (id) => void (await db.deleteFrom('uploads').where('id', '=', id).execute()),
  overdue: async (now, limit) => {
    const rows = await db
      .selectFrom('uploads')
      .select('id')
      .where('due_at', '<', sortable(now))
      .orderBy('due_at')
      .limit(limit)
      .execute();
    return rows.map((row) => row.id);
  },
});
