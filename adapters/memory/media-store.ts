/** The library in this process's memory: for tests of use cases. */
import { Failure } from '#core/failures.ts';
import { MediaRecord } from '#core/job/media-record.ts';
import { mediaPages } from '#core/job/paging.ts';
import type { MediaQuery, MediaStore } from '#core/ports/media-store.ts';
import { documents } from './documents.ts';

const newestFirst = (a: MediaRecord, b: MediaRecord): number => (a.id < b.id ? 1 : -1);
const lastBroughtIn = (a: MediaRecord, b: MediaRecord): number =>
  Date.parse(b.updatedAt) - Date.parse(a.updatedAt) || newestFirst(a, b);

const matches = ({ owner, source, sha256, cursor }: MediaQuery) => {
  const after = mediaPages.keyOf(cursor);
  return (media: MediaRecord): boolean =>
    media.owner === owner &&
    (after === undefined || media.id < after) &&
    (source === undefined || media.source === source) &&
    (sha256 === undefined || media.sha256 === sha256);
};

/** Starts with the given items, as they are. */
export const memoryMediaStore = (items: readonly MediaRecord[] = []): MediaStore => {
  const rows = documents(MediaRecord);
  for (const media of items) rows.set(media.id, media);
  const bySha256 = (owner: string, sha256: string): MediaRecord | undefined =>
    rows.all().find((media) => media.owner === owner && media.sha256 === sha256);
  return {
    create: async (media) => {
      if (rows.get(media.id) || bySha256(media.owner, media.sha256))
        throw new Failure('conflict.state', { detail: 'The library has that id or that content already.' });
      rows.set(media.id, media);
    },
    get: async (id) => rows.get(id),
    bySource: async (owner, source) =>
      rows
        .all()
        .filter((media) => media.owner === owner && media.source === source)
        .sort(lastBroughtIn)[0],
    bySha256: async (owner, sha256) => bySha256(owner, sha256),
    update: async (media) => {
      const before = rows.get(media.id);
      const isSame =
        before?.version === media.version && before.owner === media.owner && before.sha256 === media.sha256;
      if (!isSame) throw new Failure('conflict.state', { detail: 'The item of the library changed in the meantime.' });
      const after = { ...media, version: media.version + 1 };
      rows.set(media.id, after);
      return after;
    },
    list: async (query) =>
      mediaPages.pageOf(rows.all().filter(matches(query)).sort(newestFirst), query.limit, ({ id }) => id),
    remove: async (id) => rows.delete(id),
  };
};
