/** Templates in SQL: a row for each version, and one for each name that says which version is the newest. */
import { Failure } from '#core/failures.ts';
import { templatePages } from '#core/job/paging.ts';
import type { TemplateStore } from '#core/ports/template-store.ts';
import { StoredTemplate } from '#core/job/template-record.ts';
import type { Db, Tx } from './tables.ts';
import { transact } from './transactions.ts';

const parse = (row: { readonly document: string }): StoredTemplate => StoredTemplate.parse(JSON.parse(row.document));

const nameRow = (db: Db, owner: string, name: string) =>
  db.selectFrom('template_names').selectAll().where('owner', '=', owner).where('name', '=', name).executeTakeFirst();

const versionRow = async (db: Db, owner: string, name: string, version: number) => {
  const row = await db
    .selectFrom('template_versions')
    .select('document')
    .where('owner', '=', owner)
    .where('name', '=', name)
    .where('version', '=', version)
    .executeTakeFirst();
  return row && parse(row);
};

/** Resolves to false where another version is the last. */
const advance = async (tx: Tx, owner: string, name: string, version: number): Promise<boolean> => {
  if (version === 1) {
    const insert = tx.insertInto('template_names').values({ owner, name, version, is_removed: 0 });
    const { numInsertedOrUpdatedRows } = await insert.onConflict((old) => old.doNothing()).executeTakeFirstOrThrow();
    return Boolean(numInsertedOrUpdatedRows);
  }
  const { numUpdatedRows } = await tx
    .updateTable('template_names')
    .set({ version, is_removed: 0 })
    .where('owner', '=', owner)
    .where('name', '=', name)
    .where('version', '=', version - 1)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
};

const listed = (db: Db, owner: string, after = '') =>
  db
    .selectFrom('template_names')
    .innerJoin('template_versions', (join) =>
      join
        .onRef('template_versions.owner', '=', 'template_names.owner')
        .onRef('template_versions.name', '=', 'template_names.name')
        .onRef('template_versions.version', '=', 'template_names.version'),
    )
    .select('template_versions.document')
    .where('template_names.owner', '=', owner)
    .where('template_names.name', '>', after)
    .where('template_names.is_removed', '=', 0)
    .orderBy('template_names.name');

export const sqlTemplateStore = (db: Db): TemplateStore => ({
  get: async (owner, name, version) => {
    if (version !== undefined) return versionRow(db, owner, name, version);
    const row = await nameRow(db, owner, name);
    return row && row.is_removed === 0 ? versionRow(db, owner, name, row.version) : undefined;
  },
  lastVersion: async (owner, name) => (await nameRow(db, owner, name))?.version ?? 0,
  put: (row) =>
    transact(db, async (tx) => {
      const { owner, version, template } = row;
      if (!(await advance(tx, owner, template.name, version)))
        throw new Failure('conflict.state', { detail: 'The template changed in the meantime.' });
      const document = JSON.stringify(StoredTemplate.parse(row));
      await tx.insertInto('template_versions').values({ owner, name: template.name, version, document }).execute();
    }),
  list: async ({ owner, limit, cursor }) => {
    const rows = await listed(db, owner, templatePages.keyOf(cursor))
      .limit(limit + 1)
      .execute();
    return templatePages.pageOf(rows.map(parse), limit, ({ template }) => template.name);
  },
  remove: async (owner, name) => {
    const rows = db.updateTable('template_names').set({ is_removed: 1 });
    await rows.where('owner', '=', owner).where('name', '=', name).execute();
  },
});
