/** The library in DynamoDB. An item and the rows that find it by content and by source are written in one transaction. */
import { Failure } from '#core/failures.ts';
import type { MediaRecord } from '#core/job/media-record.ts';
import { mediaPages } from '#core/job/paging.ts';
import type { MediaQuery, MediaStore } from '#core/ports/media-store.ts';
import { isAbsent, isUnchanged, tableAccess } from './access.ts';
import type { Access, Put, Removal, TableOptions } from './access.ts';
import {
  contentItem,
  contentKey,
  mediaItem,
  mediaKey,
  mediaOf,
  mediaPartition,
  sortable,
  sourceKey,
  sourcePartition,
} from './items.ts';
import { ownerIndex } from './table.ts';

const sourcePuts = (media: MediaRecord): Put[] => {
  const key = sourceKey(media);
  return key ? [{ item: { ...key, updatedAt: sortable(media.updatedAt) } }] : [];
};

const sourceRemovals = (media: MediaRecord): Removal[] => {
  const key = sourceKey(media);
  return key ? [{ key }] : [];
};

const listing = (query: MediaQuery) => {
  const after = mediaPages.keyOf(query.cursor);
  const fields = { source: query.source, sha256: query.sha256 };
  const filters = Object.entries(fields).filter(([, value]) => value !== undefined);
  return {
    IndexName: ownerIndex,
    ScanIndexForward: false,
    KeyConditionExpression: after === undefined ? 'gsi1pk = :owner' : 'gsi1pk = :owner AND gsi1sk < :after',
    ExpressionAttributeValues: {
      ':owner': mediaPartition(query.owner),
      ...(after === undefined ? {} : { ':after': after }),
      ...Object.fromEntries(filters.map(([name, value]) => [`:${name}`, value])),
    },
    ...(filters.length > 0
      ? {
          FilterExpression: filters.map(([name]) => `#${name} = :${name}`).join(' AND '),
          ExpressionAttributeNames: Object.fromEntries(filters.map(([name]) => [`#${name}`, name])),
        }
      : { Limit: query.limit + 1 }),
  };
};

const get = async (access: Access, id: string): Promise<MediaRecord | undefined> => {
  const item = await access.get(mediaKey(id));
  return item && mediaOf(item);
};

/** The row of the address that was written last; the index would be a moment behind. */
const lastFrom = async (access: Access, owner: string, source: string): Promise<string | undefined> => {
  const rows = await access.query({
    ConsistentRead: true,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': sourcePartition(owner, source) },
  });
  const order = rows.map((row) => ({
    id: String(row['sk']),
    rank: `${String(row['updatedAt'])}#${String(row['sk'])}`,
  }));
  return order.sort((a, b) => (a.rank < b.rank ? 1 : -1))[0]?.id;
};

const update = async (access: Access, media: MediaRecord): Promise<MediaRecord> => {
  const item = await access.get(mediaKey(media.id));
  const before = item && mediaOf(item);
  const isSame = before?.version === media.version && before.owner === media.owner && before.sha256 === media.sha256;
  const after = { ...media, version: media.version + 1 };
  const puts = [{ item: mediaItem(after), condition: isUnchanged(item) }, ...sourcePuts(after)];
  const removals = before && before.source !== after.source ? sourceRemovals(before) : [];
  if (isSame && (await access.replace(puts, removals))) return after;
  throw new Failure('conflict.state', { detail: 'The item of the library changed in the meantime.' });
};

const remove = async (access: Access, id: string): Promise<void> => {
  for (;;) {
    const item = await access.get(mediaKey(id));
    if (!item) return;
    const media = mediaOf(item);
    const removals = [
      { key: mediaKey(id), condition: isUnchanged(item) },
      { key: contentKey(media.owner, media.sha256) },
      ...sourceRemovals(media),
    ];
    if (await access.replace([], removals)) return;
  }
};

export const dynamoMediaStore = (options: TableOptions): MediaStore => {
  const access = tableAccess(options);
  return {
    create: async (media) => {
      const isWritten = await access.put([
        { item: mediaItem(media), condition: isAbsent },
        { item: contentItem(media), condition: isAbsent },
        ...sourcePuts(media),
      ]);
      if (!isWritten)
        throw new Failure('conflict.state', { detail: 'The library has that id or that content already.' });
    },
    get: (id) => get(access, id),
    bySource: async (owner, source) => {
      const id = await lastFrom(access, owner, source);
      return id === undefined ? undefined : get(access, id);
    },
    bySha256: async (owner, sha256) => {
      const row = await access.get(contentKey(owner, sha256));
      return row && get(access, String(row['id']));
    },
    update: (media) => update(access, media),
    list: async (query) => {
      const items = await access.query(listing(query), query.limit + 1);
      return mediaPages.pageOf(items.map(mediaOf), query.limit, ({ id }) => id);
    },
    remove: (id) => remove(access, id),
  };
};
