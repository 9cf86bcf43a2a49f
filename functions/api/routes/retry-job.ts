import * as z from 'zod';
import { Name } from '#core/job/values.ts';
import { JobView } from '#core/job/view.ts';
import { getJob } from '#core/usecases/get-job.ts';
import { retryJob as retry } from '#core/usecases/retry-job.ts';
import { jobHeaders, jobPath } from '../job-answer.ts';
import { defineRoute } from '../route.ts';
import { JobParams } from './parts.ts';

export const retryJob = defineRoute({
  method: 'POST',
  path: '/v1/jobs/{id}/retry',
  operationId: 'retryJob',
  summary: 'Make a new job of the outputs that did not succeed, or of those named',
  auth: true,
  repeat: 'recorded',
  creates: 'job',
  request: {
    params: JobParams,
    body: z.strictObject({ outputs: z.array(Name).min(1).max(50).optional() }),
  },
  responses: {
    202: { description: 'The new job; `retryOf` names the old one.', schema: JobView, headers: { location: 'It.' } },
  },
  handler: async ({ owner, newId, params, body }, deps) => {
    const { id } = await retry(deps, { id: newId, owner, retryOf: params.id, outputs: body.outputs });
    const job = await getJob(deps, { id, owner });
    return { status: 202, headers: { ...jobHeaders(job), location: jobPath(id) }, json: job };
  },
});
