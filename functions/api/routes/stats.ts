import { Stats, stats as count } from '#core/usecases/stats.ts';
import { defineRoute } from '../route.ts';

export const stats = defineRoute({
  method: 'GET',
  path: '/v1/stats',
  operationId: 'stats',
  summary: 'How many jobs wait and run, and the age of the oldest',
  auth: true,
  responses: { 200: { description: 'Of all users together.', schema: Stats } },
  handler: async (_request, deps) => ({ status: 200, json: await count(deps) }),
});
