import * as z from 'zod';
import { completeUpload as complete } from '#core/usecases/complete-upload.ts';
import { defineRoute } from '../route.ts';
import { UploadView, uploadView } from './get-upload.ts';
import { UploadParams } from './parts.ts';

const Part = z.strictObject({
  n: z.int().min(1).max(10_000),
  // Stores answer with quotes around it; both forms are understood.
  etag: z
    .string()
    .min(1)
    .max(256)
    .regex(/^[\x21-\x7e]+$/, 'must be the ETag header that answered the PUT of the part')
    .transform((etag) => etag.replace(/^"(.*)"$/, '$1')),
});

export const completeUpload = defineRoute({
  method: 'POST',
  path: '/v1/uploads/{id}/complete',
  operationId: 'completeUpload',
  summary: 'Join the parts, and start the job that waits for the upload',
  auth: true,
  repeat: 'recorded',
  request: {
    params: UploadParams,
    body: z.strictObject({
      parts: z.array(Part).min(1).max(10_000).optional().describe('Every part; left out after a single PUT.'),
    }),
  },
  responses: { 200: { description: 'The upload, complete.', schema: UploadView } },
  handler: async ({ owner, params, body }, deps) => ({
    status: 200,
    json: uploadView(await complete(deps, { id: params.id, owner, parts: body.parts })),
  }),
});
