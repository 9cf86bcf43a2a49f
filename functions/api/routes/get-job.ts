import * as z from 'zod';
import { JobView } from '#core/job/view.ts';
import { awaitJob } from '#core/usecases/get-job.ts';
import { jobAnswer, longestWaitSeconds } from '../job-answer.ts';
import { defineRoute } from '../route.ts';
import { JobParams } from './parts.ts';

export const getJob = defineRoute({
  method: 'GET',
  path: '/v1/jobs/{id}',
  operationId: 'getJob',
  summary: 'Read a job, or wait until it changes',
  auth: true,
  request: {
    params: JobParams,
    query: z.strictObject({
      wait: z.coerce.number().int().min(0).max(longestWaitSeconds).default(0).describe('Seconds to wait at most.'),
      after: z.coerce.number().int().min(0).optional().describe('Wait for a higher version; for the end without it.'),
    }),
  },
  responses: {
    200: { description: 'The job.', schema: JobView, headers: { etag: 'Its version.' } },
    304: { description: 'It is the version that `If-None-Match` names.' },
  },
  handler: async ({ owner, params, query, headers }, deps) => {
    const job = await awaitJob(deps, { id: params.id, owner, seconds: query.wait, after: query.after });
    return jobAnswer(job, headers['if-none-match']);
  },
});
