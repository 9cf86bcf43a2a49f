import { PlanView } from '#core/job/plan-view.ts';
import { JobRequest } from '#core/job/spec.ts';
import { defineRoute } from '../route.ts';

export const showPlan = defineRoute({
  method: 'POST',
  path: '/v1/plans',
  operationId: 'showPlan',
  summary: 'See what a job would do, how long it would take and what it would cost, without running it',
  auth: true,
  repeat: 'natural',
  request: { body: JobRequest },
  responses: { 200: { description: 'The plan.', schema: PlanView } },
  handler: async ({ owner, body }, deps) => {
    // The planner is large, and most requests plan nothing.
    const { showPlan: show } = await import('#core/usecases/show-plan.ts');
    return { status: 200, json: await show(deps, { owner, request: body }) };
  },
});
