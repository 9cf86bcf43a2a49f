import { abortUpload as abort } from '#core/usecases/abort-upload.ts';
import { defineRoute } from '../route.ts';
import { UploadParams } from './parts.ts';

export const abortUpload = defineRoute({
  method: 'DELETE',
  path: '/v1/uploads/{id}',
  operationId: 'abortUpload',
  summary: 'Remove an upload and whatever was sent of it',
  auth: true,
  request: { params: UploadParams },
  responses: { 204: { description: 'It is gone.' } },
  handler: async ({ owner, params }, deps) => {
    await abort(deps, { id: params.id, owner });
    return { status: 204 };
  },
});
