/** Objects as files below one folder; layout.ts says how they lie there and why a kill cannot break them. */
import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { create as contentDisposition } from 'content-disposition';
import { Failure } from '#core/failures.ts';
import type { ObjectInfo, ObjectStore } from '#core/ports/object-store.ts';
import { chunksOf, readStretch } from './compose.ts';
import { discard, layoutOf, orAbsent } from './layout.ts';
import * as multipart from './multipart.ts';
import { publish, readRecord, recordName, retract, type StoredObject, withData } from './records.ts';
import type { Grant, SignedUrls } from './signed-urls.ts';
import { linked, piecesOf, type Staged, stageChunks, stageFile, writeHashed } from './staging.ts';

export type FilesystemObjectStore = ObjectStore & {
  /** The object and the file that holds its bytes, for reading at once. */
  locate(key: string): Promise<(ObjectInfo & { readonly file: string }) | undefined>;
  /**
   * Does what a PUT to a signed address asks for and resolves to the etag of the object or part. Keeps nothing where
   * the body breaks off or is not as long as granted (`request.malformed`), where the object exists already
   * (`conflict.state`), or where the multipart upload is gone (`not_found`).
   */
  receive(grant: Grant, body: AsyncIterable<Uint8Array>): Promise<string>;
};

const infoOf = (key: string, { bytes, sha256, contentType }: StoredObject): ObjectInfo => ({
  key,
  bytes,
  etag: sha256,
  contentType,
});

const missing = (): never => {
  throw new Failure('input.not_found');
};

