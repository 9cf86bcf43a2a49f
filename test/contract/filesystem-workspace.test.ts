/** Scratch folders on disk. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { link, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesystemWorkspace, wipeStaleFolders } from '#adapters/filesystem/workspace.ts';

describe('a scratch folder', () => {
  let root: string;
  beforeAll(async () => {
    root = path.join(await mkdtemp(path.join(tmpdir(), 'kinoduct-work-')), 'work');
  });
  afterAll(() => rm(path.dirname(root), { recursive: true, force: true }));

  test('is empty, private, and gone afterwards', async () => {
    const used = await filesystemWorkspace({ root }).use(1, async (folder) => {
      expect(await readdir(folder.path)).toEqual([]);
      expect((await stat(folder.path)).mode & 0o777).toBe(0o700);
      await folder.writeText('list.txt', 'one');
      await folder.copy('list.txt', 'copy.txt');
      expect(await readFile(folder.at('copy.txt'), 'utf8')).toBe('one');
      return folder.path;
    });
    expect(existsSync(used)).toBe(false);
  });

  test('is gone when the work fails, and the failure is the one that is reported', async () => {
    const work = filesystemWorkspace({ root }).use(1, async (folder) => {
      await mkdir(path.join(folder.path, 'deep'));
      await folder.writeText('a.txt', 'x');
      throw new Error('the work failed');
    });
    await expect(work).rejects.toThrow('the work failed');
    expect(await readdir(root)).toEqual([]);
  });

  test('is not made where there is not enough space', async () => {
    let ran = false;
    const work = filesystemWorkspace({ root }).use(Number.MAX_SAFE_INTEGER, async () => {
      ran = true;
    });
    await expect(work).rejects.toMatchObject({ code: 'limit.storage' });
    expect(ran).toBe(false);
  });

  test.each(['../x', '/etc/passwd', 'a/b', '', '.', '-y', 'a\0'])('has no file named %j', async (name) => {
    await filesystemWorkspace({ root }).use(1, async (folder) => {
      expect(() => folder.at(name)).toThrow();
      await expect(folder.writeText(name, 'x')).rejects.toThrow();
    });
  });

  test('measures plain files only', async () => {
    await filesystemWorkspace({ root }).use(1, async (folder) => {
      await folder.writeText('a.txt', 'abc');
      await symlink('/etc/passwd', folder.at('link.txt'));
      const sha256 = createHash('sha256').update('abc').digest('hex');
      expect(await folder.measure('a.txt')).toEqual({ bytes: 3, sha256 });
      expect(await folder.measure('link.txt')).toBeUndefined();
      expect(await folder.measure('none.txt')).toBeUndefined();
    });
  });

  test('never writes over a file that the store shares with it', async () => {
    const shared = path.join(path.dirname(root), 'shared');
    await writeFile(shared, 'the bytes of an object');
    await filesystemWorkspace({ root }).use(1, async (folder) => {
      await link(shared, folder.at('a.txt'));
      await link(shared, folder.at('b.txt'));
      await folder.writeText('a.txt', 'x');
      await folder.copy('a.txt', 'b.txt');
      expect(await readFile(folder.at('b.txt'), 'utf8')).toBe('x');
    });
    expect(await readFile(shared, 'utf8')).toBe('the bytes of an object');
  });

  test('of a dead process is wiped; those of living ones and strange names stay', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    const dead = `work-${child.pid}-0a1b2c3d-abcdef`;
    const earlierWithOurPid = `work-${process.pid}-0a1b2c3d-abcdef`;
    const living = `work-${process.ppid}-0a1b2c3d-abcdef`;
    for (const name of [dead, earlierWithOurPid, living, 'holiday'])
      await mkdir(path.join(root, name), { recursive: true });
    await filesystemWorkspace({ root }).use(1, async (folder) => {
      await wipeStaleFolders(root);
      expect((await readdir(root)).sort()).toEqual([path.basename(folder.path), living, 'holiday'].sort());
    });
    await wipeStaleFolders(path.join(root, 'none'));
  });
});
