/** Templates in DynamoDB. A version is written in one transaction with the item that says which is the newest. */
import { Failure } from '#core/failures.ts';
import { templatePages } from '#core/job/paging.ts';
import type { TemplateStore } from '#core/ports/template-store.ts';
import { isAbsent, isUnchanged, tableAccess } from './access.ts';
import type { Access, Condition, TableOptions } from './access.ts';
import {
  removedTemplateItem,
  templateItem,
  templateKey,
  templateOf,
  templatesPartition,
  versionItem,
  versionKey,
} from './items.ts';
import { ownerIndex } from './table.ts';

/** The last version is this one; there is none where it is 0. */
const isLast = (version: number): Condition =>
  version === 0
    ? isAbsent
    : { ConditionExpression: 'version = :last', ExpressionAttributeValues: { ':last': version } };

const listing = (owner: string, limit: number, after: string | undefined) => ({
  IndexName: ownerIndex,
  KeyConditionExpression: after === undefined ? 'gsi1pk = :owner' : 'gsi1pk = :owner AND gsi1sk > :after',
  ExpressionAttributeValues: {
    ':owner': templatesPartition(owner),
    ...(after === undefined ? {} : { ':after': after }),
  },
  Limit: limit + 1,
});

const remove = async (access: Access, owner: string, name: string): Promise<void> => {
  for (;;) {
    const item = await access.get(templateKey(owner, name));
    const newest = templateOf(item);
    if (!newest) return;
    const put = { item: removedTemplateItem(owner, name, newest.version), condition: isUnchanged(item) };
    if (await access.put([put])) return;
  }
};

export const dynamoTemplateStore = (options: TableOptions): TemplateStore => {
  const access = tableAccess(options);
  return {
    get: async (owner, name, version) =>
      templateOf(await access.get(version === undefined ? templateKey(owner, name) : versionKey(owner, name, version))),
    lastVersion: async (owner, name) => Number((await access.get(templateKey(owner, name)))?.['version'] ?? 0),
    put: async (stored) => {
      // The version comes first: it never changes again, so that it tells for ever who wrote it.
      const isWritten = await access.put([
        { item: versionItem(stored), condition: isAbsent },
        { item: templateItem(stored), condition: isLast(stored.version - 1) },
      ]);
      if (!isWritten) throw new Failure('conflict.state', { detail: 'The template changed in the meantime.' });
    },
    list: async ({ owner, limit, cursor }) => {
      const items = await access.query(listing(owner, limit, templatePages.keyOf(cursor)), limit + 1);
      const found = items.map(templateOf).filter((stored) => stored !== undefined);
      return templatePages.pageOf(found, limit, ({ template }) => template.name);
    },
    remove: (owner, name) => remove(access, owner, name),
  };
};
