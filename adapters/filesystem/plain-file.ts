/**
 * Opens files that other people put into a folder. Only plain files that lie in it and nowhere else are read: a link,
 * a device, a pipe or a second name of some other file would hand out what is not theirs.
 */
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '#core/failures.ts';
import { errorCode, orAbsent } from './layout.ts';

const forbidden = (detail: string): Failure => new Failure('input.forbidden_host', { detail });

/** O_NOFOLLOW refuses a link as the last part of the path, O_NONBLOCK a pipe that nobody writes to. */
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const opened = async (file: string): Promise<FileHandle | undefined> => {
  try {
    return await orAbsent(open(file, flags));
  } catch (error) {
    const code = errorCode(error) ?? '';
    if (code === 'ENAMETOOLONG') return undefined;
    if (['ELOOP', 'EMLINK', 'ENXIO', 'EACCES', 'EISDIR', 'EOPNOTSUPP'].includes(code))
      throw forbidden('Only plain files can be read, and only those that are readable.');
    throw error;
  }
};

/** What was opened is looked at, not its name, which may mean something else by now; the file must lie below `root`. */
const assertPlain = async (handle: FileHandle, file: string, root: string): Promise<void> => {
  const found = await handle.stat({ bigint: true });
  if (!found.isFile()) throw forbidden('Only plain files can be read.');
  if (found.nlink !== 1n) throw forbidden('A file with a second name (a hard link) is not read.');
  const real = await orAbsent(realpath(file));
  const there = real === undefined ? undefined : await orAbsent(lstat(real, { bigint: true }));
  const isSame = there?.ino === found.ino && there.dev === found.dev;
  if (real === undefined || !isSame || !real.startsWith(`${await realpath(root)}${path.sep}`))
    throw forbidden('A link leads out of the folder, or the file was moved just now.');
};

/** Hands the open file to `use` and closes it. Resolves to undefined where there is none. */
export const withPlainFile = async <T>(
  root: string,
  file: string,
  use: (handle: FileHandle) => Promise<T>,
): Promise<T | undefined> => {
  const handle = await opened(file);
  if (!handle) return undefined;
  try {
    await assertPlain(handle, file, root);
    return await use(handle);
  } finally {
    await handle.close();
  }
};
