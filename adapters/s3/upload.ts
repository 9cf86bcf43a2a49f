/** From a file to a bucket, in parts where it is large. */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Upload } from '@aws-sdk/lib-storage';
import type { ObjectInfo } from '#core/ports/object-store.ts';
import { abortUploads, markedObject, type SpokenTo, unquoted } from './bucket.ts';
import { isDefinite, translated } from './failures.ts';

/** Four of them are in memory at once. S3 takes at most 10,000 parts. */
const partBytes = (total: number): number => Math.max(16 * 2 ** 20, Math.ceil(total / 10_000));

/**
 * The signal ends the file's stream and not the library's upload: so the library waits for the parts that are under way
 * before it aborts, and none of them arrives afterwards. It leaves parts behind where the last request fails; those
 * are aborted here. `mark` tells this upload from any other, when it is unknown whether the last request did its work.
 */
export const upload = async (
  bucket: SpokenTo,
  file: string,
  key: string,
  { contentType, signal }: { readonly contentType: string; readonly signal?: AbortSignal },
): Promise<ObjectInfo> => {
  const { size: bytes } = await stat(file);
  const mark = randomUUID();
  const body = createReadStream(file, { highWaterMark: 1 << 20, ...(signal ? { signal } : {}) });
  const transfer = new Upload({
    client: bucket.client,
    params: { Bucket: bucket.name, Key: key, Body: body, ContentType: contentType, Metadata: { mark } },
    partSize: partBytes(bytes),
  });
  try {
    const { ETag } = await transfer.done();
    return { key, bytes, etag: unquoted(ETag), contentType };
  } catch (error) {
    const landed = isDefinite(error) || signal?.aborted ? undefined : await markedObject(bucket, key, mark);
    if (landed) return landed;
    // The bucket's lifecycle rule takes what cannot be aborted now; the failure that led here is the one to report.
    await abortUploads(bucket, key).catch(() => undefined);
    throw signal?.aborted ? signal.reason : translated(error);
  } finally {
    body.destroy();
  }
};