export const filesystemObjectStore = ({
  root,
  urls,
}: {
  /** On the same file system as the runners' work folders bytes are linked, not copied. */
  root: string;
  urls: SignedUrls;
}): FilesystemObjectStore => {
  const layout = layoutOf(root);
  const { folderOf } = layout;

  const head = async (key: string): Promise<ObjectInfo | undefined> => {
    const object = await readRecord(await folderOf(key));
    return object && infoOf(key, object);
  };

  /** The key is looked at first: nothing is written for one that is refused. */
  const store = async (
    key: string,
    stage: () => Promise<Staged>,
    options: { readonly contentType: string; readonly exclusive?: boolean },
  ): Promise<ObjectInfo> => {
    const folder = await folderOf(key);
    return infoOf(key, await publish(layout, folder, await stage(), options));
  };

  const signed = (grant: Grant, expiresInSeconds: number, headers: Record<string, string>) => ({
    method: grant.method,
    headers,
    ...urls.sign(grant, expiresInSeconds),
  });

  /** Walks folders, so an object whose bytes are being written is not there yet. */
  async function* below(folder: string, key: string): AsyncGenerator<ObjectInfo> {
    const entries = await orAbsent(readdir(folder, { withFileTypes: true }));
    for (const entry of entries ?? []) {
      if (entry.name === recordName) {
        const object = await readRecord(folder);
        if (object) yield infoOf(key, object);
      } else if (entry.isDirectory() && !entry.name.startsWith('.')) {
        yield* below(path.join(folder, entry.name), key ? `${key}/${entry.name}` : entry.name);
      }
    }
  }

  return {
    head,
    read: async (key) => withData(await folderOf(key), (_, file) => readFile(file)),
    write: async (key, body, { contentType }) =>
      store(key, () => stageChunks(layout, [typeof body === 'string' ? Buffer.from(body) : body]), { contentType }),

    // A link is safe because bytes in the store never change: objects are replaced and removed by name only, and the
    // files are read-only. The sha256 is then the one that was taken when the bytes were written, checked by length;
    // a copy, made where no link is possible, is hashed again and compared.
    download: async ({ key, etag }, file, signal) => {
      const got = await withData(await folderOf(key), async ({ bytes, sha256 }, data) => {
        if (etag !== undefined && etag !== sha256) throw new Failure('input.changed');
        signal?.throwIfAborted();
        const copied = (await linked(data, file))
          ? { bytes: (await lstat(file)).size, sha256 }
          : await writeHashed(piecesOf(data), file, { mode: 0o600, signal });
        if (copied.bytes === bytes && copied.sha256 === sha256) return { bytes, sha256 };
        await rm(file, { force: true });
        throw new Failure('platform.internal', { detail: 'A stored object is damaged.' });
      });
      return got ?? missing();
    },
    upload: async (file, key, { contentType, signal }) =>
      store(key, () => stageFile(layout, file, signal), { contentType }),

    readRange: async ({ key, etag }, range, signal) => {
      const bytes = await withData(await folderOf(key), async ({ sha256 }, data) => {
        if (etag !== undefined && etag !== sha256) throw new Failure('input.changed');
        signal?.throwIfAborted();
        return readStretch(data, range);
      });
      return bytes ?? missing();
    },
    compose: async (key, pieces, { contentType, signal }) => {
      signal?.throwIfAborted();
      const made = await store(key, () => stageChunks(layout, chunksOf(layout, pieces, signal), signal), {
        contentType,
      });
      return { ...made, sha256: made.etag, moved: made.bytes, requests: pieces.length + 1 };
    },

    copy: async (from, to) => {
      const object = await withData(await folderOf(from), async ({ bytes, sha256, contentType }, data) => {
        const stage = async (): Promise<Staged> => {
          const aside = layout.stagingPath();
          const isLink = await linked(data, aside);
          return isLink ? { path: aside, bytes, sha256 } : stageChunks(layout, piecesOf(data));
        };
        return store(to, stage, { contentType });
      });
      return object ?? missing();
    },

    list: async function* (prefix) {
      const end = prefix.lastIndexOf('/');
      const base = prefix.slice(0, Math.max(end, 0));
      const folder = base ? await folderOf(base) : layout.objects;
      for await (const object of below(folder, base)) if (object.key.startsWith(prefix)) yield object;
    },
    remove: async (key) => retract(layout, await folderOf(key)),
    removeAll: async (prefix) => {
      if (!prefix.endsWith('/')) throw new Failure('platform.internal', { detail: 'A prefix ends in "/".' });
      await discard(layout, await folderOf(prefix.slice(0, -1)));
    },

    presignPut: async (key, { contentType, bytes, expiresInSeconds }) =>
      signed({ method: 'PUT', key, contentType, bytes }, expiresInSeconds, {
        'content-type': contentType,
        'if-none-match': '*',
        ...lengthHeader(bytes),
      }),
    presignGet: async (key, { contentType, filename, disposition, expiresInSeconds }) =>
      signed(
        { method: 'GET', key, contentType, disposition: contentDisposition(filename, { type: disposition }) },
        expiresInSeconds,
        {},
      ),

    startMultipart: async (key, { contentType }) => multipart.start(layout, await folderOf(key), contentType),
    presignPart: async ({ key, id, n }, { bytes, expiresInSeconds }) =>
      signed({ method: 'PUT', key, upload: id, part: n, bytes }, expiresInSeconds, lengthHeader(bytes)),
    completeMultipart: async ({ key, id, parts }) => {
      const folder = await folderOf(key);
      if (!(await head(key))) {
        try {
          const joined = await multipart.join(layout, folder, id, parts);
          if (joined) await store(key, async () => joined.staged, { contentType: joined.contentType, exclusive: true });
        } catch (error) {
          // Of two that complete at once one finds the object made, or the parts gone, and answers the same.
          if (!(await head(key))) throw error;
        }
      }
      const object = await head(key);
      if (!object) throw new Failure('conflict.state', { detail: 'The upload is gone.' });
      await multipart.abort(layout, folder, id);
      return object;
    },
    abortMultipart: async ({ key, id }) => multipart.abort(layout, await folderOf(key), id),

    locate: async (key) => {
      const folder = await folderOf(key);
      const object = await readRecord(folder);
      return object && { ...infoOf(key, object), file: path.join(folder, object.data) };
    },
    receive: async ({ key, contentType = 'application/octet-stream', bytes, upload, part }, body) => {
      const folder = await folderOf(key);
      if (upload === undefined && (await readRecord(folder))) throw new Failure('conflict.state');
      if (upload !== undefined && !(await multipart.isStarted(folder, upload))) throw new Failure('not_found');
      const staged = await stageChunks(layout, body);
      if (bytes !== undefined && staged.bytes !== bytes) {
        await rm(staged.path, { force: true });
        throw new Failure('request.malformed', { detail: `The body has ${staged.bytes} bytes instead of ${bytes}.` });
      }
      if (upload === undefined || part === undefined)
        await store(key, async () => staged, { contentType, exclusive: true });
      else await multipart.keepPart(folder, upload, part, staged);
      return staged.sha256;
    },
  };
};

const lengthHeader = (bytes: number | undefined): Record<string, string> =>
  bytes === undefined ? {} : { 'content-length': String(bytes) };
