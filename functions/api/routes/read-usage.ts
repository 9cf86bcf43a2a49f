import * as z from 'zod';
import { Failure } from '#core/failures.ts';
import { Owner } from '#core/job/ids.ts';
import { Day, everybody } from '#core/job/usage.ts';
import { readUsage as read, UsageView } from '#core/usecases/read-usage.ts';
import { defineRoute } from '../route.ts';

export const readUsage = defineRoute({
  method: 'GET',
  path: '/v1/usage',
  operationId: 'readUsage',
  summary: 'What your jobs used: seconds, bytes and dollars, by day, user or template',
  auth: true,
  request: {
    query: z.strictObject({
      from: Day.optional().describe('A day of UTC; 30 days before `to` where it is left out.'),
      to: Day.optional().describe('Included; today where it is left out.'),
      user: Owner.optional().describe(`Whose: for administrators, who may also ask for "${everybody}".`),
      by: z.enum(['day', 'user', 'template']).default('day'),
    }),
  },
  responses: { 200: { description: 'The usage of jobs that have ended.', schema: UsageView } },
  handler: async ({ owner, isAdmin, query: { user = owner, ...query } }, deps) => {
    if (user !== owner && !isAdmin)
      throw new Failure('auth.forbidden', { detail: 'Only administrators may see what others used.' });
    return { status: 200, json: await read(deps, { owner: user, ...query }) };
  },
});
