/** What every `Web` promises, against a real server. The guard's own cases are in web-guard.test.ts. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Web } from '#core/ports/web.ts';
import { type Answering, breakAfter, type Origin, startOrigin } from '#test/support/origin.ts';

const content = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7) % 251));
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** `make` gets the `host:port` pairs that the test's servers listen on. */
export const webContract = (name: string, make: (hosts: readonly string[]) => Web): void => {
  describe(`${name}: web`, () => {
    let folder: string;
    const origins: Origin[] = [];
    const serve = async (answer: Answering): Promise<Origin> => {
      const origin = await startOrigin(answer);
      origins.push(origin);
      return origin;
    };
    const file = (): string => join(folder, 'resource');
    const get = (origin: Origin, path = '/clip.mp4', more: Partial<Parameters<Web['download']>[0]> = {}) =>
      make([origin.host]).download({ url: `${origin.url}${path}`, file: file(), maxBytes: 1e6, ...more });

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'kinoduct-web-'));
    });
    afterEach(async () => {
      for (const origin of origins.splice(0)) await origin[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    });

    describe('request', () => {
      test('sends method, path with query, headers and body, and answers status, headers and body', async () => {
        const origin = await serve((_, response) => {
          response.writeHead(201, { 'X-One': 'a', 'Set-Cookie': ['b=1', 'c=2'] }).end('done');
        });
        const answer = await make([origin.host]).request({
          method: 'POST',
          url: `${origin.url}/path?q=1`,
          headers: { Authorization: 'Bearer t' },
          body: '{"a":1}',
        });
        expect(answer).toMatchObject({ status: 201, headers: { 'x-one': 'a', 'set-cookie': 'b=1, c=2' } });
        expect(Buffer.from(answer.body).toString()).toBe('done');
        const [asked] = origin.asked;
        expect(asked).toMatchObject({ method: 'POST', url: '/path?q=1', headers: { authorization: 'Bearer t' } });
        expect(asked?.body.toString()).toBe('{"a":1}');
      });

      test.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'] as const)('speaks %s', async (method) => {
        const origin = await serve((_, response) => void response.end());
        const { status } = await make([origin.host]).request({ method, url: origin.url });
        expect([status, origin.asked[0]?.method]).toEqual([200, method]);
      });

      test.each([404, 500])('answers status %i as it is', async (status) => {
        const origin = await serve((_, response) => void response.writeHead(status).end('no'));
        expect(await make([origin.host]).request({ method: 'GET', url: origin.url })).toMatchObject({ status });
        expect(origin.asked).toHaveLength(1);
      });

      test('answers a redirect as it is and does not follow it', async () => {
        const origin = await serve((_, response) => void response.writeHead(302, { location: '/other' }).end());
        const answer = await make([origin.host]).request({ method: 'GET', url: origin.url });
        expect(answer).toMatchObject({ status: 302, headers: { location: '/other' } });
        expect(origin.asked).toHaveLength(1);
      });

      test.each([
        ['bytes', {}, content],
        ['a part of a file', { start: 10, end: 20 }, content.subarray(10, 20)],
        ['the rest of a file', { start: 99_990 }, content.subarray(99_990)],
        ['an empty part of a file', { start: 5, end: 5 }, Buffer.alloc(0)],
      ])('sends %s with its length', async (_, part, expected) => {
        await writeFile(file(), content);
        const origin = await serve((_, response) => void response.end());
        await make([origin.host]).request({ method: 'PUT', url: origin.url, body: { file: file(), ...part } });
        expect(origin.asked[0]?.body.equals(expected)).toBe(true);
        expect(origin.asked[0]?.headers).toMatchObject({ 'content-length': String(expected.length) });
        expect(origin.asked[0]?.headers).not.toHaveProperty('transfer-encoding');
      });

      test('sends bytes from memory', async () => {
        const origin = await serve((_, response) => void response.end());
        await make([origin.host]).request({ method: 'PUT', url: origin.url, body: new Uint8Array([1, 2, 255]) });
        expect([...(origin.asked[0]?.body ?? [])]).toEqual([1, 2, 255]);
      });

      test('sends a form of fields and files with its length', async () => {
        await writeFile(file(), content);
        const origin = await serve((_, response) => void response.end());
        await make([origin.host]).request({
          method: 'POST',
          url: origin.url,
          body: { form: { title: 'Über', image: { file: file(), name: 'a "b".png', type: 'image/png' } } },
        });
        const [{ headers, body } = { headers: {}, body: Buffer.alloc(0) }] = origin.asked;
        expect(headers['content-length']).toBe(String(body.length));
        const form = await new Response(body, {
          headers: { 'content-type': headers['content-type'] ?? '' },
        }).formData();
        const image = form.get('image') as File; // true: the assertions below would fail
        expect([form.get('title'), image.name, image.type]).toEqual(['Über', 'a "b".png', 'image/png']);
        expect(Buffer.from(await image.arrayBuffer()).equals(content)).toBe(true);
      });

      test('fails where the answer is larger than it may be, and tells the size that it may have', async () => {
        const origin = await serve((_, response) => void response.end('x'.repeat(11)));
        const ask = (maxBytes: number) => make([origin.host]).request({ method: 'GET', url: origin.url, maxBytes });
        await expect(ask(10)).rejects.toMatchObject({ code: 'input.unreachable' });
        expect((await ask(11)).body).toHaveLength(11);
      });

      test('waits for the head only where nothing else is asked for', async () => {
        const origin = await serve((_, response) => {
          response.writeHead(202);
          const more = (): void => {
            while (!response.destroyed && response.write(Buffer.alloc(65_536))) continue;
          };
          response.on('drain', more);
          more();
        });
        const answer = await make([origin.host]).request({ method: 'POST', url: origin.url, answer: 'status' });
        expect([answer.status, answer.body.length]).toEqual([202, 0]);
      });

      test('holds at most 1 MiB where nothing is said', async () => {
        const origin = await serve((_, response) => void response.end(Buffer.alloc(1024 * 1024 + 1)));
        await expect(make([origin.host]).request({ method: 'GET', url: origin.url })).rejects.toMatchObject({
          code: 'input.unreachable',
        });
      });

      test('fails where nothing answers in time', async () => {
        const origin = await serve(() => {});
        const asking = make([origin.host]).request({ method: 'GET', url: origin.url, timeoutSeconds: 0.2 });
        await expect(asking).rejects.toMatchObject({ code: 'input.unreachable' });
      });

      test('fails where an answer begins and does not end in time', async () => {
        const origin = await serve((_, response) => void response.write('x'));
        const asking = make([origin.host]).request({ method: 'GET', url: origin.url, timeoutSeconds: 0.3 });
        await expect(asking).rejects.toMatchObject({ code: 'input.unreachable' });
      });

      test('fails where nobody listens', async () => {
        const origin = await startOrigin(() => {});
        await origin[Symbol.asyncDispose]();
        const asking = make([origin.host]).request({ method: 'GET', url: `${origin.url}/a?token=secret` });
        await expect(asking).rejects.toMatchObject({ code: 'input.unreachable' });
        await expect(asking).rejects.not.toThrow('secret');
      });

      test('does what it is asked once, even where the connection breaks', async () => {
        const origin = await serve((_, response) => void response.socket?.destroy());
        const asking = make([origin.host]).request({ method: 'POST', url: origin.url, body: 'x' });
        await expect(asking).rejects.toMatchObject({ code: 'input.unreachable' });
        expect(origin.asked).toHaveLength(1);
      });

      test('stops with the reason of its signal', async () => {
        const origin = await serve(() => {});
        const reason = new Error('canceled');
        const stop = new AbortController();
        const asking = make([origin.host]).request({ method: 'GET', url: origin.url }, stop.signal);
        setTimeout(() => stop.abort(reason), 50);
        await expect(asking).rejects.toBe(reason);
      });

      test('does not let a header choose the host or the length', async () => {
        const origin = await serve((_, response) => void response.end());
        const headers = { Host: 'inner', 'Content-Length': '1', 'Transfer-Encoding': 'chunked', Connection: 'x' };
        await make([origin.host]).request({ method: 'POST', url: origin.url, headers, body: 'abc' });
        expect(origin.asked[0]?.headers).toMatchObject({ host: origin.host, 'content-length': '3' });
      });
    });

    describe('download', () => {
      test('puts the bytes at the file and tells what they are', async () => {
        const origin = await serve((_, response) => {
          response.writeHead(200, {
            etag: '"v1"',
            'last-modified': 'Tue, 01 Sep 2026 10:00:00 GMT',
            'content-type': 'video/mp4',
            'content-length': content.length,
          });
          response.end(content);
        });
        const progress: unknown[] = [];
        const onProgress = (bytes: number, total: number | null) => progress.push([bytes, total]);
        expect(await get(origin, '/a/My%20clip.mp4?sig=1', { onProgress, headers: { 'X-Key': 'k' } })).toEqual({
          unchanged: false,
          bytes: content.length,
          sha256: sha256(content),
          etag: '"v1"',
          lastModified: 'Tue, 01 Sep 2026 10:00:00 GMT',
          contentType: 'video/mp4',
          filename: 'My clip.mp4',
        });
        expect((await readFile(file())).equals(content)).toBe(true);
        expect(progress.at(-1)).toEqual([content.length, content.length]);
        expect(origin.asked[0]).toMatchObject({ url: '/a/My%20clip.mp4?sig=1', headers: { 'x-key': 'k' } });
        expect(origin.asked[0]?.headers).toMatchObject({ 'accept-encoding': 'identity' });
      });

      test('takes an answer whose size is not announced', async () => {
        const origin = await serve((_, response) => {
          response.write(content);
          response.end();
        });
        const progress: unknown[] = [];
        const onProgress = (_: number, total: number | null) => progress.push(total);
        expect(await get(origin, '/', { onProgress })).toMatchObject({ bytes: content.length, filename: null });
        expect(progress[0]).toBe(null);
      });

      test('prefers the name that the server gives, without folders', async () => {
        const disposition = `attachment; filename="x.mp4"; filename*=UTF-8''..%2Fb%C3%A4r%0A.mp4`;
        const origin = await serve((_, response) => {
          response.writeHead(200, { 'content-disposition': disposition }).end('x');
        });
        expect(await get(origin)).toMatchObject({ filename: 'bär.mp4' });
      });

      test('does not send an unchanged resource again', async () => {
        const origin = await serve((_, response) => void response.writeHead(304).end());
        const known = { etag: '"v1"', lastModified: 'Tue, 01 Sep 2026 10:00:00 GMT' };
        expect(await get(origin, '/', { known })).toEqual({ unchanged: true });
        expect(origin.asked[0]?.headers).toMatchObject({
          'if-none-match': '"v1"',
          'if-modified-since': 'Tue, 01 Sep 2026 10:00:00 GMT',
        });
        expect(await readdir(folder)).toEqual([]);
      });

      test('sends a changed resource that was known, and asks for its rest without conditions', async () => {
        const origin = await serve(async ({ headers }, response, count) => {
          if (count === 1) return breakAfter(response.writeHead(200, { etag: '"v2"' }), Buffer.from('ab'));
          expect(headers).not.toHaveProperty('if-none-match');
          response.writeHead(206, { etag: '"v2"', 'content-range': 'bytes 2-2/3' }).end('c');
        });
        const answer = await get(origin, '/', { known: { etag: '"v1"' } });
        expect(answer).toMatchObject({ unchanged: false, etag: '"v2"', sha256: sha256(Buffer.from('abc')) });
      });

      test('does not believe in an unchanged resource that it never knew', async () => {
        const origin = await serve((_, response) => void response.writeHead(304).end());
        const unreachable = { code: 'input.unreachable' };
        await expect(get(origin)).rejects.toMatchObject(unreachable);
        await expect(get(origin, '/', { known: { etag: undefined } })).rejects.toMatchObject(unreachable);
      });

      test.each([
        [404, 'input.not_found'],
        [410, 'input.not_found'],
        [403, 'input.unreachable'],
        [401, 'input.unreachable'],
        [204, 'input.unreachable'],
        [206, 'input.unreachable'],
        [300, 'input.unreachable'],
      ])('status %i is %s, asked once, and leaves no file', async (status, code) => {
        const origin = await serve((_, response) => void response.writeHead(status).end());
        await expect(get(origin)).rejects.toMatchObject({ code });
        expect(origin.asked).toHaveLength(1);
        expect(await readdir(folder)).toEqual([]);
      });

      test.each([429, 500, 503])('status %i is asked again, and the second answer counts', async (status) => {
        const origin = await serve((_, response, count) => {
          response.writeHead(count === 1 ? status : 200).end('x');
        });
        expect(await get(origin)).toMatchObject({ bytes: 1 });
        expect(origin.asked).toHaveLength(2);
      });

      test('a server that always fails is unreachable after a few tries', async () => {
        const origin = await serve((_, response) => void response.writeHead(500).end('x'));
        await expect(get(origin)).rejects.toMatchObject({ code: 'input.unreachable' });
        expect(origin.asked).toHaveLength(3);
        expect(await readdir(folder)).toEqual([]);
      });

      test('a resource that announces to be too large is not read', async () => {
        const origin = await serve((_, response) => {
          response.writeHead(200, { 'content-length': 101 });
          response.flushHeaders();
        });
        await expect(get(origin, '/', { maxBytes: 100 })).rejects.toMatchObject({ code: 'input.too_large' });
        expect(await readdir(folder)).toEqual([]);
      });

      test('a resource that turns out to be too large is left', async () => {
        const origin = await serve((_, response) => void response.write(Buffer.alloc(101)));
        await expect(get(origin, '/', { maxBytes: 100 })).rejects.toMatchObject({ code: 'input.too_large' });
        expect(await readdir(folder)).toEqual([]);
      });

      test('a resource of exactly the largest size is read', async () => {
        const origin = await serve((_, response) => void response.end(Buffer.alloc(100)));
        expect(await get(origin, '/', { maxBytes: 100 })).toMatchObject({ bytes: 100 });
      });

      test('an endless body ends at the limit', async () => {
        let sent = 0;
        const origin = await serve((_, response) => {
          const more = (): void => {
            while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
          };
          response.on('drain', more);
          more();
        });
        await expect(get(origin, '/', { maxBytes: 1e6 })).rejects.toMatchObject({ code: 'input.too_large' });
        expect(sent).toBeLessThan(20e6);
        expect(await readdir(folder)).toEqual([]);
      });

      test('refuses to write over a file, and leaves it as it is', async () => {
        await writeFile(file(), 'mine');
        const origin = await serve((_, response) => void response.end('x'));
        await expect(get(origin)).rejects.toThrow('EEXIST');
        expect(await readFile(file(), 'utf8')).toBe('mine');
      });

      test('stops with the reason of its signal and leaves no file', async () => {
        const origin = await serve((_, response) => void response.write('x'));
        const stop = new AbortController();
        const reason = new Error('canceled');
        const onProgress = () => stop.abort(reason);
        const loading = make([origin.host]).download(
          { url: origin.url, file: file(), maxBytes: 10, onProgress },
          stop.signal,
        );
        await expect(loading).rejects.toBe(reason);
        expect(existsSync(file())).toBe(false);
      });
    });

    describe('redirects', () => {
      test('three are followed', async () => {
        const origin = await serve(({ url }, response) => {
          if (url === '/3') response.end('there');
          else response.writeHead(302, { location: `/${Number(url.slice(1)) + 1}` }).end('x'.repeat(1e5));
        });
        expect(await get(origin, '/0')).toMatchObject({ bytes: 5 });
      });

      test('a loop ends after three', async () => {
        const origin = await serve((_, response) => void response.writeHead(302, { location: '/' }).end());
        await expect(get(origin)).rejects.toMatchObject({ code: 'input.unreachable' });
        expect(origin.asked).toHaveLength(4);
        expect(await readdir(folder)).toEqual([]);
      });

      const withSecrets = (hosts: readonly string[], url: string) =>
        make(hosts).download({
          url,
          headers: { Authorization: 'secret', Cookie: 'secret' },
          file: file(),
          maxBytes: 10,
        });
      const secrets = (origin: Origin) => origin.asked.map(({ headers }) => [headers.authorization, headers.cookie]);
      const none = [undefined, undefined];

      test('headers go along within an origin', async () => {
        const origin = await serve(({ url }, response) => {
          if (url === '/b') response.end('x');
          else response.writeHead(303, { location: '/b' }).end();
        });
        await withSecrets([origin.host], `${origin.url}/a`);
        expect(secrets(origin)).toEqual([
          ['secret', 'secret'],
          ['secret', 'secret'],
        ]);
      });

      test('headers never go to another origin, and do not come back from there', async () => {
        const target = await serve(({ url }, response) => {
          response.writeHead(307, { location: url === '/1' ? '/2' : `${front.url}/end` }).end();
        });
        const front = await serve(({ url }, response) => {
          if (url === '/end') response.end('x');
          else response.writeHead(307, { location: `${target.url}/1` }).end();
        });
        await withSecrets([front.host, target.host], front.url);
        expect(secrets(front)).toEqual([['secret', 'secret'], none]);
        expect(secrets(target)).toEqual([none, none]);
      });
    });

    describe('a connection that breaks', () => {
      const half = 40_000;
      const versioned = { etag: '"v1"', 'content-length': content.length };
      const rest = (range: string | undefined): number => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1]);

      test('is taken up where it broke', async () => {
        const origin = await serve(async ({ headers }, response, count) => {
          if (count === 1) return breakAfter(response.writeHead(200, versioned), content.subarray(0, half));
          const start = rest(headers.range);
          response.writeHead(206, {
            etag: '"v1"',
            'content-range': `bytes ${start}-${content.length - 1}/${content.length}`,
          });
          response.end(content.subarray(start));
        });
        expect(await get(origin)).toMatchObject({ bytes: content.length, sha256: sha256(content), etag: '"v1"' });
        expect((await readFile(file())).equals(content)).toBe(true);
        expect(origin.asked[1]?.headers).toMatchObject({ 'if-range': '"v1"' });
        expect(rest(origin.asked[1]?.headers.range)).toBeGreaterThan(0);
      });

      test('is taken up as often as it brings something new', async () => {
        const origin = await serve(async ({ headers }, response) => {
          const start = rest(headers.range) || 0;
          response.writeHead(start ? 206 : 200, {
            etag: '"v1"',
            ...(start ? { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
            'content-length': content.length - start,
          });
          await breakAfter(response, content.subarray(start, start + 10_000));
        });
        expect(await get(origin)).toMatchObject({ sha256: sha256(content) });
        expect(origin.asked.length).toBeGreaterThan(8);
      });

      test('is taken up where a server gives less of the rest than was asked for', async () => {
        const origin = await serve(async ({ headers }, response, count) => {
          if (count === 1) return breakAfter(response.writeHead(200, versioned), content.subarray(0, half));
          const start = rest(headers.range);
          const end = Math.min(start + 30_000, content.length);
          response.writeHead(206, {
            etag: '"v1"',
            'content-range': `bytes ${start}-${end - 1}/${content.length}`,
            'content-length': end - start,
          });
          response.end(content.subarray(start, end));
        });
        expect(await get(origin)).toMatchObject({ bytes: content.length, sha256: sha256(content) });
      });

      test('is taken up by date where there is no strong tag', async () => {
        const dated = { etag: 'W/"v1"', 'last-modified': 'Tue, 01 Sep 2026 10:00:00 GMT' };
        const origin = await serve(async ({ headers }, response, count) => {
          if (count === 1) {
            const head = response.writeHead(200, { ...dated, 'content-length': content.length });
            return breakAfter(head, content.subarray(0, half));
          }
          const start = rest(headers.range);
          const range = `bytes ${start}-${content.length - 1}/${content.length}`;
          response.writeHead(206, { ...dated, 'content-range': range }).end(content.subarray(start));
        });
        expect(await get(origin)).toMatchObject({ sha256: sha256(content) });
        expect(origin.asked[1]?.headers).toMatchObject({ 'if-range': 'Tue, 01 Sep 2026 10:00:00 GMT' });
      });

      test.each([
        ['no tag and no date', {}],
        ['a weak tag only', { etag: 'W/"v1"' }],
        ['a date of this very second', { 'last-modified': new Date().toUTCString(), date: new Date().toUTCString() }],
      ])('begins again where the answer has %s', async (_, headers) => {
        const origin = await serve(async (_, response, count) => {
          const head = response.writeHead(200, { ...headers, 'content-length': content.length });
          if (count === 1) return breakAfter(head, content.subarray(0, half));
          head.end(content);
        });
        expect(await get(origin)).toMatchObject({ sha256: sha256(content) });
        expect(origin.asked[1]?.headers).not.toHaveProperty('range');
      });

      test('begins again where the server does not know ranges', async () => {
        const origin = await serve(async (_, response, count) => {
          const head = response.writeHead(200, versioned);
          if (count === 1) return breakAfter(head, content.subarray(0, half));
          head.end(content);
        });
        expect(await get(origin)).toMatchObject({ bytes: content.length, sha256: sha256(content) });
        expect((await readFile(file())).equals(content)).toBe(true);
        expect(origin.asked[1]?.headers).toHaveProperty('range');
      });

      test('a shorter version that is sent whole leaves nothing of the longer one', async () => {
        const origin = await serve(async (_, response, count) => {
          if (count === 1) return breakAfter(response.writeHead(200, versioned), content.subarray(0, half));
          response.writeHead(200, { etag: '"v2"', 'content-length': 3 }).end('new');
        });
        expect(await get(origin)).toMatchObject({ bytes: 3, sha256: sha256(Buffer.from('new')), etag: '"v2"' });
        expect(await readFile(file(), 'utf8')).toBe('new');
      });

      test.each([
        ['another tag', { etag: '"v2"' }, content.length],
        ['another size', { etag: '"v1"' }, content.length + 1],
        ['another date', { 'last-modified': 'Wed, 02 Sep 2026 10:00:00 GMT' }, content.length],
      ])('is input.changed where the rest has %s', async (_, version, total) => {
        const origin = await serve(async ({ headers }, response, count) => {
          if (count === 1) {
            const all = { ...versioned, 'last-modified': 'Tue, 01 Sep 2026 10:00:00 GMT' };
            return breakAfter(response.writeHead(200, all), content.subarray(0, half));
          }
          const start = rest(headers.range);
          response.writeHead(206, { ...version, 'content-range': `bytes ${start}-${total - 1}/${total}` });
          response.end(content.subarray(start));
        });
        await expect(get(origin)).rejects.toMatchObject({ code: 'input.changed' });
        expect(await readdir(folder)).toEqual([]);
      });

      test('is input.changed where there is no rest any more', async () => {
        const origin = await serve(async (_, response, count) => {
          if (count === 1) return breakAfter(response.writeHead(200, versioned), content.subarray(0, half));
          response.writeHead(416, { 'content-range': 'bytes */12' }).end();
        });
        await expect(get(origin)).rejects.toMatchObject({ code: 'input.changed' });
      });

      test('is whole where it broke after the last byte of an unannounced size', async () => {
        const origin = await serve(async (_, response, count) => {
          if (count === 1) return breakAfter(response.writeHead(200, { etag: '"v1"' }), content);
          response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
        });
        expect(await get(origin)).toMatchObject({ sha256: sha256(content) });
      });

      test.each(['bytes 0-99999/100000', 'items 3-4/5', undefined])('refuses a rest of %s', async (range) => {
        const origin = await serve(async (_, response, count) => {
          if (count === 1) return breakAfter(response.writeHead(200, versioned), content.subarray(0, half));
          response.writeHead(206, range ? { 'content-range': range } : {}).end(content);
        });
        await expect(get(origin)).rejects.toMatchObject({ code: 'input.unreachable' });
        expect(await readdir(folder)).toEqual([]);
      });

      test('a body that is always shorter than announced is a failure', async () => {
        const origin = await serve((_, response) =>
          breakAfter(response.writeHead(200, { 'content-length': 100 }), Buffer.alloc(60)),
        );
        await expect(get(origin)).rejects.toMatchObject({ code: 'input.unreachable' });
        expect(origin.asked.length).toBeLessThan(6);
        expect(await readdir(folder)).toEqual([]);
      });

      test('a rest that grows over the largest size is too large', async () => {
        const origin = await serve(async ({ headers }, response, count) => {
          if (count === 1) return breakAfter(response.writeHead(200, { etag: '"v1"' }), content.subarray(0, half));
          const start = rest(headers.range);
          response.writeHead(206, { etag: '"v1"', 'content-range': `bytes ${start}-1999999/2000000` });
          response.flushHeaders();
        });
        await expect(get(origin)).rejects.toMatchObject({ code: 'input.too_large' });
      });
    });
  });
};
