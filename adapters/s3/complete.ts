/** The end of a multipart upload, where S3's answer may not tell what happened. */
import { CompleteMultipartUploadCommand } from '@aws-sdk/client-s3';
import { Failure } from '#core/failures.ts';
import type { ObjectInfo, Part } from '#core/ports/object-store.ts';
import { abortUpload, type Bucket, headObject, infoOf } from './bucket.ts';
import { hasName, translated } from './failures.ts';

/**
 * Never replaces an object. Whatever S3 answers (it may have done the work and then timed out, or send status 200 with
 * an error in the body, or have been asked before) the object decides: if it is there, the upload is complete.
 */
export const complete = async (
  bucket: Bucket,
  { key, id, parts }: { readonly key: string; readonly id: string; readonly parts: readonly Part[] },
): Promise<ObjectInfo> => {
  const Parts = parts.toSorted((a, b) => a.n - b.n).map(({ n, etag }) => ({ PartNumber: n, ETag: etag }));
  let reason: unknown;
  try {
    await bucket.client.send(
      new CompleteMultipartUploadCommand({
        Bucket: bucket.name,
        Key: key,
        UploadId: id,
        IfNoneMatch: '*',
        MultipartUpload: { Parts },
      }),
    );
  } catch (error) {
    if (!hasName(error, 'NoSuchUpload')) reason = error;
    if (hasName(error, 'PreconditionFailed')) await abortUpload(bucket, key, id);
  }
  const head = await headObject(bucket, key);
  if (head) return infoOf(key, head);
  throw reason === undefined ? new Failure('conflict.state', { detail: 'The upload is gone.' }) : translated(reason);
};
