/** Objects in a Map, for tests. `download` and `upload` use real files, because runners work on paths. */
import { createHash, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { Failure } from '#core/failures.ts';
import { isObjectKey } from '#core/job/keys.ts';
import { type Clock, instant } from '#core/ports/clock.ts';
import type { ObjectInfo, ObjectStore, SignedRequest } from '#core/ports/object-store.ts';

type Stored = { readonly body: Buffer; readonly contentType: string; readonly etag: string };
type Started = { readonly key: string; readonly contentType: string; readonly parts: Map<number, Buffer> };

export type MemoryObjectStore = ObjectStore & {
  /** What a server behind the signed addresses would do with a PUT: a test sends an upload's bytes through here. */
  receive(
    request: SignedRequest,
    body: Uint8Array | string,
  ): Promise<{ readonly status: number; readonly etag?: string }>;
};

const hash = (body: Uint8Array): string => createHash('sha256').update(body).digest('hex');

const checked = (key: string): string => {
  if (!isObjectKey(key)) throw new Failure('platform.internal', { detail: 'That is not a key of an object.' });
  return key;
};

export const memoryObjectStore = ({ clock = Date }: { clock?: Pick<Clock, 'now'> } = {}): MemoryObjectStore => {
  const objects = new Map<string, Stored>();
  const uploads = new Map<string, Started>();

  const info = (key: string, { body, contentType, etag }: Stored): ObjectInfo => ({
    key,
    bytes: body.length,
    etag,
    contentType,
  });
  const head = (key: string): ObjectInfo | undefined => {
    const stored = objects.get(checked(key));
    return stored && info(key, stored);
  };
  const put = (key: string, body: Uint8Array | string, contentType: string): ObjectInfo => {
    const bytes = Buffer.from(body);
    const stored = { body: bytes, contentType, etag: hash(bytes) };
    objects.set(checked(key), stored);
    return info(key, stored);
  };
  const existing = (key: string): Stored => {
    const stored = objects.get(checked(key));
    if (!stored) throw new Failure('input.not_found');
    return stored;
  };
  const signed = (
    method: 'PUT' | 'GET',
    key: string,
    expiresInSeconds: number,
    query: Record<string, string>,
    headers: Record<string, string>,
  ): SignedRequest => {
    const expiresAt = instant(clock.now() + expiresInSeconds * 1000);
    const search = new URLSearchParams({ ...query, expiresAt });
    return { method, url: `https://objects.invalid/${checked(key)}?${search.toString()}`, headers, expiresAt };
  };

  return {
    head: async (key) => head(key),
    read: async (key) => objects.get(checked(key))?.body,
    write: async (key, body, { contentType }) => put(key, body, contentType),

    download: async ({ key, etag }, file, signal) => {
      const { body } = existing(key);
      if (etag !== undefined && etag !== hash(body)) throw new Failure('input.changed');
      signal?.throwIfAborted();
      await writeFile(file, body, { flag: 'wx' });
      return { bytes: body.length, sha256: hash(body) };
    },
    upload: async (file, key, { contentType, signal }) => {
      signal?.throwIfAborted();
      return put(key, await readFile(file), contentType);
    },
    readRange: async ({ key, etag }, { start, end }, signal) => {
      const { body, ...stored } = existing(key);
      if (etag !== undefined && etag !== stored.etag) throw new Failure('input.changed');
      signal?.throwIfAborted();
      if (end > body.length) throw new Failure('platform.internal', { detail: 'The object ends before that.' });
      return Buffer.from(body.subarray(start, Math.max(start, end)));
    },
    compose: async (key, pieces, { contentType, signal }) => {
      signal?.throwIfAborted();
      const bodies = pieces.map((piece) => {
        if (piece instanceof Uint8Array) return piece;
        const { body } = objects.get(piece.key) ?? {};
        if (!body) throw new Failure('input.not_found', { object: piece.key });
        const found = hash(body);
        const isSame =
          body.length === piece.bytes && [piece.etag ?? found, piece.sha256 ?? found].every((each) => each === found);
        if (!isSame) throw new Failure('input.changed', { object: piece.key });
        return body;
      });
      const made = put(key, Buffer.concat(bodies), contentType);
      return { ...made, sha256: made.etag, moved: made.bytes, requests: 1 };
    },
    copy: async (from, to) => {
      const { body, contentType } = existing(from);
      return put(to, body, contentType);
    },

    list: async function* (prefix) {
      for (const [key, stored] of objects) if (key.startsWith(prefix)) yield info(key, stored);
    },
    remove: async (key) => {
      objects.delete(checked(key));
    },
    removeAll: async (prefix) => {
      for (const key of objects.keys()) if (key.startsWith(prefix)) objects.delete(key);
      for (const [id, { key }] of uploads) if (key.startsWith(prefix)) uploads.delete(id);
    },

    presignPut: async (key, { contentType, bytes, expiresInSeconds }) =>
      signed(
        'PUT',
        key,
        expiresInSeconds,
        { contentType, ...(bytes === undefined ? {} : { bytes: String(bytes) }) },
        {
          'content-type': contentType,
          'if-none-match': '*',
          ...(bytes === undefined ? {} : { 'content-length': String(bytes) }),
        },
      ),
    presignGet: async (key, { contentType, filename, disposition, expiresInSeconds }) =>
      signed('GET', key, expiresInSeconds, { contentType, filename, disposition }, {}),

    startMultipart: async (key, { contentType }) => {
      const id = randomUUID();
      uploads.set(id, { key: checked(key), contentType, parts: new Map() });
      return id;
    },
    presignPart: async ({ key, id, n }, { bytes, expiresInSeconds }) =>
      signed(
        'PUT',
        key,
        expiresInSeconds,
        { upload: id, n: String(n), ...(bytes === undefined ? {} : { bytes: String(bytes) }) },
        bytes === undefined ? {} : { 'content-length': String(bytes) },
      ),
    completeMultipart: async ({ key, id, parts }) => {
      const upload = uploads.get(id);
      if (!upload) {
        const object = head(key);
        if (object) return object;
        throw new Failure('conflict.state', { detail: 'The upload is gone.' });
      }
      const bodies = parts.map(({ n, etag }) => {
        const body = upload.parts.get(n);
        if (!body || hash(body) !== etag) throw new Failure('conflict.state', { detail: `Part ${n} is missing.` });
        return body;
      });
      if (bodies.length === 0) throw new Failure('conflict.state', { detail: 'An upload has at least one part.' });
      uploads.delete(id);
      return put(key, Buffer.concat(bodies), upload.contentType);
    },
    abortMultipart: async ({ id }) => {
      uploads.delete(id);
    },

    receive: async ({ url, expiresAt }, bytes) => {
      const { pathname, searchParams } = new URL(url);
      const key = pathname.slice(1);
      const body = Buffer.from(bytes);
      if (Date.parse(expiresAt) < clock.now()) return { status: 403 };
      if (Number(searchParams.get('bytes') ?? body.length) !== body.length) return { status: 403 };
      const uploadId = searchParams.get('upload');
      if (uploadId === null) {
        if (objects.has(key)) return { status: 412 };
        return { status: 200, etag: put(key, body, searchParams.get('contentType') ?? '').etag };
      }
      const upload = uploads.get(uploadId);
      if (!upload) return { status: 404 };
      upload.parts.set(Number(searchParams.get('n')), body);
      return { status: 200, etag: hash(body) };
    },
  };
};
