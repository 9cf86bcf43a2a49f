/** Addresses that S3 itself answers. They die with the credentials that signed them, so they are made when they are asked for. */
import { GetObjectCommand, PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { create as contentDisposition } from 'content-disposition';
import { type Clock, instant } from '#core/ports/clock.ts';
import type { ObjectStore, SignedRequest } from '#core/ports/object-store.ts';
import type { Bucket } from './bucket.ts';

type SigningOptions = NonNullable<Parameters<typeof getSignedUrl>[2]>;

const lengthHeader = (bytes: number | undefined): Record<string, string> =>
  bytes === undefined ? {} : { 'content-length': String(bytes) };

const lengthOf = (bytes: number | undefined) => (bytes === undefined ? {} : { ContentLength: bytes });

export const presigning = (
  { name: Bucket, presigner }: Bucket,
  clock: Pick<Clock, 'now'>,
): Pick<ObjectStore, 'presignPut' | 'presignGet' | 'presignPart'> => {
  const signed = async (
    method: SignedRequest['method'],
    sign: (options: SigningOptions) => Promise<string>,
    expiresInSeconds: number,
    headers: Record<string, string>,
  ): Promise<SignedRequest> => {
    const expiresAt = instant(clock.now() + expiresInSeconds * 1000);
    const signableHeaders = new Set(['host', ...Object.keys(headers)]);
    return { method, url: await sign({ expiresIn: expiresInSeconds, signableHeaders }), headers, expiresAt };
  };

  return {
    presignPut: (key, { contentType, bytes, expiresInSeconds }) =>
      signed(
        'PUT',
        (options) =>
          getSignedUrl(
            presigner,
            new PutObjectCommand({ Bucket, Key: key, ContentType: contentType, IfNoneMatch: '*', ...lengthOf(bytes) }),
            options,
          ),
        expiresInSeconds,
        { 'content-type': contentType, 'if-none-match': '*', ...lengthHeader(bytes) },
      ),
    presignGet: (key, { contentType, filename, disposition, expiresInSeconds }) =>
      signed(
        'GET',
        (options) =>
          getSignedUrl(
            presigner,
            new GetObjectCommand({
              Bucket,
              Key: key,
              ResponseContentType: contentType,
              ResponseContentDisposition: contentDisposition(filename, { type: disposition }),
            }),
            options,
          ),
        expiresInSeconds,
        {},
      ),
    presignPart: ({ key, id, n }, { bytes, expiresInSeconds }) =>
      signed(
        'PUT',
        (options) =>
          getSignedUrl(
            presigner,
            new UploadPartCommand({ Bucket, Key: key, UploadId: id, PartNumber: n, ...lengthOf(bytes) }),
            options,
          ),
        expiresInSeconds,
        lengthHeader(bytes),
      ),
  };
};
