/** Buckets of others that the deployment lists, each spoken to in its own region with the deployment's credentials. */
import { GetObjectCommand, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { Failure } from '#core/failures.ts';
import type { Buckets } from '#core/ports/buckets.ts';
import { headObject, type SpokenTo, unquoted } from './bucket.ts';
import { download } from './download.ts';
import { hasName, translated } from './failures.ts';
import { upload } from './upload.ts';

const forbidden = (detail: string, cause?: unknown): Failure =>
  new Failure('input.forbidden_host', { detail }, { cause });

/** S3 takes any name of 1 to 1,024 bytes; `..` is refused because what stands between may take it for a path. */
const assertKey = (key: string): void => {
  const fits = key !== '' && Buffer.byteLength(key) <= 1024 && !key.includes('\0');
  if (!fits || key.split('/').some((name) => name === '.' || name === '..'))
    throw new Failure('spec.invalid', { detail: 'That is not a key of an object.' });
};

/** 403 is also what S3 says of absent objects where the role may not list the bucket. */
const foreign = (error: unknown, bucket: string): unknown => {
  if (!(error instanceof S3ServiceException)) return translated(error);
  if (error.$metadata.httpStatusCode === 403)
    return forbidden(
      `AWS does not let this deployment do that in the bucket ${bucket}, or the object does not exist.`,
      error,
    );
  return hasName(error, 'NoSuchBucket')
    ? new Failure('input.not_found', { detail: `There is no bucket ${bucket}.` }, { cause: error })
    : translated(error);
};

const tooLarge = (maxBytes: number): Failure =>
  new Failure('input.too_large', { detail: `The object has more than ${maxBytes} bytes.` });

export const s3Buckets = ({
  allowed,
  client = new S3Client({
    followRegionRedirects: true,
    requestHandler: { connectionTimeout: 3_000, socketTimeout: 30_000 },
  }),
}: {
  /** Names of buckets. */
  allowed: readonly string[];
  client?: S3Client;
}): Buckets => {
  /** Looks at the names before anything is sent, and translates how the work fails. */
  const at = async <T>(
    { bucket, key }: { readonly bucket: string; readonly key: string },
    work: (place: SpokenTo) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> => {
    if (!allowed.includes(bucket)) throw forbidden(`The bucket ${bucket} is not one that this deployment may use.`);
    assertKey(key);
    try {
      return await work({ name: bucket, client });
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      // `download` and `upload` have translated it already, for a bucket of our own.
      throw foreign(error instanceof Failure && error.cause !== undefined ? error.cause : error, bucket);
    }
  };

  return {
    head: (object) =>
      at(object, async (place) => {
        const head = await headObject(place, object.key, object.versionId);
        return (
          head && {
            bytes: head.ContentLength ?? 0,
            etag: unquoted(head.ETag),
            contentType: head.ContentType ?? null,
            lastModified: (head.LastModified ?? new Date(0)).toISOString(),
          }
        );
      }),
    read: (object, maxBytes) =>
      at(object, async () => {
        const { bucket: Bucket, key: Key, versionId: VersionId } = object;
        try {
          const { Body, ContentLength = 0 } = await client.send(new GetObjectCommand({ Bucket, Key, VersionId }));
          if (ContentLength <= maxBytes) return await Body?.transformToByteArray();
          await Body?.transformToWebStream().cancel();
          throw tooLarge(maxBytes);
        } catch (error) {
          if (hasName(error, 'NoSuchKey', 'NoSuchBucket')) return undefined;
          throw error;
        }
      }),
    download: (object, file, signal) => at(object, (place) => download(place, object, file, signal), signal),
    upload: (file, object, options) =>
      at(object, async (place) => void (await upload(place, file, object.key, options)), options.signal),
    write: (object, body, { contentType }) =>
      at(object, async () => {
        const { bucket: Bucket, key: Key } = object;
        await client.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.from(body), ContentType: contentType }));
      }),
  };
};
