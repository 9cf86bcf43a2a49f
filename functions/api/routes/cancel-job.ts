import { JobView } from '#core/job/view.ts';
import { cancelJob as cancel } from '#core/usecases/cancel-job.ts';
import { getJob } from '#core/usecases/get-job.ts';
import { jobHeaders } from '../job-answer.ts';
import { defineRoute } from '../route.ts';
import { JobParams } from './parts.ts';

export const cancelJob = defineRoute({
  method: 'POST',
  path: '/v1/jobs/{id}/cancel',
  operationId: 'cancelJob',
  summary: 'Cancel a job; from then on it never shows an output',
  auth: true,
  repeat: 'recorded',
  request: { params: JobParams },
  responses: { 202: { description: 'The job is canceled; what still runs is being stopped.', schema: JobView } },
  handler: async ({ owner, params: { id } }, deps) => {
    await cancel(deps, { id, owner });
    const job = await getJob(deps, { id, owner });
    return { status: 202, headers: jobHeaders(job), json: job };
  },
});
