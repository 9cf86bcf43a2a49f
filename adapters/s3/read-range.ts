/** Some bytes of an object, whole or not at all. */
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { Failure } from '#core/failures.ts';
import type { SpokenTo } from './bucket.ts';
import { asFailure, hasName } from './failures.ts';

export const readRange = async (
  { client, name }: SpokenTo,
  { key, etag }: { readonly key: string; readonly etag?: string | undefined },
  { start, end }: { readonly start: number; readonly end: number },
  signal?: AbortSignal,
): Promise<Uint8Array> => {
  signal?.throwIfAborted();
  if (end <= start) return new Uint8Array();
  const command = new GetObjectCommand({
    Bucket: name,
    Key: key,
    Range: `bytes=${start}-${end - 1}`,
    ...(etag === undefined ? {} : { IfMatch: `"${etag}"` }),
  });
  const bytes = await asFailure(received(client.send(command, signal ? { abortSignal: signal } : {})), signal);
  if (bytes.length !== end - start)
    throw new Failure('platform.internal', { detail: `${bytes.length} of ${end - start} bytes arrived.` });
  return bytes;
};

const received = async (
  sent: Promise<{ readonly Body?: { transformToByteArray(): Promise<Uint8Array> } }>,
): Promise<Uint8Array> => {
  try {
    return (await (await sent).Body?.transformToByteArray()) ?? new Uint8Array();
  } catch (error) {
    // Where the object ends before the first byte that was asked for.
    if (hasName(error, 'InvalidRange')) return new Uint8Array();
    throw error;
  }
};
