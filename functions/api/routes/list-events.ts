import * as z from 'zod';
import { JobEvent } from '#core/job/events.ts';
import { EventId } from '#core/job/ids.ts';
import { listEvents as list } from '#core/usecases/list-events.ts';
import { defineRoute } from '../route.ts';
import { JobParams, pageOf, PageQuery } from './parts.ts';

export const listEvents = defineRoute({
  method: 'GET',
  path: '/v1/jobs/{id}/events',
  operationId: 'listEvents',
  summary: 'What happened to a job, oldest first, in the words of its webhooks',
  auth: true,
  request: {
    params: JobParams,
    query: z.strictObject({
      limit: PageQuery.limit,
      after: EventId.optional().describe('The last event that you know: only later ones are answered.'),
    }),
  },
  responses: { 200: pageOf(JobEvent, 'after') },
  handler: async ({ owner, params: { id }, query }, deps) => ({
    status: 200,
    json: await list(deps, { id, owner, ...query }),
  }),
});
