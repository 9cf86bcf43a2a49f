/** What `core/ports/object-store.ts` promises, run on every adapter; signed addresses are used over real HTTP. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ListedObject, ObjectStore, SignedRequest } from '#core/ports/object-store.ts';

export type Subject = { readonly store: ObjectStore; close(): Promise<void> };

const sha256 = (body: Uint8Array | string): string => createHash('sha256').update(body).digest('hex');
const json = { contentType: 'application/json' };
const video = { contentType: 'video/mp4' };

/** Sends a signed request as a browser does: the length goes with the body. */
const send = (
  { method, url, headers }: SignedRequest,
  options: {
    readonly body?: Uint8Array<ArrayBuffer> | string;
    readonly headers?: Record<string, string>;
    readonly url?: string;
  } = {},
): Promise<Response> => {
  const { 'content-length': _, ...rest } = headers;
  return fetch(options.url ?? url, {
    method,
    headers: { ...rest, ...options.headers },
    ...(options.body === undefined ? {} : { body: options.body }),
  });
};

const etagOf = (response: Response): string => (response.headers.get('etag') ?? '').replaceAll('"', '');

const collect = async (objects: AsyncIterable<ListedObject>): Promise<readonly string[]> => {
  const keys: string[] = [];
  for await (const { key } of objects) keys.push(key);
  return keys.sort();
};

