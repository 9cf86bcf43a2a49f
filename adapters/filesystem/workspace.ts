/** Scratch folders below one root. The same on a laptop, in a Lambda function's /tmp and in a container. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, lstat, mkdir, mkdtemp, open, readdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '#core/failures.ts';
import { FileName } from '#core/job/file-name.ts';
import { type Asset, assetPath, assetsFolder } from '#core/job/plan.ts';
import type { Folder, Workspace } from '#core/ports/workspace.ts';
import { orAbsent } from './layout.ts';
import { measure, storageFailure, writeParts } from './staging.ts';

/** Tells this process from an earlier one that had the same pid, as the first in a container always does. */
const thisProcess = `${process.pid}-${randomBytes(4).toString('hex')}`;
const pattern = /^work-((\d+)-[0-9a-f]{8})-\w{6}$/;

/**
 * `root` lies where there is space: on the object store's own file system, where it has one, so that downloads are
 * links. `assets` are the files that ship with the deployment. Folders that cannot be removed at the end are left to `wipeStaleFolders`.
 */
export const filesystemWorkspace = ({ root, assets = {} }: { root: string; assets?: AssetFiles }): Workspace => ({
  use: async (neededBytes, work) => {
    await mkdir(root, { recursive: true, mode: 0o700 });
    const { bavail, bsize } = await statfs(root);
    const freeBytes = bavail * bsize;
    if (freeBytes < neededBytes)
      throw new Failure('limit.storage', {
        detail: `The work needs ${neededBytes} bytes of scratch space; ${freeBytes} are free.`,
      });
    const folder = await mkdtemp(path.join(root, `work-${thisProcess}-`)); // mode 0700
    try {
      return await work(folderAt(folder, assets));
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
    }
  },
});

/**
 * Removes folders that processes left behind when they were killed. Call it before the first `use`; folders of
 * processes that are alive stay.
 */
export const wipeStaleFolders = async (root: string): Promise<void> => {
  for (const name of (await orAbsent(readdir(root))) ?? []) {
    const [, owner, pid] = pattern.exec(name) ?? [];
    const stale =
      owner !== undefined && owner !== thisProcess && (Number(pid) === process.pid || !isAlive(Number(pid)));
    if (stale) await rm(path.join(root, name), { recursive: true, force: true });
  }
};

/** Signal 0 only asks; EPERM means that it lives and belongs to somebody else. */
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

/** By its byte order mark; UTF-8 without one. */
const decoded = (bytes: Buffer): string => {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding).decode(bytes);
};

/** Absolute paths. */
type AssetFiles = Readonly<Partial<Record<Asset, string>>>;

const folderAt = (folder: string, assets: AssetFiles): Folder => {
  const at = (file: string): string => path.join(folder, FileName.parse(file));
  return {
    path: folder,
    at,
    // The old file is removed, never written over: it may be a link to the store's own bytes.
    writeText: async (file, text) => {
      await rm(at(file), { force: true });
      await writeFile(at(file), text, { flag: 'wx', mode: 0o600 });
    },
    fill: async (file, bytes, work) => {
      const handle = await open(at(file), constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
      try {
        const { size, nlink } = await handle.stat();
        if (nlink > 1) throw new Failure('platform.internal', { detail: 'The bytes of the store are not written to.' });
        if (size !== bytes) await handle.truncate(bytes);
        await work((start, parts) => writeParts(handle, parts, start));
      } catch (error) {
        throw storageFailure(error);
      } finally {
        await handle.close();
      }
    },
    copy: async (from, to) => {
      await rm(at(to), { force: true });
      await copyFile(at(from), at(to), constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    },
    place: async (asset) => {
      const from = assets[asset];
      if (from === undefined) throw new Failure('platform.internal', { detail: `Nothing is known of ${asset}.` });
      await mkdir(path.join(folder, assetsFolder), { recursive: true, mode: 0o700 });
      await copyFile(from, path.join(folder, assetPath(asset)), constants.COPYFILE_FICLONE);
    },
    text: async (file, maxBytes) => {
      const { size } = await lstat(at(file));
      if (size > maxBytes)
        throw new Failure('input.too_large', { detail: `The text has ${size} bytes; at most ${maxBytes} are read.` });
      return decoded(await readFile(at(file)));
    },
    bytes: async (file, start, length) => {
      const handle = await open(at(file));
      try {
        const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, start);
        return buffer.subarray(0, bytesRead);
      } finally {
        await handle.close();
      }
    },
    list: async () => {
      const entries = await readdir(folder, { withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
      const sizes = await Promise.all(files.map(async (file) => (await lstat(path.join(folder, file))).size));
      return files.map((file, n) => ({ file, bytes: sizes[n] ?? 0 })).toSorted((a, b) => (a.file < b.file ? -1 : 1));
    },
    measure: async (file) => {
      const found = await orAbsent(lstat(at(file)));
      if (!found?.isFile()) return undefined;
      return measure(at(file));
    },
  };
};
