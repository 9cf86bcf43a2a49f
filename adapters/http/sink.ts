/** A file that is written once, hashed on the way, and taken away again unless all of it came. */
import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { Failure } from '#core/failures.ts';

export interface Sink {
  readonly bytes: () => number;
  /** Waits for the disk, so that a fast sender cannot fill the memory. */
  readonly write: (piece: Uint8Array) => Promise<void>;
  /** Forgets what was written: the resource is read from its beginning. */
  readonly restart: () => Promise<void>;
  readonly sha256: () => string;
}

const translated = (error: unknown): unknown =>
  error instanceof Error && 'code' in error && error.code === 'ENOSPC'
    ? new Failure('limit.storage', {}, { cause: error })
    : error;

/** Fails where the file exists already. Whatever `work` rejects with, or where it resolves to false, no file stays. */
export const withSink = async <T>(file: string, work: (sink: Sink) => Promise<{ keep: boolean; result: T }>) => {
  const handle = await open(file, 'wx');
  let hash = createHash('sha256');
  let position = 0;
  let keep = false;
  const sink: Sink = {
    bytes: () => position,
    write: async (piece) => {
      hash.update(piece);
      for (let done = 0; done < piece.length; ) {
        const { bytesWritten } = await handle.write(piece, done, piece.length - done, position);
        done += bytesWritten;
        position += bytesWritten;
      }
    },
    restart: async () => {
      await handle.truncate(0);
      hash = createHash('sha256');
      position = 0;
    },
    sha256: () => hash.copy().digest('hex'),
  };
  try {
    const done = await work(sink);
    keep = done.keep;
    return done.result;
  } catch (error) {
    throw translated(error);
  } finally {
    await handle.close();
    if (!keep) await rm(file, { force: true });
  }
};
