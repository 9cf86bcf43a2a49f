/** Schemas that several routes share. */
import * as z from 'zod';
import { JobId, MediaId, NoticeId, UploadId, WebhookId } from '#core/job/ids.ts';

export const JobParams = z.strictObject({ id: JobId });
export const UploadParams = z.strictObject({ id: UploadId });
export const MediaParams = z.strictObject({ id: MediaId });
export const WebhookParams = z.strictObject({ id: WebhookId });
export const DeliveryParams = z.strictObject({ id: WebhookId, delivery: NoticeId });

/** Of listings. */
export const PageQuery = {
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(256).optional().describe('`next` of the page before.'),
};

export const pageOf = (item: z.ZodType, cursor = 'cursor') => ({
  description: `A page. \`next\` is the ${cursor} of the following one, null on the last.`,
  schema: z.strictObject({ items: z.array(item), next: z.string().nullable() }),
});

/** The OpenAPI document, loaded when it is asked for: it is large, and few ask. */
export const document = async () => (await import('../openapi-document.ts')).openapiDocument();
