import * as z from 'zod';
import { checkHealth, Check } from '../health.ts';
import { defineRoute, type RouteDeps } from '../route.ts';
import { document } from './parts.ts';

const Health = z
  .strictObject({
    status: z.enum(['ok', 'degraded']),
    version: z.string(),
    checks: z.strictObject({ storage: Check, db: Check, workflow: Check }),
  })
  .meta({ id: 'Health' });

const route = {
  path: '/health',
  auth: false,
  responses: {
    200: { description: 'Everything that the API depends on answers.', schema: Health },
    503: { description: 'Something does not; `checks` tells which.', schema: Health },
  },
} as const;

const handler = async (_request: unknown, deps: RouteDeps) => {
  const { info } = await document();
  const checks = await checkHealth(deps);
  const healthy = Object.values(checks).every((check) => check === 'ok');
  const health = { status: healthy ? 'ok' : 'degraded', version: info.version, checks } as const;
  return { status: healthy ? 200 : 503, json: health };
};

export const health = defineRoute({
  ...route,
  method: 'GET',
  operationId: 'health',
  summary: 'Whether the API and what it depends on are well',
  handler,
});

export const healthHead = defineRoute({
  ...route,
  method: 'HEAD',
  operationId: 'healthHead',
  summary: 'The same, without a body',
  handler: async (request, deps) => ({ status: (await handler(request, deps)).status }),
});
