/** Templates in this process's memory: for tests of use cases. */
import { Failure } from '#core/failures.ts';
import { templatePages } from '#core/job/paging.ts';
import type { TemplateStore } from '#core/ports/template-store.ts';
import { StoredTemplate } from '#core/job/template-record.ts';
import { documents } from './documents.ts';

const rowId = (owner: string, name: string, version: number): string => `${owner}/${name}/${version}`;

/** Starts with the given versions, as they are; the last of each name is the newest. */
export const memoryTemplateStore = (stored: readonly StoredTemplate[] = []): TemplateStore => {
  const rows = documents(StoredTemplate);
  const last = new Map<string, { readonly version: number; readonly isRemoved: boolean }>();
  const nameId = (owner: string, name: string): string => `${owner}/${name}`;
  const save = (row: StoredTemplate): void => {
    const { owner, version, template } = row;
    rows.set(rowId(owner, template.name, version), row);
    last.set(nameId(owner, template.name), { version, isRemoved: false });
  };
  for (const row of stored) save(row);

  const newest = (owner: string, name: string): StoredTemplate | undefined => {
    const head = last.get(nameId(owner, name));
    return head && !head.isRemoved ? rows.get(rowId(owner, name, head.version)) : undefined;
  };
  const lastVersion = (owner: string, name: string): number => last.get(nameId(owner, name))?.version ?? 0;

  return {
    get: async (owner, name, version) =>
      version === undefined ? newest(owner, name) : rows.get(rowId(owner, name, version)),
    lastVersion: async (owner, name) => lastVersion(owner, name),
    put: async (row) => {
      if (lastVersion(row.owner, row.template.name) !== row.version - 1)
        throw new Failure('conflict.state', { detail: 'The template changed in the meantime.' });
      save(row);
    },
    list: async ({ owner, limit, cursor }) => {
      const after = templatePages.keyOf(cursor);
      const names = new Set(rows.all().flatMap((row) => (row.owner === owner ? [row.template.name] : [])));
      const found = [...names]
        .sort()
        .filter((name) => after === undefined || name > after)
        .flatMap((name) => newest(owner, name) ?? []);
      return templatePages.pageOf(found, limit, ({ template }) => template.name);
    },
    remove: async (owner, name) => {
      const head = last.get(nameId(owner, name));
      if (head) last.set(nameId(owner, name), { ...head, isRemoved: true });
    },
  };
};
