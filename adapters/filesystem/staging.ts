/** Bytes on their way into the store: written or linked aside, hashed, and on disk before anyone can see them. */
import { createHash } from 'node:crypto';
import { chmod, type FileHandle, link, lstat, open, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { Failure } from '#core/failures.ts';
import { errorCode, type Layout } from './layout.ts';

export type Staged = { readonly path: string; readonly bytes: number; readonly sha256: string };

/** Objects are never written again, so nobody gets to open one for writing by mistake. */
const readOnly = 0o400;

/** `limit.storage` where a disk is full. */
export const storageFailure = (error: unknown): unknown =>
  ['ENOSPC', 'EDQUOT'].includes(errorCode(error) ?? '')
    ? new Failure('limit.storage', { detail: 'The disk is full.' }, { cause: error })
    : error;

type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

const pieceBytes = 1 << 18;

/**
 * What is in a file, piece by piece, always in the same buffer: whoever takes a piece is done with it before the next.
 * A stream would leave a buffer behind for each, which for a film is more than all else that the process holds.
 */
export async function* piecesFrom(handle: FileHandle, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(pieceBytes);
  for (;;) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(buffer, 0, pieceBytes, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

export async function* piecesOf(file: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const handle = await open(file, 'r');
  try {
    yield* piecesFrom(handle, signal);
  } finally {
    await handle.close();
  }
}

/** At the end of what was written before, or at `at`. */
const writeAll = async (handle: FileHandle, chunk: Uint8Array, at?: number): Promise<void> => {
  for (let written = 0; written < chunk.length; ) {
    const position = at === undefined ? null : at + written;
    written += (await handle.write(chunk, written, chunk.length - written, position)).bytesWritten;
  }
};

/** Writes parts one behind another from there on, without putting them together in memory before. */
export const writeParts = async (handle: FileHandle, parts: readonly Uint8Array[], at: number): Promise<void> => {
  const bytes = parts.reduce((sum, { length }) => sum + length, 0);
  const { bytesWritten: written } = await handle.writev(parts, at);
  if (written === bytes) return;
  // What is left when not all was taken at once.
  let start = 0;
  for (const part of parts) {
    const done = Math.min(part.length, Math.max(0, written - start));
    await writeAll(handle, part.subarray(done), at + start + done);
    start += part.length;
  }
};

/** Writes the chunks to `file`, which must not exist, and syncs it. Whatever goes wrong, no file of ours stays behind. */
export const writeHashed = async (
  source: Chunks,
  file: string,
  options: { readonly mode: number; readonly signal?: AbortSignal | undefined },
): Promise<Staged> => {
  const hash = createHash('sha256');
  let bytes = 0;
  const handle = await open(file, 'wx', options.mode);
  const write = async (chunks: Chunks): Promise<void> => {
    for await (const chunk of chunks) {
      hash.update(chunk);
      await writeAll(handle, chunk);
      bytes += chunk.length;
    }
    await handle.sync();
  };
  try {
    try {
      await pipeline(source, write, options.signal ? { signal: options.signal } : {});
    } finally {
      await handle.close();
    }
  } catch (error) {
    await rm(file, { force: true });
    throw options.signal?.aborted ? options.signal.reason : storageFailure(error);
  }
  return { path: file, bytes, sha256: hash.digest('hex') };
};

export const stageChunks = (layout: Layout, source: Chunks, signal?: AbortSignal): Promise<Staged> =>
  writeHashed(source, layout.stagingPath(), { mode: readOnly, signal });

/** Where a hard link cannot be made, for reasons that a copy does not share: another file system, too many links, none at all. */
const needsCopy = new Set(['EXDEV', 'EMLINK', 'EPERM', 'ENOTSUP', 'ENOSYS']);

/** Resolves to false where only a copy will do. */
export const linked = async (from: string, to: string): Promise<boolean> => {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (needsCopy.has(errorCode(error) ?? '')) return false;
    throw storageFailure(error);
  }
};

/** Length and hash of a file, read in passing. */
export const measure = async (file: string, signal?: AbortSignal): Promise<Omit<Staged, 'path'>> => {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of piecesOf(file, signal)) {
    hash.update(piece);
    bytes += piece.length;
  }
  return { bytes, sha256: hash.digest('hex') };
};

/** Takes a finished file over, by a link where that is possible: no byte moves, it is only read once for its hash. */
export const stageFile = async (layout: Layout, file: string, signal?: AbortSignal): Promise<Staged> => {
  if (!(await lstat(file)).isFile()) throw new Failure('platform.internal', { detail: 'Only plain files are stored.' });
  const path = layout.stagingPath();
  if (!(await linked(file, path))) return stageChunks(layout, piecesOf(file), signal);
  try {
    await chmod(path, readOnly);
    const measured = await measure(path, signal);
    await sync(path);
    return { path, ...measured };
  } catch (error) {
    await rm(path, { force: true });
    throw signal?.aborted ? signal.reason : error;
  }
};

/** Waits until a file's bytes, or a folder's names, are on the disk. */
export const sync = async (path: string): Promise<void> => {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};
