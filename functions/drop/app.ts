/** Turns what S3 tells of new objects into jobs. The events come through a queue that holds them for a moment. */
import * as z from 'zod';
import { dropFile, type DropDeps } from '#core/usecases/drop-file.ts';

/**
 * `Object Created` as EventBridge delivers it: put, post, copy and multipart alike. Keys are not URL-encoded there.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
const ObjectCreated = z.object({
  source: z.literal('aws.s3'),
  'detail-type': z.literal('Object Created'),
  detail: z.object({
    bucket: z.object({ name: z.string().min(3).max(63) }),
    object: z.object({ key: z.string().min(1).max(1024), 'version-id': z.string().optional() }),
  }),
});

const Batch = z.object({
  Records: z.array(z.object({ messageId: z.string(), body: z.string() })).max(10_000),
});

/** What the queue shows again: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html */
export interface BatchAnswer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** Answers which messages failed; the others are done with. Messages that are no such event fail until the queue gives up. */
export const createDrop =
  (deps: DropDeps & { readonly owner: string }) =>
  async (event: unknown): Promise<BatchAnswer> => {
    const batchItemFailures: { itemIdentifier: string }[] = [];
    for (const { messageId, body } of Batch.parse(event).Records) {
      try {
        const { detail } = ObjectCreated.parse(JSON.parse(body));
        const { key, 'version-id': versionId } = detail.object;
        const object = { bucket: detail.bucket.name, key, ...(versionId === undefined ? {} : { versionId }) };
        const { outcome, jobId } = await dropFile(deps, { object, owner: deps.owner });
        deps.log.info('object dropped', { bucket: object.bucket, outcome, ...(jobId ? { jobId } : {}) });
      } catch (error) {
        deps.log.warn('dropped object failed', { messageId, error: String(error) });
        batchItemFailures.push({ itemIdentifier: messageId });
      }
    }
    return { batchItemFailures };
  };
