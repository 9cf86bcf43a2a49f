import * as z from 'zod';
import { Input } from '#core/job/inputs.ts';
import { Probe } from '#core/media/probe.ts';
import { probeSource as probe } from '#core/usecases/probe-source.ts';
import { defineRoute } from '../route.ts';

export const probeSource = defineRoute({
  method: 'POST',
  path: '/v1/probe',
  operationId: 'probeSource',
  summary: 'Look into an upload or an output of a job',
  auth: true,
  repeat: 'natural',
  request: { body: z.strictObject({ source: Input.describe('As an input of a job.') }) },
  responses: { 200: { description: 'What is in the file.', schema: Probe } },
  handler: async ({ owner, body }, deps) => ({ status: 200, json: await probe(deps, { owner, source: body.source }) }),
});
