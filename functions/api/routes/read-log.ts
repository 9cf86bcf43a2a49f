import * as z from 'zod';
import { readLog as read, TaskLog } from '#core/usecases/read-log.ts';
import { defineRoute } from '../route.ts';
import { JobParams } from './parts.ts';

export const readLog = defineRoute({
  method: 'GET',
  path: '/v1/jobs/{id}/log',
  operationId: 'readLog',
  summary: 'What each task ran, and the last lines that FFmpeg wrote',
  auth: true,
  request: { params: JobParams },
  responses: {
    200: {
      description: 'The tasks, in the order they started.',
      schema: z.strictObject({ items: z.array(TaskLog) }),
    },
  },
  handler: async ({ owner, params }, deps) => ({
    status: 200,
    json: { items: await read(deps, { id: params.id, owner }) },
  }),
});
