/** The bucket and the two clients that speak to it, and the questions that more than one file asks. */
import {
  AbortMultipartUploadCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListMultipartUploadsCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import type { ObjectInfo } from '#core/ports/object-store.ts';
import { hasName } from './failures.ts';

export type Bucket = {
  readonly name: string;
  readonly client: S3Client;
  /** Signs addresses. A default client would sign the checksum of an empty body into them. */
  readonly presigner: S3Client;
};

/** For what signs no addresses. */
export type SpokenTo = Pick<Bucket, 'name' | 'client'>;

/** Region and credentials come from the environment, unless `config` says otherwise. */
export const bucketOf = (name: string, config: S3ClientConfig): Bucket => ({
  name,
  client: new S3Client({ requestHandler: { connectionTimeout: 3_000, socketTimeout: 30_000 }, ...config }),
  presigner: new S3Client({ ...config, requestChecksumCalculation: 'WHEN_REQUIRED' }),
});

export const unquoted = (etag: string | undefined): string => (etag ?? '').replaceAll('"', '');

export const infoOf = (key: string, head: HeadObjectCommandOutput): ObjectInfo => ({
  key,
  bytes: head.ContentLength ?? 0,
  etag: unquoted(head.ETag),
  contentType: head.ContentType ?? 'application/octet-stream',
});

export const headObject = async (
  { client, name }: SpokenTo,
  key: string,
  versionId?: string,
): Promise<HeadObjectCommandOutput | undefined> => {
  try {
    return await client.send(new HeadObjectCommand({ Bucket: name, Key: key, VersionId: versionId }));
  } catch (error) {
    if (hasName(error, 'NotFound', 'NoSuchKey')) return undefined;
    throw error;
  }
};

/** The object, where it bears this mark: then it is the one that was written with it. */
export const markedObject = async (bucket: SpokenTo, key: string, mark: string): Promise<ObjectInfo | undefined> => {
  const head = await headObject(bucket, key).catch(() => undefined); // unknown stays unknown: the first failure is reported
  return head?.Metadata?.['mark'] === mark ? infoOf(key, head) : undefined;
};

export const copySource = ({ name }: SpokenTo, key: string): string =>
  `${name}/${key.split('/').map(encodeURIComponent).join('/')}`;

/** Gone is fine. */
export const abortUpload = async ({ client, name }: SpokenTo, key: string, id: string): Promise<void> => {
  try {
    await client.send(new AbortMultipartUploadCommand({ Bucket: name, Key: key, UploadId: id }));
  } catch (error) {
    if (!hasName(error, 'NoSuchUpload')) throw error;
  }
};

/** Aborts the multipart uploads of exactly this key, or of every key below it where it ends in `/`. */
export const abortUploads = async (bucket: SpokenTo, keyOrPrefix: string): Promise<void> => {
  let from: { readonly KeyMarker?: string | undefined; readonly UploadIdMarker?: string | undefined } | undefined = {};
  while (from) {
    const page: {
      readonly Uploads?: readonly { readonly Key?: string; readonly UploadId?: string }[];
      readonly IsTruncated?: boolean;
      readonly NextKeyMarker?: string;
      readonly NextUploadIdMarker?: string;
    } = await bucket.client.send(
      new ListMultipartUploadsCommand({ Bucket: bucket.name, Prefix: keyOrPrefix, ...from }),
    );
    for (const { Key, UploadId } of page.Uploads ?? [])
      if (Key && UploadId && (keyOrPrefix.endsWith('/') || Key === keyOrPrefix))
        await abortUpload(bucket, Key, UploadId);
    from = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker } : undefined;
  }
};
