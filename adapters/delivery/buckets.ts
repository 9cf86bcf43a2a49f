/** Files delivered to a bucket of the deployment's list, or to the folder that stands for it on one machine. */
import { Failure, hasCode } from '#core/failures.ts';
import type { Buckets } from '#core/ports/buckets.ts';
import type { Delivery } from '#core/ports/delivery.ts';

const pattern = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,62})(?:\/(.*))?$/;

/** `s3://bucket/a` and `b.mp4` make the key `a/b.mp4`. */
const placeOf = (to: string, path: string): { readonly bucket: string; readonly key: string } => {
  const [, bucket, prefix = ''] = pattern.exec(to) ?? [];
  if (bucket === undefined) throw new Failure('spec.invalid', { detail: 'A bucket is named s3://bucket/prefix.' });
  return { bucket, key: `${prefix.replace(/\/+$/, '')}/${path}`.replace(/^\//, '') };
};

/** What is the target's fault, in the words of a delivery; the job's and the deployment's own faults as they are. */
const failureOf = (error: unknown, bucket: string): unknown =>
  !(error instanceof Failure) || hasCode(error, 'input.forbidden_host') || hasCode(error, 'spec.invalid')
    ? error
    : new Failure('provider.drive', { detail: `The bucket ${bucket} did not take the file.` }, { cause: error });

/** Takes no secret: the deployment's own permissions decide. A second delivery replaces the object by the same bytes. */
export const bucketDelivery = ({ buckets }: { buckets: Pick<Buckets, 'upload'> }): Delivery => ({
  deliver: async (file, { to }, { onProgress, signal }) => {
    const place = placeOf(to, file.path);
    try {
      await buckets.upload(file.file, place, { contentType: file.contentType, ...(signal ? { signal } : {}) });
    } catch (error) {
      throw failureOf(error, place.bucket);
    }
    onProgress?.(file.bytes);
    return { url: null, id: `s3://${place.bucket}/${place.key}` };
  },
});
