/** What `core/ports/buckets.ts` promises, run on every adapter. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bucketDelivery } from '#adapters/delivery/buckets.ts';
import type { Buckets } from '#core/ports/buckets.ts';
import { failureOf, targetOf } from '#test/support/delivery.ts';

/** Both may speak to the buckets `inbox` and `outbox`, which exist, and to `nowhere`, which does not. */
export type Subject = { readonly buckets: Buckets; close(): Promise<void> };

const sha256 = (body: Uint8Array | string): string => createHash('sha256').update(body).digest('hex');
const video = { contentType: 'video/mp4' };

export const bucketsContract = (name: string, open: () => Promise<Subject>): void => {
  describe(`buckets on ${name}`, () => {
    let subject: Subject;
    let buckets: Buckets;
    let folder: string;
    let count = 0;

    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'kinoduct-buckets-'));
      subject = await open();
      buckets = subject.buckets;
    });
    afterAll(async () => {
      await subject.close();
      await rm(folder, { recursive: true, force: true });
    });

    const file = (): string => path.join(folder, `file-${(count += 1)}`);
    const newObject = () => ({ bucket: 'inbox', key: `films/clip-${(count += 1)}.mp4` });
    const stored = async (bytes: Uint8Array, object = newObject()) => {
      const from = file();
      await writeFile(from, bytes);
      await buckets.upload(from, object, video);
      return object;
    };

    test('what was uploaded is there, whole', async () => {
      const bytes = randomBytes(300_000);
      const object = await stored(bytes);
      const to = file();
      expect(await buckets.download(object, to)).toEqual({ bytes: bytes.length, sha256: sha256(bytes) });
      expect(await readFile(to)).toEqual(bytes);
      const head = await buckets.head(object);
      expect(head).toMatchObject({ bytes: bytes.length, etag: expect.stringMatching(/^[^"]+$/) });
      expect([null, video.contentType]).toContain(head?.contentType);
      expect(Math.abs(Date.parse(head?.lastModified ?? '') - Date.now())).toBeLessThan(60_000);
    });

    test('an upload of many parts arrives whole', async () => {
      const bytes = randomBytes(20 * 2 ** 20);
      const to = file();
      expect(await buckets.download(await stored(bytes), to)).toEqual({ bytes: bytes.length, sha256: sha256(bytes) });
    });

    test('an empty file is an object', async () => {
      const object = await stored(new Uint8Array());
      expect(await buckets.head(object)).toMatchObject({ bytes: 0 });
      expect(await buckets.read(object, 0)).toHaveLength(0);
      expect(await buckets.download(object, file())).toEqual({ bytes: 0, sha256: sha256('') });
    });

    test.each(['with spaces & signs +%20=@,;!().mp4', 'видео/東京 🎬 été.mp4', '-rf', 'a/b/c/d.e.f', "it's\\a"])(
      'any name will do: %s',
      async (key) => {
        const object = { bucket: 'inbox', key };
        await buckets.write(object, `this is ${key}`, { contentType: 'text/plain' });
        expect(Buffer.from((await buckets.read(object, 1000)) ?? '').toString()).toBe(`this is ${key}`);
        expect(await buckets.head(object)).toMatchObject({ bytes: Buffer.byteLength(`this is ${key}`) });
      },
    );

    test('names that differ only in how an accent is written are two objects', async () => {
      for (const key of ['\u00e9.txt', 'e\u0301.txt'])
        await buckets.write({ bucket: 'inbox', key }, key, { contentType: 'text/plain' });
      expect(Buffer.from((await buckets.read({ bucket: 'inbox', key: '\u00e9.txt' }, 10)) ?? '').toString()).toBe(
        '\u00e9.txt',
      );
    });

    test('what has the key already is replaced', async () => {
      const object = await stored(Buffer.from('old and longer'));
      const before = await buckets.head(object);
      await buckets.write(object, 'new', { contentType: 'text/plain' });
      expect(Buffer.from((await buckets.read(object, 10)) ?? '').toString()).toBe('new');
      expect((await buckets.head(object))?.etag).not.toBe(before?.etag);
    });

    test('what is not there is undefined, or input.not_found for a download', async () => {
      for (const object of [newObject(), { bucket: 'nowhere', key: 'a' }]) {
        expect(await buckets.head(object)).toBeUndefined();
        expect(await buckets.read(object, 10)).toBeUndefined();
        const to = file();
        expect(await failureOf(buckets.download(object, to))).toMatchObject({ code: 'input.not_found' });
        expect(existsSync(to)).toBe(false);
      }
    });

    test('no more is read than allowed', async () => {
      const object = await stored(Buffer.from('12345'));
      expect(await buckets.read(object, 5)).toHaveLength(5);
      expect(await failureOf(buckets.read(object, 4))).toMatchObject({ code: 'input.too_large' });
    });

    test('a download is of the etag that was asked for, or of none', async () => {
      const object = await stored(Buffer.from('first'));
      const etag = (await buckets.head(object))?.etag ?? '';
      expect(await buckets.download({ ...object, etag }, file())).toMatchObject({ bytes: 5 });
      await stored(Buffer.from('second'), object);
      const to = file();
      expect(await failureOf(buckets.download({ ...object, etag }, to))).toMatchObject({ code: 'input.changed' });
      expect(existsSync(to)).toBe(false);
    });

    test('a download writes over nothing', async () => {
      const to = file();
      await writeFile(to, 'precious');
      await expect(buckets.download(await stored(Buffer.from('x')), to)).rejects.toThrow();
      expect(await readFile(to, 'utf8')).toBe('precious');
    });

    test('work that is stopped ends with the reason of the signal, and leaves nothing', async () => {
      const object = await stored(randomBytes(1000));
      const signal = AbortSignal.abort(new Error('canceled'));
      const [to, from, fresh] = [file(), file(), newObject()];
      await writeFile(from, 'x');
      await expect(buckets.download(object, to, signal)).rejects.toThrow('canceled');
      expect(existsSync(to)).toBe(false);
      await expect(buckets.upload(from, fresh, { ...video, signal })).rejects.toThrow('canceled');
      expect(await buckets.head(fresh)).toBeUndefined();
    });

    test.each(['other', 'toString', '__proto__', '..', ''])('the bucket "%s" is not spoken to', async (bucket) => {
      const object = { bucket, key: 'a' };
      const from = file();
      await writeFile(from, 'x');
      for (const work of [
        () => buckets.head(object),
        () => buckets.read(object, 10),
        () => buckets.download(object, file()),
        () => buckets.upload(from, object, video),
        () => buckets.write(object, 'x', video),
      ])
        expect(await failureOf(work())).toMatchObject({ code: 'input.forbidden_host' });
    });

    test.each(['', '../a', 'a/../../b', 'a/..', './a', 'a\0b', 'x'.repeat(1025)])('no key is %j', async (key) => {
      const object = { bucket: 'inbox', key };
      expect(await failureOf(buckets.head(object))).toMatchObject({ code: 'spec.invalid' });
      expect(await failureOf(buckets.write(object, 'x', video))).toMatchObject({ code: 'spec.invalid' });
    });

    describe('as the target of deliveries', () => {
      const delivered = (bytes: string) => ({
        bytes: bytes.length,
        contentType: 'video/mp4',
        sha256: sha256(bytes),
        path: 'teasers/clip.mp4',
      });
      const deliver = async (to: string, content = 'delivered') => {
        const from = file();
        await writeFile(from, content);
        return bucketDelivery({ buckets }).deliver({ ...delivered(content), file: from }, targetOf(to), {});
      };

      test.each([
        ['s3://outbox', 'teasers/clip.mp4'],
        ['s3://outbox/', 'teasers/clip.mp4'],
        ['s3://outbox/spring 2026', 'spring 2026/teasers/clip.mp4'],
        ['s3://outbox/a/b/', 'a/b/teasers/clip.mp4'],
      ])('%s holds %s', async (to, key) => {
        expect(await deliver(to)).toEqual({ url: null, id: `s3://outbox/${key}` });
        expect(Buffer.from((await buckets.read({ bucket: 'outbox', key }, 100)) ?? '').toString()).toBe('delivered');
      });

      test('a second delivery replaces the first', async () => {
        await deliver('s3://outbox/twice', 'one');
        await deliver('s3://outbox/twice', 'two');
        const object = { bucket: 'outbox', key: 'twice/teasers/clip.mp4' };
        expect(Buffer.from((await buckets.read(object, 100)) ?? '').toString()).toBe('two');
      });

      test.each([
        ['s3://other/a', 'input.forbidden_host'],
        ['s3://outbox/../a', 'spec.invalid'],
        ['s3://', 'spec.invalid'],
        ['s3://UPPER/a', 'spec.invalid'],
        ['gs://outbox/a', 'spec.invalid'],
      ])('%s fails with %s', async (to, code) => {
        expect((await failureOf(deliver(to))).code).toBe(code);
      });
    });
  });
};
