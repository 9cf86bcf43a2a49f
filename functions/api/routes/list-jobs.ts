import * as z from 'zod';
import { JobStatus } from '#core/job/state.ts';
import { Name } from '#core/job/values.ts';
import { JobSummary } from '#core/job/view.ts';
import { instant } from '#core/ports/clock.ts';
import { listJobs as list } from '#core/usecases/list-jobs.ts';
import { defineRoute } from '../route.ts';

const Query = z.strictObject({
  status: JobStatus.optional(),
  template: Name.optional(),
  label: z
    .record(z.string(), z.string())
    .optional()
    .describe('Sent as `label.NAME=value`; every one of them must match.'),
  since: z.iso.datetime({ offset: true }).optional().describe('Only jobs created at or after this instant.'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(256).optional().describe('`next` of the page before.'),
});

export const listJobs = defineRoute({
  method: 'GET',
  path: '/v1/jobs',
  operationId: 'listJobs',
  summary: "The caller's jobs, newest first",
  auth: true,
  request: { query: Query },
  responses: {
    200: {
      description: 'A page. `next` is the cursor of the following one, null on the last.',
      schema: z.strictObject({ items: z.array(JobSummary), next: z.string().nullable() }),
    },
  },
  handler: async ({ owner, query: { label: labels, ...query } }, deps) => {
    const since = query.since && instant(Date.parse(query.since));
    return { status: 200, json: await list(deps, { ...query, labels, owner, since }) };
  },
});
