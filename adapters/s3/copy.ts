/** Copies within a bucket; no byte comes through here. */
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { Failure } from '#core/failures.ts';
import type { ObjectInfo } from '#core/ports/object-store.ts';
import { abortUpload, type Bucket, copySource, headObject, infoOf, unquoted } from './bucket.ts';

/** The most that one CopyObject takes; larger objects are copied in parts of this size. */
const maxCopyBytes = 5 * 2 ** 30;

export const copy = async (bucket: Bucket, from: string, to: string, partBytes = maxCopyBytes): Promise<ObjectInfo> => {
  const head = await headObject(bucket, from);
  if (!head) throw new Failure('input.not_found');
  const source = infoOf(from, head);
  const pinned = {
    CopySource: copySource(bucket, from),
    CopySourceIfMatch: `"${source.etag}"`,
  };
  const target = { Bucket: bucket.name, Key: to };
  const etag =
    source.bytes <= partBytes
      ? (await bucket.client.send(new CopyObjectCommand({ ...target, ...pinned }))).CopyObjectResult?.ETag
      : await copyInParts(bucket, source, target, pinned, partBytes);
  return { ...source, key: to, etag: unquoted(etag) };
};

const copyInParts = async (
  bucket: Bucket,
  { bytes, contentType }: ObjectInfo,
  target: { readonly Bucket: string; readonly Key: string },
  pinned: { readonly CopySource: string; readonly CopySourceIfMatch: string },
  partBytes: number,
): Promise<string | undefined> => {
  const { client } = bucket;
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...target, ContentType: contentType }));
  try {
    const parts: { readonly PartNumber: number; readonly ETag: string | undefined }[] = [];
    for (let start = 0; start < bytes; start += partBytes) {
      const PartNumber = parts.length + 1;
      const CopySourceRange = `bytes=${start}-${Math.min(start + partBytes, bytes) - 1}`;
      const { CopyPartResult } = await client.send(
        new UploadPartCopyCommand({ ...target, ...pinned, UploadId, PartNumber, CopySourceRange }),
      );
      parts.push({ PartNumber, ETag: CopyPartResult?.ETag });
    }
    const MultipartUpload = { Parts: parts };
    return (await client.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload }))).ETag;
  } catch (error) {
    await abortUpload(bucket, target.Key, UploadId ?? '').catch(() => undefined); // else the lifecycle rule takes it
    throw error;
  }
};
