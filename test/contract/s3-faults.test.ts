/** The S3 store when S3 or the way there misbehaves. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { bucketOf } from '#adapters/s3/bucket.ts';
import { copy } from '#adapters/s3/copy.ts';
import { s3ObjectStore } from '#adapters/s3/object-store.ts';
import type { ObjectStore } from '#core/ports/object-store.ts';
import { startProxy } from '#test/support/proxy.ts';
import { rigAvailable } from '#test/support/rig.ts';
import { startRigBucket } from '#test/support/rig-bucket.ts';

const video = { contentType: 'video/mp4' };
const xml = (code: string) => `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code></Error>`;

describe.skipIf(!rigAvailable())('the S3 store, when things go wrong', () => {
  let rig: Awaited<ReturnType<typeof startRigBucket>>;
  let proxy: Awaited<ReturnType<typeof startProxy>>;
  let store: ObjectStore;
  let folder: string;
  let count = 0;

  beforeAll(async () => {
    rig = await startRigBucket();
    proxy = await startProxy(rig.config.endpoint);
    folder = await mkdtemp(path.join(tmpdir(), 'kinoduct-faults-'));
    const config = { ...rig.config, endpoint: proxy.endpoint, maxAttempts: 2, retryMode: 'standard' };
    store = s3ObjectStore({ bucket: rig.bucket, config });
  });
  afterEach(() => proxy.inject(() => undefined));
  afterAll(async () => {
    await proxy.close();
    await rig.close();
    await rm(folder, { recursive: true, force: true });
  });

  const key = (): string => `work/ana/t${(count += 1)}/source`;
  const large = randomBytes(40 * 2 ** 20);
  const largeFile = async (): Promise<string> => {
    const file = path.join(folder, 'large');
    if (!existsSync(file)) await writeFile(file, large);
    return file;
  };
  const uploadsLeft = async (): Promise<number> =>
    (await rig.client.send(new ListMultipartUploadsCommand({ Bucket: rig.bucket }))).Uploads?.length ?? 0;
  const isComplete = (method: string, url: string): boolean => method === 'POST' && url.includes('uploadId=');

  test.each([
    ['breaks off', { kind: 'cut', afterBytes: 100_000 }],
    ['arrives with another bit', { kind: 'flip' }],
  ] as const)('a download that %s fails and leaves no file', async (_, fault) => {
    const source = key();
    await store.write(source, randomBytes(1_000_000), video);
    proxy.inject((method) => (method === 'GET' ? fault : undefined));
    const file = path.join(folder, 'partial');
    await expect(store.download({ key: source }, file)).rejects.toMatchObject({ code: 'platform.internal' });
    expect(existsSync(file)).toBe(false);
  });

  test('a download that is aborted half-way leaves no file', async () => {
    const source = key();
    await store.upload(await largeFile(), source, video);
    const stop = new AbortController();
    const file = path.join(folder, 'aborted');
    const running = store.download({ key: source }, file, stop.signal);
    while (!existsSync(file)) await new Promise((next) => setImmediate(next));
    stop.abort(new Error('canceled'));
    await expect(running).rejects.toThrow('canceled');
    expect(existsSync(file)).toBe(false);
  });

  test('SlowDown is platform.throttled', async () => {
    proxy.inject(() => ({ kind: 'answer', status: 503, body: xml('SlowDown') }));
    await expect(store.read(key())).rejects.toMatchObject({ code: 'platform.throttled', retryable: true });
  });

  test('a passing error is tried again', async () => {
    const target = key();
    let failures = 1;
    proxy.inject(() => (failures-- > 0 ? { kind: 'answer', status: 500, body: xml('InternalError') } : undefined));
    expect(await store.write(target, 'bytes', video)).toMatchObject({ bytes: 5 });
  });

  test('an upload whose part fails leaves no object and no parts', async () => {
    const target = key();
    proxy.inject((_, url) =>
      url.includes('partNumber=2') ? { kind: 'answer', status: 500, body: xml('InternalError') } : undefined,
    );
    await expect(store.upload(await largeFile(), target, video)).rejects.toMatchObject({ code: 'platform.internal' });
    expect(await store.head(target)).toBeUndefined();
    expect(await uploadsLeft()).toBe(0);
  });

  test('an upload whose last request is refused leaves no object and no parts', async () => {
    const target = key();
    proxy.inject((method, url) =>
      isComplete(method, url) ? { kind: 'answer', status: 200, body: xml('InternalError') } : undefined,
    );
    await expect(store.upload(await largeFile(), target, video)).rejects.toMatchObject({ retryable: true });
    expect(await store.head(target)).toBeUndefined();
    expect(await uploadsLeft()).toBe(0);
  });

  test('an upload that is aborted half-way leaves no object and no parts', async () => {
    const target = key();
    const stop = new AbortController();
    proxy.inject((_, url) => {
      if (url.includes('partNumber=1')) stop.abort(new Error('canceled'));
      return undefined;
    });
    const running = store.upload(await largeFile(), target, { ...video, signal: stop.signal });
    await expect(running).rejects.toThrow('canceled');
    expect(await store.head(target)).toBeUndefined();
    expect(await uploadsLeft()).toBe(0);
  });

  test('an upload whose last answer was lost is seen to have happened', async () => {
    const target = key();
    proxy.inject((method, url) =>
      isComplete(method, url) ? { kind: 'hide', status: 500, body: xml('InternalError') } : undefined,
    );
    const object = await store.upload(await largeFile(), target, video);
    expect(object).toEqual(await store.head(target));
    expect(object.bytes).toBe(large.length);
  });

  test('an older object under the same key is not taken for the upload that failed', async () => {
    const target = key();
    await store.upload(await largeFile(), target, video);
    proxy.inject((method, url) =>
      isComplete(method, url) ? { kind: 'answer', status: 500, body: xml('InternalError') } : undefined,
    );
    await expect(store.upload(await largeFile(), target, video)).rejects.toMatchObject({ retryable: true });
  });

  describe('composing', () => {
    const bodies = [12, 11 * 2 ** 20, 1_000_000, 12 * 2 ** 20].map((bytes) => randomBytes(bytes));
    const pieces = async (prefix: string) => {
      const [head, ...rest] = bodies as [Buffer, ...Buffer[]]; // four they are
      const stored = await Promise.all(
        rest.map(async (body, n) => {
          const { key, etag, bytes } = await rig.store.write(`${prefix}-${n}`, body, video);
          return { key, etag, bytes, sha256: createHash('sha256').update(body).digest('hex') };
        }),
      );
      return [head, ...stored];
    };
    const isComposed = async (object: { key: string; etag: string }): Promise<void> => {
      const file = path.join(folder, `composed-${(count += 1)}`);
      const { sha256 } = await rig.store.download(object, file);
      await rm(file);
      expect(sha256).toBe(createHash('sha256').update(Buffer.concat(bodies)).digest('hex'));
    };

    test('moves only what is too small to be copied', async () => {
      const target = key();
      const made = await store.compose(target, await pieces(target), video);
      await isComposed(made);
      expect(made).toMatchObject({ bytes: 12 + 23 * 2 ** 20 + 1_000_000, sha256: null });
      expect(made.moved).toBe(10 * 2 ** 20);
      expect(await uploadsLeft()).toBe(0);
    });

    test('copies no other version than the one that is named', async () => {
      const target = key();
      const given = await pieces(target);
      const last = given.at(-1) as { key: string; etag: string }; // it is stored
      const conditions: unknown[] = [];
      proxy.inject((_, url, headers) => {
        if (!url.includes('partNumber=') || headers['x-amz-copy-source'] !== `${rig.bucket}/${last.key}`)
          return undefined;
        conditions.push(headers['x-amz-copy-source-if-match']);
        return { kind: 'answer', status: 412, body: xml('PreconditionFailed') };
      });
      const composed = store.compose(target, given, video);
      await expect(composed).rejects.toMatchObject({ code: 'input.changed', facts: { object: last.key } });
      expect(conditions).toEqual([`"${last.etag}"`]);
      expect(await uploadsLeft()).toBe(0);
    });

    test.each(['PUT', 'GET'])('a %s that fails leaves no object and no parts', async (method) => {
      const target = key();
      const given = await pieces(target);
      proxy.inject((sent, url) => {
        const isPart = url.includes('partNumber=1') || sent === 'GET';
        return sent === method && isPart ? { kind: 'answer', status: 500, body: xml('InternalError') } : undefined;
      });
      await expect(store.compose(target, given, video)).rejects.toMatchObject({ code: 'platform.internal' });
      expect(await store.head(target)).toBeUndefined();
      expect(await uploadsLeft()).toBe(0);
    });

    test('is aborted half-way and leaves no object and no parts', async () => {
      const target = key();
      const given = await pieces(target);
      const stop = new AbortController();
      proxy.inject((_, url) => {
        if (url.includes('partNumber=1')) stop.abort(new Error('canceled'));
        return undefined;
      });
      await expect(store.compose(target, given, { ...video, signal: stop.signal })).rejects.toThrow('canceled');
      expect(await store.head(target)).toBeUndefined();
      expect(await uploadsLeft()).toBe(0);
    });

    test.each([200, 500])(
      'is seen to have happened when the last answer (%i with an error) is wrong',
      async (status) => {
        const target = key();
        const given = await pieces(target);
        proxy.inject((method, url) =>
          isComplete(method, url) ? { kind: 'hide', status, body: xml('InternalError') } : undefined,
        );
        const made = await store.compose(target, given, video);
        await isComposed(made);
        expect(await uploadsLeft()).toBe(0);
      },
    );

    test('is not taken for an older object under the same key', async () => {
      const target = key();
      const given = await pieces(target);
      await store.compose(target, given, video);
      proxy.inject((method, url) =>
        isComplete(method, url) ? { kind: 'answer', status: 500, body: xml('InternalError') } : undefined,
      );
      await expect(store.compose(target, given, video)).rejects.toMatchObject({ retryable: true });
      expect(await uploadsLeft()).toBe(0);
    });

    test('a range that breaks off is no bytes at all', async () => {
      const source = key();
      await store.write(source, randomBytes(1_000_000), video);
      proxy.inject((method) => (method === 'GET' ? { kind: 'cut', afterBytes: 100_000 } : undefined));
      const range = store.readRange({ key: source }, { start: 0, end: 900_000 });
      await expect(range).rejects.toMatchObject({ code: 'platform.internal' });
    });
  });

  describe('completing a multipart upload', () => {
    const started = async () => {
      const upload = { key: key(), id: '' };
      upload.id = await store.startMultipart(upload.key, video);
      const { url, headers } = await store.presignPart({ ...upload, n: 1 }, { bytes: 5, expiresInSeconds: 60 });
      const { 'content-length': _, ...rest } = headers;
      const response = await fetch(url, { method: 'PUT', headers: rest, body: 'bytes' });
      return { ...upload, parts: [{ n: 1, etag: (response.headers.get('etag') ?? '').replaceAll('"', '') }] };
    };

    test.each([200, 500])('is seen to have happened when the answer (%i with an error) is wrong', async (status) => {
      const upload = await started();
      proxy.inject((method, url) =>
        isComplete(method, url) ? { kind: 'hide', status, body: xml('InternalError') } : undefined,
      );
      expect(await store.completeMultipart(upload)).toMatchObject({ key: upload.key, bytes: 5 });
    });

    test('fails, and can be asked for again, when status 200 brings an error', async () => {
      const upload = await started();
      proxy.inject((method, url) =>
        isComplete(method, url) ? { kind: 'answer', status: 200, body: xml('InternalError') } : undefined,
      );
      await expect(store.completeMultipart(upload)).rejects.toMatchObject({ retryable: true });
      proxy.inject(() => undefined);
      expect(await store.completeMultipart(upload)).toMatchObject({ bytes: 5 });
    });
  });

  test('removeAll removes more than one page, and uploads below the prefix only', async () => {
    const prefix = 'work/ana/many/';
    const numbers = Array.from({ length: 1_010 }, (_, index) => index);
    for (let at = 0; at < numbers.length; at += 50)
      await Promise.all(numbers.slice(at, at + 50).map((n) => rig.store.write(`${prefix}${n}`, '', video)));
    const inside = { key: `${prefix}up`, id: await store.startMultipart(`${prefix}up`, video) };
    const outside = { key: 'work/ana/many-more', id: await store.startMultipart('work/ana/many-more', video) };
    await store.removeAll(prefix);
    for await (const { key } of store.list('work/ana/many')) expect.unreachable(key);
    const left = await rig.client.send(new ListMultipartUploadsCommand({ Bucket: rig.bucket }));
    expect(left.Uploads?.map(({ UploadId }) => UploadId)).toEqual([outside.id]);
    expect(left.Uploads?.map(({ UploadId }) => UploadId)).not.toContain(inside.id);
    await store.abortMultipart(outside);
  });

  test('an object that is too large for one copy is copied in parts', async () => {
    const [from, to] = [key(), key()];
    await rig.store.upload(await largeFile(), from, video);
    const bucket = bucketOf(rig.bucket, rig.config);
    const copied = await copy(bucket, from, to, 15 * 2 ** 20);
    expect(copied).toEqual(await rig.store.head(to));
    const file = path.join(folder, 'copied');
    const { sha256 } = await rig.store.download({ key: to, etag: copied.etag }, file);
    expect(sha256).toBe(createHash('sha256').update(large).digest('hex'));
    bucket.client.destroy();
  });

  test('what is signed is what must be sent, and no checksum of an empty body', async () => {
    const { url } = await store.presignPut(key(), { ...video, bytes: 5, expiresInSeconds: 60 });
    const query = new URL(url).searchParams;
    expect(query.get('X-Amz-SignedHeaders')).toBe('content-length;content-type;host;if-none-match');
    expect([...query.keys()].filter((name) => /checksum/i.test(name))).toEqual([]);
  });

  test('nothing partial lies about', async () => {
    expect((await readdir(folder)).sort()).toEqual(['copied', 'large']);
  });
});
