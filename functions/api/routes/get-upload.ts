import * as z from 'zod';
import { UploadRecord } from '#core/job/state.ts';
import { ownedUpload } from '#core/usecases/owned.ts';
import { defineRoute } from '../route.ts';
import { UploadParams } from './parts.ts';

export const UploadView = UploadRecord.pick({
  id: true,
  state: true,
  filename: true,
  contentType: true,
  bytes: true,
  sha256: true,
  jobId: true,
  createdAt: true,
  expiresAt: true,
})
  .extend({ method: z.enum(['PUT', 'multipart']) })
  .meta({ id: 'Upload' });
export type UploadView = z.output<typeof UploadView>;

export const uploadView = (upload: UploadRecord): UploadView => ({
  id: upload.id,
  state: upload.state,
  filename: upload.filename,
  contentType: upload.contentType,
  bytes: upload.object?.bytes ?? upload.bytes,
  sha256: upload.sha256,
  method: upload.multipart ? 'multipart' : 'PUT',
  jobId: upload.jobId,
  createdAt: upload.createdAt,
  expiresAt: upload.expiresAt,
});

export const getUpload = defineRoute({
  method: 'GET',
  path: '/v1/uploads/{id}',
  operationId: 'getUpload',
  summary: 'Read an upload',
  auth: true,
  request: { params: UploadParams },
  responses: { 200: { description: 'The upload.', schema: UploadView } },
  handler: async ({ owner, params }, deps) => ({
    status: 200,
    json: uploadView(await ownedUpload(deps, { id: params.id, owner })),
  }),
});
