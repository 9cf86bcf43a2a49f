/**
 * Where objects lie on disk. Every object has a folder of its own, named by its key:
 *
 *     root/objects/uploads/ana/upl_01…/source/.object.json          what the object is; its presence is the object
 *                                             .<uuid>.data          its bytes, never changed once they lie here
 *                                             .upload-<uuid>/       a multipart upload that has not ended
 *     root/staging/<uuid>                                           whatever is being written
 *
 * Nothing is visible before `.object.json` appears, by one rename or link of a file that is already on disk. So a
 * `kill -9` at any moment leaves the old object or the new one, each with its own bytes and type; what else it leaves
 * has no name that a reader looks at, and goes with `clearStaging` at the next start or with `removeAll`.
 * Names in a key never start with a dot, so an object and the folders below its key cannot meet.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { lstat, mkdir, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '#core/failures.ts';
import { isObjectKey } from '#core/job/keys.ts';

export type Layout = {
  readonly objects: string;
  /** A path that does not exist yet, in the same file system as the objects. */
  readonly stagingPath: () => string;
  /** The folder of a key. Fails where the key is none of ours or a part of the path is not a plain folder. */
  readonly folderOf: (key: string) => Promise<string>;
};

export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** Resolves to undefined where the file or folder is not there. */
export const orAbsent = async <T>(work: Promise<T>): Promise<T | undefined> => {
  try {
    return await work;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
};

const refuse = (detail: string): never => {
  throw new Failure('platform.internal', { detail });
};

/** A link inside the store would lead reads and writes out of it: every part of the path is looked at, and none followed. */
const onlyFolders = async (root: string, names: readonly string[]): Promise<void> => {
  let at = root;
  for (const name of names) {
    at = path.join(at, name);
    const found = await orAbsent(lstat(at));
    if (!found) return;
    if (!found.isDirectory()) refuse('A part of the path of that object is not a folder.');
  }
};

/** Makes the two folders, readable by this user only. `root` must lie on one file system. */
export const layoutOf = (root: string): Layout => {
  const objects = path.resolve(root, 'objects');
  const staging = path.resolve(root, 'staging');
  for (const folder of [objects, staging]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    objects,
    stagingPath: () => path.join(staging, randomUUID()),
    folderOf: async (key) => {
      if (!isObjectKey(key)) refuse('That is not a key of an object.');
      const names = key.split('/');
      await onlyFolders(objects, names);
      return path.join(objects, ...names);
    },
  };
};

/**
 * Moves a staged file to its place in `folder`, which is made where it is missing. Tries again because `prune` may
 * take the empty folder away in between.
 */
export const place = async (from: string, folder: string, name: string): Promise<void> => {
  for (let triesLeft = 5; ; triesLeft -= 1) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      return await rename(from, path.join(folder, name));
    } catch (error) {
      if (errorCode(error) !== 'ENOENT' || triesLeft === 0) throw error;
    }
  }
};

/** Removes `folder` and the folders above it, up to the root of all objects, as far as they are empty. */
export const prune = async (layout: Layout, folder: string): Promise<void> => {
  for (let at = folder; at.startsWith(`${layout.objects}${path.sep}`); at = path.dirname(at)) {
    try {
      await rmdir(at);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') return;
    }
  }
};

/** Takes a whole folder out of sight at once, then removes it. Absent is fine. */
export const discard = async (layout: Layout, folder: string): Promise<void> => {
  const trash = layout.stagingPath();
  await orAbsent(rename(folder, trash));
  await rm(trash, { recursive: true, force: true });
  await prune(layout, path.dirname(folder));
};

/** Removes what a killed process was writing. For the start of the only process that uses `root`, never later. */
export const clearStaging = async (root: string): Promise<void> => {
  const staging = path.resolve(root, 'staging');
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true, mode: 0o700 });
};
