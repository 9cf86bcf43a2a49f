import type { Measured } from '../job/task-result.ts';
import type { ObjectStore } from '../ports/object-store.ts';

/** A store sends files of this size and more in parts, of this size or larger. */
const partBytes = 16 * 2 ** 20;
const sendRequests = (bytes: number): number => (bytes <= partBytes ? 1 : Math.ceil(bytes / partBytes) + 2);

type Used = Pick<Measured, 'bytesRead' | 'bytesWritten' | 'requests' | 'moved'>;

/** The store, and what was read and written through it so far. What is copied within the store counts as a request only. */
export const countedObjects = (objects: ObjectStore): { readonly objects: ObjectStore; readonly used: () => Used } => {
  const used = { bytesRead: 0, bytesWritten: 0, requests: 0 };
  let moved: number | undefined;
  const count = (requests: number, { read = 0, written = 0 } = {}): void => {
    used.requests += requests;
    used.bytesRead += read;
    used.bytesWritten += written;
  };
  return {
    used: () => ({ ...used, ...(moved === undefined ? {} : { moved }) }),
    objects: {
      ...objects,
      head: (key) => {
        count(1);
        return objects.head(key);
      },
      read: async (key) => {
        const bytes = await objects.read(key);
        count(1, { read: bytes?.length ?? 0 });
        return bytes;
      },
      write: async (key, body, options) => {
        const stored = await objects.write(key, body, options);
        count(1, { written: stored.bytes });
        return stored;
      },
      download: async (object, file, signal) => {
        const got = await objects.download(object, file, signal);
        count(1, { read: got.bytes });
        return got;
      },
      upload: async (file, key, options) => {
        const stored = await objects.upload(file, key, options);
        count(sendRequests(stored.bytes), { written: stored.bytes });
        return stored;
      },
      readRange: async (object, range, signal) => {
        const bytes = await objects.readRange(object, range, signal);
        count(1, { read: bytes.length });
        return bytes;
      },
      compose: async (key, pieces, options) => {
        const made = await objects.compose(key, pieces, options);
        const own = pieces.reduce((sum, piece) => sum + (piece instanceof Uint8Array ? piece.length : 0), 0);
        moved = (moved ?? 0) + made.moved;
        count(made.requests, { read: Math.max(0, made.moved - own), written: made.moved });
        return made;
      },
      copy: (from, to) => {
        count(2);
        return objects.copy(from, to);
      },
    },
  };
};
