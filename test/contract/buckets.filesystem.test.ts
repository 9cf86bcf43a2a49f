/** Folders in the place of buckets, and what people may put into them. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  appendFile,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { folderBuckets } from '#adapters/filesystem/buckets.ts';
import type { Buckets } from '#core/ports/buckets.ts';
import { failureOf } from '#test/support/delivery.ts';
import { bucketsContract } from './buckets.contract.ts';

const startFolders = async () => {
  const base = await mkdtemp(path.join(tmpdir(), 'kinoduct-folders-'));
  const [inbox, outbox, nowhere] = ['inbox', 'outbox', 'nowhere'].map((name) => path.join(base, name)) as [
    string,
    string,
    string,
  ]; // true: three names make three paths
  await mkdir(inbox);
  await mkdir(outbox);
  const buckets = folderBuckets({ folders: { inbox, outbox, nowhere } });
  return { base, inbox, nowhere, buckets, close: () => rm(base, { recursive: true, force: true }) };
};

bucketsContract('folders', startFolders);

describe('a folder in the place of a bucket', () => {
  let base: string;
  let inbox: string;
  let nowhere: string;
  let buckets: Buckets;
  let close: () => Promise<void>;

  beforeEach(async () => {
    ({ base, inbox, nowhere, buckets, close } = await startFolders());
    await writeFile(path.join(base, 'secret'), 'secret');
  });
  afterEach(() => close());

  const reads = (key: string): readonly (() => Promise<unknown>)[] => [
    () => buckets.head({ bucket: 'inbox', key }),
    () => buckets.read({ bucket: 'inbox', key }, 100),
    () => buckets.download({ bucket: 'inbox', key }, path.join(base, 'stolen')),
  ];

  test.each<[string, string, () => unknown]>([
    ['a link to a file outside', 'x', () => symlink(path.join(base, 'secret'), path.join(inbox, 'x'))],
    ['a link to a file inside', 'x', async () => {
      await writeFile(path.join(inbox, 'y'), 'y');
      await symlink('y', path.join(inbox, 'x'));
    }],
    ['a link to a folder outside', 'x/secret', () => symlink(base, path.join(inbox, 'x'))],
    ['a link to itself', 'x', () => symlink('x', path.join(inbox, 'x'))],
    ['a hard link to a file outside', 'x', () => link(path.join(base, 'secret'), path.join(inbox, 'x'))],
    ['a pipe', 'x', () => execFileSync('mkfifo', [path.join(inbox, 'x')])],
    ['a folder', 'x', () => mkdir(path.join(inbox, 'x'))],
    ['a device', 'x/null', () => symlink('/dev', path.join(inbox, 'x'))],
    ['a socket', 'x', () => new Promise((resolve) => {
      const server = createServer().listen(path.join(inbox, 'x'), () => resolve(server.unref()));
    })],
  ])('does not read %s', async (_, key, make) => {
    await make();
    for (const read of reads(key)) expect(await failureOf(read())).toMatchObject({ code: 'input.forbidden_host' });
    expect(existsSync(path.join(base, 'stolen'))).toBe(false);
  }, 5_000); // biome-ignore format: a row each

  test.each(['.hidden', 'a/.hidden/b', '..', '/secret', 'a//b', 'a/'])('does not read the key "%s"', async (key) => {
    for (const read of reads(key)) expect(await failureOf(read())).toMatchObject({ code: 'spec.invalid' });
  });

  test('does not see names that no file system holds', async () => {
    for (const key of ['x'.repeat(300), `${'x/'.repeat(500)}x`])
      expect(await buckets.head({ bucket: 'inbox', key })).toBeUndefined();
    await writeFile(path.join(inbox, 'file'), 'x');
    expect(await buckets.head({ bucket: 'inbox', key: 'file/below' })).toBeUndefined();
  });

  test.each([
    ['a folder that is a link', 'x/new', 'input.forbidden_host', () => symlink(base, path.join(inbox, 'x'))],
    ['a folder that is a file', 'x/new', 'spec.invalid', () => writeFile(path.join(inbox, 'x'), 'x')],
    ['the name of a folder', 'x', 'spec.invalid', () => mkdir(path.join(inbox, 'x'))],
  ] as const)('does not write to %s', async (_, key, code, make) => {
    await make();
    const failure = await failureOf(buckets.write({ bucket: 'inbox', key }, 'new', { contentType: 'text/plain' }));
    expect(failure.code).toBe(code);
    expect(existsSync(path.join(base, 'new'))).toBe(false);
  });

  test('replaces a link, and not what it leads to', async () => {
    await symlink(path.join(base, 'secret'), path.join(inbox, 'x'));
    await buckets.write({ bucket: 'inbox', key: 'x' }, 'new', { contentType: 'text/plain' });
    expect(await readFile(path.join(base, 'secret'), 'utf8')).toBe('secret');
    expect(await readFile(path.join(inbox, 'x'), 'utf8')).toBe('new');
  });

  test('makes the folder where it is missing', async () => {
    await buckets.write({ bucket: 'nowhere', key: 'a/b.txt' }, 'x', { contentType: 'text/plain' });
    expect(await readFile(path.join(nowhere, 'a/b.txt'), 'utf8')).toBe('x');
  });

  test('works where the folder itself is reached by a link', async () => {
    await symlink(inbox, path.join(base, 'shortcut'));
    const linked = folderBuckets({ folders: { inbox: path.join(base, 'shortcut') } });
    await linked.write({ bucket: 'inbox', key: 'a.txt' }, 'x', { contentType: 'text/plain' });
    expect(await linked.read({ bucket: 'inbox', key: 'a.txt' }, 10)).toHaveLength(1);
  });

  test('shows nothing under the name before all of it is there, and leaves nothing aside', async () => {
    const source = path.join(base, 'source');
    await writeFile(source, Buffer.alloc(8 * 2 ** 20, 1));
    const object = { bucket: 'inbox', key: 'big.mp4' };
    const sizes = new Set<number | undefined>();
    const uploading = buckets.upload(source, object, { contentType: 'video/mp4' });
    const done = uploading.then(() => true);
    while (!(await Promise.race([done, new Promise((next) => setImmediate(next, false))])))
      sizes.add((await stat(path.join(inbox, 'big.mp4')).catch(() => undefined))?.size);
    sizes.delete(undefined);
    sizes.delete(8 * 2 ** 20);
    expect([...sizes]).toEqual([]);
    expect(await readdir(inbox)).toEqual(['big.mp4']);
  });

  test('leaves nothing of an upload that is stopped half-way', async () => {
    const source = path.join(base, 'source');
    await writeFile(source, Buffer.alloc(64 * 2 ** 20));
    const stop = new AbortController();
    const { signal } = stop;
    const work = buckets.upload(source, { bucket: 'inbox', key: 'big' }, { contentType: 'video/mp4', signal });
    while ((await readdir(inbox)).length === 0) await new Promise((next) => setImmediate(next));
    stop.abort(new Error('canceled'));
    await expect(work).rejects.toThrow('canceled');
    expect(await readdir(inbox)).toEqual([]);
  });

  test('notices that a file is written to while it is read', async () => {
    const file = path.join(inbox, 'growing');
    await writeFile(file, Buffer.alloc(64 * 2 ** 20));
    const to = path.join(base, 'copy');
    const work = buckets.download({ bucket: 'inbox', key: 'growing' }, to);
    const failing = failureOf(work);
    while (!existsSync(to)) await new Promise((next) => setImmediate(next));
    await appendFile(file, 'more');
    expect(await failing).toMatchObject({ code: 'input.changed' });
    expect(existsSync(to)).toBe(false);
  });

  test('tells a file from one that took its name', async () => {
    await writeFile(path.join(inbox, 'a'), 'same length');
    const object = { bucket: 'inbox', key: 'a' };
    const etag = (await buckets.head(object))?.etag ?? '';
    await writeFile(path.join(inbox, 'b'), 'other bytes');
    await rename(path.join(inbox, 'b'), path.join(inbox, 'a'));
    expect((await buckets.head(object))?.etag).not.toBe(etag);
  });

  test('hands out copies, so that nobody changes an input afterwards', async () => {
    await writeFile(path.join(inbox, 'a'), 'first');
    const to = path.join(base, 'copy');
    await buckets.download({ bucket: 'inbox', key: 'a' }, to);
    await writeFile(path.join(inbox, 'a'), 'other');
    expect(await readFile(to, 'utf8')).toBe('first');
  });
});
