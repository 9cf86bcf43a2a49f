import * as z from 'zod';
import { JobId, UploadId } from '#core/job/ids.ts';
import { createUpload as create, NewUpload } from '#core/usecases/create-upload.ts';
import { defineRoute } from '../route.ts';
import { SignedMultipart, SignedPut } from './sign-parts.ts';

const made = { id: UploadId, jobId: JobId.nullable().describe('The job that starts when the upload is complete.') };

export const createUpload = defineRoute({
  method: 'POST',
  path: '/v1/uploads',
  operationId: 'createUpload',
  summary: 'Start an upload; the bytes go straight to the signed addresses in the answer',
  auth: true,
  repeat: 'recorded',
  creates: 'upl',
  request: { body: NewUpload },
  responses: {
    201: {
      description: 'Send the bytes with PUT; above 16 MB in parts, which `complete` joins.',
      schema: z.union([SignedPut.extend(made), SignedMultipart.extend(made)]),
      headers: { location: 'The upload.' },
    },
  },
  handler: async ({ owner, newId, body }, deps) => {
    const { upload, signed } = await create(deps, { id: newId, owner, request: body });
    const { id, jobId } = upload;
    return { status: 201, headers: { location: `/v1/uploads/${id}` }, json: { id, jobId, ...signed } };
  },
});
