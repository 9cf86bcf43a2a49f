import * as z from 'zod';
import { JobStatus } from '#core/job/state.ts';
import { Name } from '#core/job/values.ts';
import { JobSummary } from '#core/job/view.ts';
import { instant } from '#core/ports/clock.ts';
import { listJobs as list } from '#core/usecases/list-jobs.ts';
import { defineRoute } from '../route.ts';
import { pageOf, PageQuery } from './parts.ts';

const Query = z.strictObject({
  status: JobStatus.optional(),
  template: Name.optional(),
  label: z
    .record(z.string(), z.string())
    .optional()
    .describe('Sent as `label.NAME=value`; every one of them must match.'),
  since: z.iso.datetime({ offset: true }).optional().describe('Only jobs created at or after this instant.'),
  ...PageQuery,
});

export const listJobs = defineRoute({
  method: 'GET',
  path: '/v1/jobs',
  operationId: 'listJobs',
  summary: "The caller's jobs, newest first",
  auth: true,
  request: { query: Query },
  responses: {
    200: pageOf(JobSummary),
  },
  handler: async ({ owner, query: { label: labels, ...query } }, deps) => {
    const since = query.since && instant(Date.parse(query.since));
    return { status: 200, json: await list(deps, { ...query, labels, owner, since }) };
  },
});
