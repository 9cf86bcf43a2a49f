/** From a bucket to a file: hashed on the way, whole or not at all. */
import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { Failure } from '#core/failures.ts';
import type { SpokenTo } from './bucket.ts';
import { translated } from './failures.ts';

export const download = async (
  { client, name }: SpokenTo,
  { key, etag, versionId }: { readonly key: string; readonly etag?: string; readonly versionId?: string | undefined },
  file: string,
  signal?: AbortSignal,
): Promise<{ readonly bytes: number; readonly sha256: string }> => {
  signal?.throwIfAborted();
  // Opened first: a body that breaks off while one waits for anything else has nobody listening, and ends the process.
  const handle = await open(file, 'wx', 0o600);
  try {
    const { Body, ContentLength } = await client.send(
      new GetObjectCommand({
        Bucket: name,
        Key: key,
        VersionId: versionId,
        ...(etag === undefined ? {} : { IfMatch: `"${etag}"` }),
      }),
      signal ? { abortSignal: signal } : {},
    );
    if (!(Body instanceof Readable)) throw new Failure('platform.internal', { detail: 'The object has no body.' });
    const hash = createHash('sha256');
    let bytes = 0;
    await pipeline(
      Body,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          bytes += chunk.length;
          yield chunk;
        }
      },
      handle.createWriteStream(),
      signal ? { signal } : {},
    );
    if (bytes !== ContentLength)
      throw new Failure('platform.internal', { detail: `${bytes} of ${ContentLength} bytes arrived.` });
    return { bytes, sha256: hash.digest('hex') };
  } catch (error) {
    await handle.close();
    await rm(file, { force: true });
    throw signal?.aborted ? signal.reason : translated(error);
  }
};