/** `http` is false for a store whose addresses lead nowhere, `comparesCopies` where no condition is looked at when it copies. */
export const objectStoreContract = (
  name: string,
  open: () => Promise<Subject>,
  { http = true, comparesCopies = true }: { readonly http?: boolean; readonly comparesCopies?: boolean } = {},
): void => {
  describe(`object store on ${name}`, () => {
    let subject: Subject;
    let store: ObjectStore;
    let folder: string;
    let count = 0;

    beforeAll(async () => {
      subject = await open();
      store = subject.store;
      folder = await mkdtemp(path.join(tmpdir(), 'kinoduct-contract-'));
    });
    afterAll(async () => {
      await subject.close();
      await rm(folder, { recursive: true, force: true });
    });

    /** A prefix of its own for each test. */
    const fresh = (): string => `uploads/ana/t${(count += 1)}/`;
    const file = (): string => path.join(folder, `file-${(count += 1)}`);

    const aFile = async (body: Uint8Array | string): Promise<string> => {
      const at = file();
      await writeFile(at, body);
      return at;
    };

    test('an object that was written is read back with its type and etag', async () => {
      const key = `${fresh()}plan.json`;
      const written = await store.write(key, '{"a":1}', json);
      expect(written).toEqual({ key, bytes: 7, etag: written.etag, contentType: 'application/json' });
      expect(written.etag).toMatch(/^[^"]+$/);
      expect(await store.head(key)).toEqual(written);
      expect(Buffer.from((await store.read(key)) ?? []).toString()).toBe('{"a":1}');
    });

    test('an absent object is undefined, and no failure', async () => {
      const key = `${fresh()}none`;
      expect(await store.head(key)).toBeUndefined();
      expect(await store.read(key)).toBeUndefined();
      await store.remove(key);
    });

    test('an object can be empty', async () => {
      const key = `${fresh()}empty`;
      const { etag } = await store.upload(await aFile(''), key, video);
      const target = file();
      expect(await store.download({ key, etag }, target)).toEqual({ bytes: 0, sha256: sha256('') });
      expect((await readFile(target)).length).toBe(0);
    });

    test('writing again replaces the bytes and changes the etag', async () => {
      const key = `${fresh()}again`;
      const first = await store.write(key, 'one', json);
      const second = await store.write(key, 'other', video);
      expect(second.etag).not.toBe(first.etag);
      expect(await store.head(key)).toEqual({ key, bytes: 5, etag: second.etag, contentType: 'video/mp4' });
    });

    test('a key may lie below the key of another object', async () => {
      const prefix = fresh();
      await store.write(`${prefix}a`, 'upper', json);
      await store.write(`${prefix}a/b`, 'lower', json);
      await store.remove(`${prefix}a`);
      expect(await collect(store.list(prefix))).toEqual([`${prefix}a/b`]);
    });

    test('a download puts the bytes at the path and says their sha256', async () => {
      const key = `${fresh()}source`;
      const body = randomBytes(300_000);
      const { etag } = await store.upload(await aFile(body), key, video);
      const target = file();
      expect(await store.download({ key, etag }, target)).toEqual({ bytes: 300_000, sha256: sha256(body) });
      expect(await readFile(target)).toEqual(body);
    });

    test('a download of another version fails with input.changed and leaves no file', async () => {
      const key = `${fresh()}source`;
      const { etag } = await store.write(key, 'one', video);
      await store.write(key, 'two', video);
      const target = file();
      await expect(store.download({ key, etag }, target)).rejects.toMatchObject({ code: 'input.changed' });
      expect(existsSync(target)).toBe(false);
    });

    test('a download of nothing fails with input.not_found and leaves no file', async () => {
      const target = file();
      await expect(store.download({ key: `${fresh()}none` }, target)).rejects.toMatchObject({
        code: 'input.not_found',
      });
      expect(existsSync(target)).toBe(false);
    });

    test('a download never touches a file that is there', async () => {
      const key = `${fresh()}source`;
      await store.write(key, 'new', video);
      const target = await aFile('old');
      await expect(store.download({ key }, target)).rejects.toThrow();
      expect(await readFile(target, 'utf8')).toBe('old');
    });

    test('an aborted download leaves no file, an aborted upload no object', async () => {
      const prefix = fresh();
      await store.write(`${prefix}source`, 'bytes', video);
      const target = file();
      const signal = AbortSignal.abort(new Error('stop'));
      await expect(store.download({ key: `${prefix}source` }, target, signal)).rejects.toThrow('stop');
      expect(existsSync(target)).toBe(false);
      await expect(store.upload(await aFile('x'), `${prefix}other`, { ...video, signal })).rejects.toThrow('stop');
      expect(await store.head(`${prefix}other`)).toBeUndefined();
    });

    test('an object keeps its bytes when the file that it came from is removed', async () => {
      const key = `${fresh()}kept`;
      const source = await aFile('bytes');
      await store.upload(source, key, video);
      await rm(source);
      expect(Buffer.from((await store.read(key)) ?? []).toString()).toBe('bytes');
    });

    test('a downloaded file outlives its object', async () => {
      const key = `${fresh()}gone`;
      await store.write(key, 'bytes', video);
      const target = file();
      await store.download({ key }, target);
      await store.write(key, 'other', video);
      await store.remove(key);
      expect(await readFile(target, 'utf8')).toBe('bytes');
    });

    test('64 MB survive the way there and back', async () => {
      const key = `${fresh()}large`;
      const body = randomBytes(64 * 2 ** 20);
      const info = await store.upload(await aFile(body), key, video);
      expect(info).toMatchObject({ key, bytes: body.length, contentType: 'video/mp4' });
      const target = file();
      expect(await store.download({ key, etag: info.etag }, target)).toEqual({
        bytes: body.length,
        sha256: sha256(body),
      });
      expect(sha256(await readFile(target))).toBe(sha256(body));
    });

    test('a copy is an object of its own', async () => {
      const prefix = fresh();
      await store.write(`${prefix}a+b@c`, 'bytes', video);
      const copied = await store.copy(`${prefix}a+b@c`, `${prefix}to`);
      expect(copied).toMatchObject({ key: `${prefix}to`, bytes: 5, contentType: 'video/mp4' });
      await store.remove(`${prefix}a+b@c`);
      expect(Buffer.from((await store.read(`${prefix}to`)) ?? []).toString()).toBe('bytes');
      expect(await store.head(`${prefix}to`)).toEqual(copied);
    });

    test('a copy of nothing fails with input.not_found', async () => {
      const prefix = fresh();
      await expect(store.copy(`${prefix}a`, `${prefix}b`)).rejects.toMatchObject({ code: 'input.not_found' });
      expect(await store.head(`${prefix}b`)).toBeUndefined();
    });

    test('a range holds exactly the bytes that were asked for', async () => {
      const key = `${fresh()}source`;
      const { etag } = await store.write(key, '0123456789', video);
      const range = async (start: number, end: number): Promise<string> =>
        Buffer.from(await store.readRange({ key, etag }, { start, end })).toString();
      expect([await range(0, 10), await range(2, 5), await range(9, 10), await range(4, 4)]).toEqual([
        '0123456789',
        '234',
        '9',
        '',
      ]);
      for (const [start, end] of [
        [5, 11],
        [10, 12],
      ] as const)
        await expect(store.readRange({ key, etag }, { start, end })).rejects.toMatchObject({
          code: 'platform.internal',
        });
    });

    test('a range of another version, of nothing, or after an abort is refused', async () => {
      const key = `${fresh()}source`;
      const { etag } = await store.write(key, 'one', video);
      await store.write(key, 'two', video);
      const first = { start: 0, end: 1 };
      await expect(store.readRange({ key, etag }, first)).rejects.toMatchObject({ code: 'input.changed' });
      await expect(store.readRange({ key: `${key}-none` }, first)).rejects.toMatchObject({ code: 'input.not_found' });
      const signal = AbortSignal.abort(new Error('stop'));
      await expect(store.readRange({ key }, first, signal)).rejects.toThrow('stop');
    });

    describe('composing', () => {
      const stored = async (key: string, body: Uint8Array) => {
        const { etag, bytes } = await store.upload(await aFile(body), key, video);
        return { key, etag, bytes, sha256: sha256(body) };
      };

      test('bytes, small objects and large ones become one object', async () => {
        const prefix = fresh();
        const bodies = [40, 6_000_000, 7_000, 3_000_000, 5_300_000, 12].map((bytes) => randomBytes(bytes));
        const [head, large, small, middle, other, end] = bodies as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer]; // six they are
        const pieces = [
          head,
          await stored(`${prefix}a`, large),
          await stored(`${prefix}b`, small),
          await stored(`${prefix}c`, middle),
          await stored(`${prefix}d`, other),
          end,
        ];
        const made = await store.compose(`${prefix}whole`, pieces, video);
        const whole = Buffer.concat(bodies);
        expect(made).toMatchObject({ key: `${prefix}whole`, bytes: whole.length, contentType: 'video/mp4' });
        expect([null, sha256(whole)]).toContain(made.sha256);
        expect(made.moved).toBeGreaterThan(0);
        const { key, bytes, etag, contentType } = made;
        expect(await store.head(key)).toEqual({ key, bytes, etag, contentType });
        expect((await store.download({ key, etag }, file())).sha256).toBe(sha256(whole));
      });

      test('a few bytes become an object whose sha256 is known', async () => {
        const prefix = fresh();
        const pieces = [Buffer.from('one '), await stored(`${prefix}a`, Buffer.from('two')), new Uint8Array()];
        const made = await store.compose(`${prefix}whole`, pieces, video);
        expect(made).toMatchObject({ bytes: 7, sha256: sha256('one two'), moved: 7 });
        expect(await store.compose(`${prefix}empty`, [], video)).toMatchObject({ bytes: 0, sha256: sha256('') });
      });

      test.each([
        ['another version', 'etag', 'input.changed'],
        ['another length', 'bytes', 'input.changed'],
        ['other bytes', 'sha256', 'input.changed'],
        ['gone', 'key', 'input.not_found'],
      ] as const)('a piece that is %s is named, and no object appears', async (_, field, code) => {
        for (const bytes of [20, 5_500_000]) {
          const prefix = fresh();
          const sound = await stored(`${prefix}a`, randomBytes(5_500_000));
          const damaged = await stored(`${prefix}b`, randomBytes(bytes));
          // Of what is copied within the store nobody sees the bytes.
          if ((field === 'sha256' || (field === 'etag' && !comparesCopies)) && bytes > 20) continue;
          const { etag: before, ...rest } = damaged;
          const wrong = {
            etag: { ...rest, etag: before.replace(/^./, (first) => (first === '0' ? '1' : '0')) },
            bytes: { ...rest, bytes: bytes + 1 },
            sha256: { ...damaged, sha256: sha256('another') },
            key: { ...damaged, key: `${prefix}none` },
          }[field];
          const composed = store.compose(`${prefix}whole`, [sound, wrong, randomBytes(10)], video);
          await expect(composed).rejects.toMatchObject({ code, facts: { object: wrong.key } });
          expect(await store.head(`${prefix}whole`)).toBeUndefined();
        }
      });

      test('what is aborted leaves no object', async () => {
        const prefix = fresh();
        const piece = await stored(`${prefix}a`, Buffer.from('bytes'));
        const signal = AbortSignal.abort(new Error('stop'));
        await expect(store.compose(`${prefix}whole`, [piece], { ...video, signal })).rejects.toThrow('stop');
        expect(await store.head(`${prefix}whole`)).toBeUndefined();
      });
    });

    test('a list holds what lies below the prefix and nothing else', async () => {
      const prefix = fresh();
      for (const key of ['x/1', 'x/y/2', 'xx/3', 'z']) await store.write(`${prefix}${key}`, key, json);
      expect(await collect(store.list(`${prefix}x/`))).toEqual([`${prefix}x/1`, `${prefix}x/y/2`]);
      expect(await collect(store.list(`${prefix}x`))).toEqual([`${prefix}x/1`, `${prefix}x/y/2`, `${prefix}xx/3`]);
      expect(await collect(store.list(`${prefix}none/`))).toEqual([]);
    });

    test('removeAll takes what lies below the prefix and nothing else', async () => {
      const prefix = fresh();
      for (const key of ['x/1', 'x/y/2', 'xx/3']) await store.write(`${prefix}${key}`, key, json);
      await store.removeAll(`${prefix}x/`);
      await store.removeAll(`${prefix}none/`);
      expect(await collect(store.list(prefix))).toEqual([`${prefix}xx/3`]);
    });

    test('completing an upload that never was fails with conflict.state, aborting it is fine', async () => {
      const upload = { key: `${fresh()}source`, id: '00000000-0000-4000-8000-000000000000' };
      await expect(store.completeMultipart({ ...upload, parts: [{ n: 1, etag: 'x' }] })).rejects.toMatchObject({
        code: 'conflict.state',
      });
      await store.abortMultipart(upload);
    });

    describe.runIf(http)('signed addresses', () => {
      const forAMinute = { expiresInSeconds: 60 };

      test('a signed PUT stores the object with its type', async () => {
        const key = `${fresh()}source`;
        const request = await store.presignPut(key, { ...video, bytes: 5, ...forAMinute });
        expect(Date.parse(request.expiresAt) - Date.now()).toBeGreaterThan(50_000);
        expect(request).toMatchObject({ method: 'PUT', headers: { 'content-type': 'video/mp4' } });
        const response = await send(request, { body: 'bytes' });
        expect(response.status).toBe(200);
        expect(response.headers.get('etag')).toMatch(/^".+"$/);
        expect(await store.head(key)).toEqual({ key, bytes: 5, etag: etagOf(response), contentType: 'video/mp4' });
      });

      test('a signed PUT without a length takes any', async () => {
        const key = `${fresh()}source`;
        const request = await store.presignPut(key, { ...video, ...forAMinute });
        expect((await send(request, { body: 'some bytes' })).status).toBe(200);
        expect(await store.head(key)).toMatchObject({ bytes: 10 });
      });

      test.each(['four', 'sixsix'])('a signed PUT refuses another length (%s for five)', async (body) => {
        const key = `${fresh()}source`;
        const request = await store.presignPut(key, { ...video, bytes: 5, ...forAMinute });
        const { status } = await send(request, { body });
        expect([400, 403, 413]).toContain(status);
        expect(await store.head(key)).toBeUndefined();
      });

      test('a signed PUT refuses another content type', async () => {
        const key = `${fresh()}source`;
        const request = await store.presignPut(key, { ...video, ...forAMinute });
        expect((await send(request, { body: '<script>', headers: { 'content-type': 'text/html' } })).status).toBe(403);
        expect(await store.head(key)).toBeUndefined();
      });

      test('a signed PUT works once; the second answers 412 and changes nothing', async () => {
        const key = `${fresh()}source`;
        const request = await store.presignPut(key, { ...video, bytes: 5, ...forAMinute });
        const first = await send(request, { body: 'first' });
        expect((await send(request, { body: 'other' })).status).toBe(412);
        expect(await store.head(key)).toMatchObject({ etag: etagOf(first) });
      });

      test('a signed PUT cannot leave the condition out', async () => {
        const key = `${fresh()}source`;
        const request = await store.presignPut(key, { ...video, ...forAMinute });
        await send(request, { body: 'first' });
        const { 'if-none-match': _, ...headers } = request.headers;
        expect((await send({ ...request, headers }, { body: 'other' })).status).toBe(403);
        expect(Buffer.from((await store.read(key)) ?? []).toString()).toBe('first');
      });

      test('of many PUTs at once one is kept', async () => {
        const key = `${fresh()}source`;
        const request = await store.presignPut(key, { ...video, bytes: 1, ...forAMinute });
        const answers = await Promise.all(['1', '2', '3', '4'].map((body) => send(request, { body })));
        expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 412, 412, 412]);
      });

      test('an address that has expired is refused', async () => {
        const key = `${fresh()}source`;
        await store.write(key, 'bytes', video);
        const put = await store.presignPut(`${key}-2`, { ...video, expiresInSeconds: 1 });
        const get = await store.presignGet(key, {
          ...video,
          filename: 'a.mp4',
          disposition: 'inline',
          expiresInSeconds: 1,
        });
        await sleep(2100);
        expect((await send(put, { body: 'late' })).status).toBe(403);
        expect((await send(get)).status).toBe(403);
        expect(await store.head(`${key}-2`)).toBeUndefined();
      });

      test('an address that was changed is refused', async () => {
        const prefix = fresh();
        await store.write(`${prefix}mine`, 'mine', video);
        await store.write(`${prefix}their`, 'their', video);
        const get = await store.presignGet(`${prefix}mine`, {
          ...video,
          filename: 'a.mp4',
          disposition: 'attachment',
          ...forAMinute,
        });
        expect((await send(get)).status).toBe(200);
        const changed = [
          get.url.replace('/mine', '/their'),
          get.url.replace('mp4', 'exe'),
          `${get.url}&versionId=1`,
          // Not the last letter: of base64 it may hold bits that say nothing.
          get.url.replace(/.(?=.{4}$)/, (letter) => (letter === '0' ? '1' : '0')),
        ];
        for (const url of changed) expect((await send(get, { url })).status).toBe(403);
        const put = await store.presignPut(`${prefix}new`, { ...video, ...forAMinute });
        const elsewhere = put.url.replace('/new?', '/their?');
        expect((await send(put, { url: elsewhere, body: 'evil' })).status).toBe(403);
        expect((await send({ ...get, method: 'PUT' }, { body: 'evil' })).status).toBe(403);
      });

      test('a signed GET answers with the type and the name that were signed', async () => {
        const key = `${fresh()}source`;
        await store.write(key, '0123456789', { contentType: 'text/html' });
        const request = await store.presignGet(key, {
          ...video,
          filename: 'Jürgens "Film".mp4',
          disposition: 'attachment',
          ...forAMinute,
        });
        const response = await send(request);
        expect(response.status).toBe(200);
        expect(response.headers.get('content-type')).toBe('video/mp4');
        expect(response.headers.get('content-disposition')).toMatch(
          /^attachment; filename=".*"; filename\*=UTF-8''J%C3%BCrgens%20%22Film%22\.mp4$/,
        );
        expect(await response.text()).toBe('0123456789');
      });

      test('a signed GET answers ranges, and 416 where there is nothing', async () => {
        const key = `${fresh()}source`;
        await store.write(key, '0123456789', video);
        const request = await store.presignGet(key, {
          ...video,
          filename: 'a.mp4',
          disposition: 'inline',
          ...forAMinute,
        });
        const range = async (value: string) => {
          const response = await send(request, { headers: { range: value } });
          return [response.status, response.headers.get('content-range'), await response.text()];
        };
        expect(await range('bytes=2-4')).toEqual([206, 'bytes 2-4/10', '234']);
        expect(await range('bytes=-3')).toEqual([206, 'bytes 7-9/10', '789']);
        expect(await range('bytes=8-')).toEqual([206, 'bytes 8-9/10', '89']);
        expect((await range('bytes=10-')).slice(0, 2)).toEqual([416, 'bytes */10']);
      });

      test('a signed GET of nothing answers 404', async () => {
        const request = await store.presignGet(`${fresh()}none`, {
          ...video,
          filename: 'a.mp4',
          disposition: 'inline',
          ...forAMinute,
        });
        expect((await send(request)).status).toBe(404);
      });

      describe('multipart', () => {
        const large = randomBytes(5 * 2 ** 20);
        const small = Buffer.from('the end');

        const started = async () => {
          const key = `${fresh()}source`;
          return { key, id: await store.startMultipart(key, video) };
        };
        const putPart = async (upload: { key: string; id: string }, n: number, body: Buffer<ArrayBuffer>) => {
          const request = await store.presignPart({ ...upload, n }, { bytes: body.length, ...forAMinute });
          const response = await send(request, { body });
          expect(response.status).toBe(200);
          return { n, etag: etagOf(response) };
        };

        test('parts, one of them sent again, become one object', async () => {
          const upload = await started();
          await putPart(upload, 2, Buffer.from('broken'));
          const last = await putPart(upload, 2, small);
          const first = await putPart(upload, 1, large);
          expect(await store.head(upload.key)).toBeUndefined();
          const object = await store.completeMultipart({ ...upload, parts: [last, first] });
          expect(object).toMatchObject({ key: upload.key, bytes: large.length + 7, contentType: 'video/mp4' });
          expect(await store.head(upload.key)).toEqual(object);
          const target = file();
          const { sha256: got } = await store.download({ key: upload.key, etag: object.etag }, target);
          expect(got).toBe(sha256(Buffer.concat([large, small])));
        });

        test('completing twice answers the same', async () => {
          const upload = await started();
          const parts = [await putPart(upload, 1, small)];
          const both = await Promise.all([
            store.completeMultipart({ ...upload, parts }),
            store.completeMultipart({ ...upload, parts }),
          ]);
          expect(both[1]).toEqual(both[0]);
          expect(await store.completeMultipart({ ...upload, parts })).toEqual(both[0]);
        });

        test('a part that is missing, named twice or different fails with conflict.state, and can still be mended', async () => {
          const upload = await started();
          const part = await putPart(upload, 1, small);
          const wrong = [
            [],
            [part, { n: 2, etag: part.etag }],
            [part, part],
            [{ n: 1, etag: '0'.repeat(part.etag.length) }],
            [{ n: 1, etag: '../upload.json' }],
          ];
          for (const parts of wrong)
            await expect(store.completeMultipart({ ...upload, parts })).rejects.toMatchObject({
              code: 'conflict.state',
            });
          expect(await store.head(upload.key)).toBeUndefined();
          expect(await store.completeMultipart({ ...upload, parts: [part] })).toMatchObject({ bytes: 7 });
        });

        test('a part of another length is refused', async () => {
          const upload = await started();
          const request = await store.presignPart({ ...upload, n: 1 }, { bytes: 5, ...forAMinute });
          expect([400, 403, 413]).toContain((await send(request, { body: 'sixsix' })).status);
          await store.abortMultipart(upload);
        });

        test('an aborted upload takes no parts and cannot be completed', async () => {
          const upload = await started();
          const part = await putPart(upload, 1, small);
          const request = await store.presignPart({ ...upload, n: 2 }, { ...forAMinute });
          await store.abortMultipart(upload);
          await store.abortMultipart(upload);
          expect((await send(request, { body: 'late' })).status).toBe(404);
          await expect(store.completeMultipart({ ...upload, parts: [part] })).rejects.toMatchObject({
            code: 'conflict.state',
          });
        });

        test('removeAll ends the uploads below the prefix', async () => {
          const upload = await started();
          const part = await putPart(upload, 1, small);
          await store.removeAll(upload.key.replace(/source$/, ''));
          await expect(store.completeMultipart({ ...upload, parts: [part] })).rejects.toMatchObject({
            code: 'conflict.state',
          });
        });

        test('an upload of many parts never replaces an object', async () => {
          const upload = await started();
          const part = await putPart(upload, 1, small);
          const object = await store.write(upload.key, 'was here before', video);
          await store.completeMultipart({ ...upload, parts: [part] });
          expect(await store.head(upload.key)).toEqual(object);
        });
      });
    });

    test('nothing that a failed download began lies about', async () => {
      expect((await readdir(folder)).every((entry) => /^file-\d+$/.test(entry))).toBe(true);
    });
  });
};
