/** The library in SQL. A unique index keeps one item for each owner and content. */
import { Failure } from '#core/failures.ts';
import { MediaRecord } from '#core/job/media-record.ts';
import { mediaPages } from '#core/job/paging.ts';
import type { MediaQuery, MediaStore } from '#core/ports/media-store.ts';
import { sortable } from './tables.ts';
import type { Db } from './tables.ts';

const rowOf = (media: MediaRecord) => ({
  id: media.id,
  owner: media.owner,
  sha256: media.sha256,
  source: media.source,
  version: media.version,
  updated_at: sortable(media.updatedAt),
  document: JSON.stringify(MediaRecord.parse(media)),
});

const parse = (row: { readonly document: string }): MediaRecord => MediaRecord.parse(JSON.parse(row.document));

const ofOwner = (db: Db, owner: string) => db.selectFrom('media').select('document').where('owner', '=', owner);

const listed = (db: Db, query: MediaQuery) => {
  const after = mediaPages.keyOf(query.cursor);
  let rows = ofOwner(db, query.owner);
  if (after !== undefined) rows = rows.where('id', '<', after);
  if (query.source !== undefined) rows = rows.where('source', '=', query.source);
  if (query.sha256 !== undefined) rows = rows.where('sha256', '=', query.sha256);
  return rows.orderBy('id', 'desc').limit(query.limit + 1);
};

export const sqlMediaStore = (db: Db): MediaStore => ({
  create: async (media) => {
    const insert = db.insertInto('media').values(rowOf(media));
    const { numInsertedOrUpdatedRows } = await insert.onConflict((old) => old.doNothing()).executeTakeFirstOrThrow();
    if (!numInsertedOrUpdatedRows)
      throw new Failure('conflict.state', { detail: 'The library has that id or that content already.' });
  },
  get: async (id) => {
    const row = await db.selectFrom('media').select('document').where('id', '=', id).executeTakeFirst();
    return row && parse(row);
  },
  bySource: async (owner, source) => {
    const rows = ofOwner(db, owner).where('source', '=', source).orderBy('updated_at', 'desc').orderBy('id', 'desc');
    const row = await rows.limit(1).executeTakeFirst();
    return row && parse(row);
  },
  bySha256: async (owner, sha256) => {
    const row = await ofOwner(db, owner).where('sha256', '=', sha256).executeTakeFirst();
    return row && parse(row);
  },
  update: async (media) => {
    const after = { ...media, version: media.version + 1 };
    const { numUpdatedRows } = await db
      .updateTable('media')
      .set(rowOf(after))
      .where('id', '=', media.id)
      .where('version', '=', media.version)
      .where('owner', '=', media.owner)
      .where('sha256', '=', media.sha256)
      .executeTakeFirstOrThrow();
    if (!numUpdatedRows)
      throw new Failure('conflict.state', { detail: 'The item of the library changed in the meantime.' });
    return after;
  },
  list: async (query) => mediaPages.pageOf((await listed(db, query).execute()).map(parse), query.limit, ({ id }) => id),
  remove: async (id) => void (await db.deleteFrom('media').where('id', '=', id).execute()),
});
