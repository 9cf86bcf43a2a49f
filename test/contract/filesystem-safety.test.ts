/** What the filesystem store and its routes promise beyond the port: safe paths, nothing half-done, nothing in memory. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clearStaging } from '#adapters/filesystem/layout.ts';
import { filesystemObjectStore } from '#adapters/filesystem/object-store.ts';
import { signedUrls } from '#adapters/filesystem/signed-urls.ts';
import { startFilesystemStore } from '#test/support/filesystem-store.ts';

const video = { contentType: 'video/mp4' };
const forAMinute = { expiresInSeconds: 60 };
const shown = { ...video, filename: 'a.mp4', disposition: 'inline', ...forAMinute } as const;

describe('the filesystem store', () => {
  let server: Awaited<ReturnType<typeof startFilesystemStore>>;
  let folder: string;

  beforeAll(async () => {
    server = await startFilesystemStore();
    folder = await mkdtemp(path.join(tmpdir(), 'kinoduct-safety-'));
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Every file and folder of the store. */
  const everything = async (): Promise<readonly string[]> => readdir(server.root, { recursive: true });

  test.each([
    '',
    '/',
    '/etc/passwd',
    'a/',
    'a//b',
    '.',
    '..',
    '../secret',
    'a/../../secret',
    'a/..',
    'a/./b',
    'a/.object.json',
    '.hidden',
    'a\0b',
    'a\\..\\b',
    'C:\\x',
    'a/b\n',
    'a/ü',
    'a%2e%2e/b',
    'a/*',
    'x'.repeat(201),
    'x/'.repeat(600),
    'a?b',
    '~/x',
  ])('refuses the key %j in every method', async (key) => {
    const { store } = server;
    const before = await everything();
    const file = path.join(folder, 'out');
    await writeFile(path.join(folder, 'in'), 'x');
    const uses = [
      store.head(key),
      store.read(key),
      store.write(key, 'x', video),
      store.download({ key }, file),
      store.upload(path.join(folder, 'in'), key, video),
      store.copy('a', key),
      store.copy(key, 'a'),
      store.remove(key),
      store.removeAll(`${key}/`),
      store.startMultipart(key, video),
      store.receive({ method: 'PUT', key, bytes: 1 }, Readable.from([Buffer.from('x')])),
    ];
    for (const result of await Promise.allSettled(uses)) expect(result.status).toBe('rejected');
    expect(existsSync(file)).toBe(false);
    expect(await everything()).toEqual(before);
  });

  test('follows no link, neither to read nor to write', async () => {
    const outside = path.join(folder, 'outside');
    await mkdir(outside);
    await writeFile(path.join(outside, '.object.json'), await anyRecord());
    await symlink(outside, path.join(server.root, 'objects', 'linked'));
    for (const key of ['linked', 'linked/below']) {
      await expect(server.store.head(key)).rejects.toMatchObject({ code: 'platform.internal' });
      await expect(server.store.write(key, 'x', video)).rejects.toMatchObject({ code: 'platform.internal' });
      await expect(server.store.removeAll(`${key}/`)).rejects.toMatchObject({ code: 'platform.internal' });
    }
    expect(await readdir(outside)).toEqual(['.object.json']);
    await rm(path.join(server.root, 'objects', 'linked'));
  });

  const anyRecord = async (): Promise<string> => {
    await server.store.write('any', 'x', video);
    const record = await readFile(path.join(server.root, 'objects', 'any', '.object.json'), 'utf8');
    await server.store.remove('any');
    return record;
  };

  test('leaves no folder behind when objects and uploads are gone', async () => {
    const before = await everything();
    const { store } = server;
    await store.write('uploads/ana/u1/source', 'x', video);
    await store.remove('uploads/ana/u1/source');
    await store.write('outputs/ana/j1/a', 'x', video);
    await store.startMultipart('outputs/ana/j1/b', video);
    await store.removeAll('outputs/ana/j1/');
    const id = await store.startMultipart('uploads/ana/u2/source', video);
    await store.abortMultipart({ key: 'uploads/ana/u2/source', id });
    expect(await everything()).toEqual(before);
  });

  test('links on one file system, read-only, and copies to another', async () => {
    const { store } = server;
    const [source, target] = [path.join(folder, 'made'), path.join(folder, 'got')];
    await writeFile(source, 'bytes');
    await store.upload(source, 'work/linked', video);
    await store.download({ key: 'work/linked' }, target);
    expect((await stat(target)).ino).toBe((await stat(source)).ino);
    expect((await stat(target)).mode & 0o777).toBe(0o400);
    const elsewhere = '/dev/shm';
    if (!existsSync(elsewhere) || (await stat(elsewhere)).dev === (await stat(folder)).dev) return;
    const other = await mkdtemp(path.join(elsewhere, 'kinoduct-'));
    try {
      await store.download({ key: 'work/linked' }, path.join(other, 'got'));
      await store.upload(path.join(other, 'got'), 'work/copied', video);
      expect(await readFile(path.join(other, 'got'), 'utf8')).toBe('bytes');
      expect(Buffer.from((await store.read('work/copied')) ?? []).toString()).toBe('bytes');
    } finally {
      await rm(other, { recursive: true });
    }
  });

  test('notices bytes that were cut off behind its back, and leaves no file', async () => {
    await server.store.write('work/damaged', 'whole bytes', video);
    const object = await server.store.locate('work/damaged');
    await truncate(object?.file ?? '', 5);
    const file = path.join(folder, 'damaged');
    await expect(server.store.download({ key: 'work/damaged' }, file)).rejects.toMatchObject({
      code: 'platform.internal',
    });
    expect(existsSync(file)).toBe(false);
  });

  test('readers see whole objects while writers replace them', async () => {
    const { store } = server;
    const state = { writing: true };
    const write = async (digit: string) => {
      for (let n = 0; n < 40; n += 1) await store.write('work/busy', digit.repeat(1000 + n), video);
    };
    const read = async () => {
      while (state.writing) {
        const text = Buffer.from((await store.read('work/busy')) ?? []).toString();
        expect(text).toMatch(/^(0*|1*|2*)$/);
      }
    };
    await store.write('work/busy', '0', video);
    const readers = [read(), read()];
    await Promise.all([write('1'), write('2')]);
    state.writing = false;
    await Promise.all(readers);
  });

  test('a kill at any moment leaves a whole object, with the type of its own bytes', async () => {
    const root = await mkdtemp(path.join(tmpdir(), 'kinoduct-killed-'));
    const urls = signedUrls({ secret: randomBytes(32), origin: () => 'http://127.0.0.1' });
    try {
      for (let round = 0; round < 12; round += 1) {
        const child = spawn(process.execPath, ['test/support/keep-writing.ts', root], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        await once(child.stdout, 'data');
        await sleep(20 + Math.random() * 60);
        child.kill('SIGKILL');
        await once(child, 'exit');
        await clearStaging(root);
        const store = filesystemObjectStore({ root, urls });
        const object = await store.head('work/ana/same');
        const text = Buffer.from((await store.read('work/ana/same')) ?? []).toString();
        const digit = object?.contentType.slice(-1) ?? '';
        expect(text).toBe(digit.repeat(object?.bytes ?? 0));
        expect(text.length).toBeGreaterThan(0);
      }
      expect(await readdir(path.join(root, 'staging'))).toEqual([]);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });

  describe('over HTTP', () => {
    test('a PUT that breaks off leaves nothing', async () => {
      const before = await everything();
      const { url, headers } = await server.store.presignPut('uploads/ana/cut/source', {
        ...video,
        bytes: 1_000_000,
        ...forAMinute,
      });
      const { hostname, port, pathname, search } = new URL(url);
      const socket = connect(Number(port), hostname);
      const lines = Object.entries({ host: `${hostname}:${port}`, ...headers }).map(([k, v]) => `${k}: ${v}`);
      socket.write([`PUT ${pathname}${search} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
      socket.write(randomBytes(300_000));
      while ((await readdir(path.join(server.root, 'staging'))).length === 0) await sleep(5);
      socket.destroy();
      while ((await readdir(path.join(server.root, 'staging'))).length > 0) await sleep(5);
      expect(await everything()).toEqual(before);
    });

    test('a body goes to disk and back without being held in memory', async () => {
      const chunk = randomBytes(2 ** 20);
      const count = 256;
      const { url, headers } = await server.store.presignPut('uploads/ana/big/source', {
        ...video,
        bytes: count * chunk.length,
        ...forAMinute,
      });
      const before = process.memoryUsage().arrayBuffers;
      let most = 0;
      const watch = () => {
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      };
      const sending = request(url, { method: 'PUT', headers });
      const answered = once(sending, 'response');
      await pipeline(function* () {
        for (let n = 0; n < count; n += 1) {
          watch();
          yield chunk; // the same bytes each time: what grows is the server's
        }
      }, sending);
      const [response] = await answered;
      expect(response.statusCode).toBe(200);
      response.resume();
      const get = await server.store.presignGet('uploads/ana/big/source', shown);
      const reader = (await fetch(get.url)).body ?? [];
      let got = 0;
      for await (const bytes of reader) {
        got += bytes.length;
        watch();
      }
      expect(got).toBe(count * chunk.length);
      expect(most).toBeLessThan(96 * 2 ** 20);
    });

    test('answers cannot act as pages of the console', async () => {
      await server.store.write('outputs/ana/page', '<script>alert(1)</script>', { contentType: 'text/html' });
      const response = await fetch((await server.store.presignGet('outputs/ana/page', shown)).url);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('content-security-policy')).toContain('sandbox');
      expect(response.headers.get('content-disposition')).toBe('inline; filename=a.mp4');
      await response.body?.cancel();
    });

    test('HEAD says what GET would, and an unchanged object is not sent again', async () => {
      const { etag } = await server.store.write('outputs/ana/head', '0123456789', video);
      const { url } = await server.store.presignGet('outputs/ana/head', shown);
      const head = await fetch(url, { method: 'HEAD' });
      expect([head.status, head.headers.get('content-length')]).toEqual([200, '10']);
      expect(await head.text()).toBe('');
      const known = { 'if-none-match': `"${etag}"`, 'cache-control': 'max-age=0' };
      expect((await fetch(url, { headers: known })).status).toBe(304);
      const stale = await fetch(url, { headers: { range: 'bytes=0-1', 'if-range': '"other"' } });
      expect([stale.status, await stale.text()]).toEqual([200, '0123456789']);
      expect((await fetch(`${url}x`, { method: 'HEAD' })).status).toBe(403);
    });

    test('other methods are refused, other paths are left to others', async () => {
      const { url } = await server.store.presignGet('outputs/ana/none', shown);
      const response = await fetch(url, { method: 'DELETE' });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, PUT']);
      expect((await fetch(`${server.origin}/v1/jobs`)).status).toBe(404);
      expect((await fetch(`${server.origin}/objects/%zz`)).status).toBe(403);
      expect((await fetch(`${server.origin}/objects/..%2f..%2fetc/passwd?expires=9999999999&signature=x`)).status).toBe(
        403,
      );
    });

    test('a PUT without a length is refused with 411, the signed one with the wrong method with 403', async () => {
      const put = await server.store.presignPut('uploads/ana/chunked/source', { ...video, ...forAMinute });
      const chunked = await fetch(put.url, {
        method: 'PUT',
        headers: put.headers,
        body: new ReadableStream({
          start: (controller) => {
            controller.enqueue(Buffer.from('bytes'));
            controller.close();
          },
        }),
        duplex: 'half',
      });
      expect([chunked.status, chunked.headers.get('content-type')]).toEqual([411, 'application/problem+json']);
      expect((await fetch(put.url)).status).toBe(403);
      expect(await server.store.head('uploads/ana/chunked/source')).toBeUndefined();
    });
  });

  test('an address signed with another secret is worth nothing', async () => {
    const other = signedUrls({ secret: randomBytes(32), origin: () => server.origin });
    await server.store.write('outputs/ana/safe', 'x', video);
    const { url } = other.sign({ method: 'GET', key: 'outputs/ana/safe' }, 60);
    expect((await fetch(url)).status).toBe(403);
    expect(() => signedUrls({ secret: randomBytes(16), origin: () => '' })).toThrow(RangeError);
  });

  test('nothing half-done lies about in the end', async () => {
    expect(await readdir(path.join(server.root, 'staging'))).toEqual([]);
  });
});
