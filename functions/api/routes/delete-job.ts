import { deleteJob as remove } from '#core/usecases/delete-job.ts';
import { defineRoute } from '../route.ts';
import { JobParams } from './parts.ts';

export const deleteJob = defineRoute({
  method: 'DELETE',
  path: '/v1/jobs/{id}',
  operationId: 'deleteJob',
  summary: 'Remove a job and every object that it made; a live one is canceled first',
  auth: true,
  request: { params: JobParams },
  responses: { 204: { description: 'It is gone.' } },
  handler: async ({ owner, params }, deps) => {
    await remove(deps, { id: params.id, owner });
    return { status: 204 };
  },
});
