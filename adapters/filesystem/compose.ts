/** Stretches of objects, and objects one after another. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { Failure } from '#core/failures.ts';
import type { ComposePiece, StoredPiece } from '#core/ports/object-store.ts';
import type { Layout } from './layout.ts';
import { readRecord } from './records.ts';
import { piecesFrom } from './staging.ts';
import { errorCode } from './layout.ts';
import path from 'node:path';

/** Fails with `platform.internal` where the file ends before `end`. */
export const readStretch = async (
  file: string,
  { start, end }: { readonly start: number; readonly end: number },
): Promise<Uint8Array> => {
  const handle = await open(file, 'r');
  try {
    const bytes = Buffer.allocUnsafe(Math.max(0, end - start));
    let done = 0;
    while (done < bytes.length) {
      const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done);
      if (bytesRead === 0) throw new Failure('platform.internal', { detail: 'The object ends before that.' });
      done += bytesRead;
    }
    return bytes;
  } finally {
    await handle.close();
  }
};

/** Opened at once: from then on its bytes stay, whatever becomes of the object. */
const opened = async (layout: Layout, { key, etag }: StoredPiece) => {
  const folder = await layout.folderOf(key);
  for (let triesLeft = 5; ; triesLeft -= 1) {
    const record = await readRecord(folder);
    if (!record) throw new Failure('input.not_found', { object: key });
    if (etag !== undefined && record.sha256 !== etag) throw new Failure('input.changed', { object: key });
    try {
      return { handle: await open(path.join(folder, record.data), 'r'), record };
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
      if (triesLeft === 0) throw new Failure('input.not_found', { object: key }, { cause: error });
    }
  }
};

async function* ofObject(layout: Layout, piece: StoredPiece, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const { handle, record } = await opened(layout, piece);
  try {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of piecesFrom(handle, signal)) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
    const found = hash.digest('hex');
    // What the disk holds may not be what was written to it.
    if (bytes !== piece.bytes || found !== record.sha256 || found !== (piece.sha256 ?? found))
      throw new Failure('input.changed', { object: piece.key });
  } finally {
    await handle.close();
  }
}

/** Everything that the pieces hold. Fails with `input.changed` and `input.not_found`, where that is about a piece. */
export async function* chunksOf(
  layout: Layout,
  pieces: readonly ComposePiece[],
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    signal?.throwIfAborted();
    if (piece instanceof Uint8Array) yield piece;
    else yield* ofObject(layout, piece, signal);
  }
}
