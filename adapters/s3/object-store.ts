/** Objects in one S3 bucket. */
import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { Failure } from '#core/failures.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { ListedObject, ObjectStore } from '#core/ports/object-store.ts';
import { abortUpload, abortUploads, bucketOf, headObject, infoOf, unquoted } from './bucket.ts';
import { complete } from './complete.ts';
import { compose } from './compose.ts';
import { copy } from './copy.ts';
import { download } from './download.ts';
import { asFailure, hasName, translated } from './failures.ts';
import { presigning } from './presign.ts';
import { readRange } from './read-range.ts';
import { upload } from './upload.ts';

export const s3ObjectStore = ({
  bucket: name,
  config = {},
  clock = Date,
}: {
  bucket: string;
  /** For both clients, the one that sends and the one that signs. */
  config?: S3ClientConfig;
  clock?: Pick<Clock, 'now'>;
}): ObjectStore => {
  const bucket = bucketOf(name, config);
  const { client } = bucket;
  const at = (key: string) => ({ Bucket: name, Key: key });

  async function* pages(prefix: string): AsyncGenerator<readonly ListedObject[]> {
    try {
      for await (const { Contents } of paginateListObjectsV2({ client }, { Bucket: name, Prefix: prefix }))
        yield (Contents ?? []).map(({ Key, Size, ETag }) => ({
          key: Key ?? '',
          bytes: Size ?? 0,
          etag: unquoted(ETag),
        }));
    } catch (error) {
      throw translated(error);
    }
  }

  const removeMany = async (keys: readonly string[]): Promise<void> => {
    if (keys.length === 0) return;
    const Delete = { Objects: keys.map((Key) => ({ Key })), Quiet: true };
    const { Errors = [] } = await asFailure(client.send(new DeleteObjectsCommand({ Bucket: name, Delete })));
    if (Errors.length > 0)
      throw new Failure('platform.internal', { detail: `${Errors.length} objects could not be removed.` });
  };

  return {
    head: async (key) => {
      const head = await asFailure(headObject(bucket, key));
      return head && infoOf(key, head);
    },
    read: async (key) => {
      try {
        return await (await client.send(new GetObjectCommand(at(key)))).Body?.transformToByteArray();
      } catch (error) {
        if (hasName(error, 'NoSuchKey')) return undefined;
        throw translated(error);
      }
    },
    write: async (key, body, { contentType }) => {
      const bytes = Buffer.from(body);
      const command = new PutObjectCommand({ ...at(key), Body: bytes, ContentType: contentType });
      const { ETag } = await asFailure(client.send(command));
      return { key, bytes: bytes.length, etag: unquoted(ETag), contentType };
    },
    download: (object, file, signal) => download(bucket, object, file, signal),
    upload: (file, key, options) => upload(bucket, file, key, options),
    readRange: (object, range, signal) => readRange(bucket, object, range, signal),
    compose: (key, pieces, options) => compose(bucket, key, pieces, options),
    copy: (from, to) => asFailure(copy(bucket, from, to)),

    list: async function* (prefix) {
      for await (const page of pages(prefix)) yield* page;
    },
    remove: async (key) => {
      await asFailure(client.send(new DeleteObjectCommand(at(key))));
    },
    // Uploads first: one that completes in between would leave an object behind.
    removeAll: async (prefix) => {
      if (!prefix.endsWith('/')) throw new Failure('platform.internal', { detail: 'A prefix ends in "/".' });
      await asFailure(abortUploads(bucket, prefix));
      for await (const page of pages(prefix)) await removeMany(page.map(({ key }) => key));
    },

    ...presigning(bucket, clock),
    startMultipart: async (key, { contentType }) => {
      const command = new CreateMultipartUploadCommand({ ...at(key), ContentType: contentType });
      const { UploadId } = await asFailure(client.send(command));
      if (!UploadId) throw new Failure('platform.internal', { detail: 'S3 started no upload.' });
      return UploadId;
    },
    completeMultipart: (multipart) => asFailure(complete(bucket, multipart)),
    abortMultipart: ({ key, id }) => asFailure(abortUpload(bucket, key, id)),
  };
};
