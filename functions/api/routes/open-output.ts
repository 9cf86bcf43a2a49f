import * as z from 'zod';
import { JobId } from '#core/job/ids.ts';
import { FileName } from '#core/job/file-name.ts';
import { Name } from '#core/job/values.ts';
import { openOutput as open } from '#core/usecases/open-output.ts';
import type { Answer } from '../answer.ts';
import { defineRoute, type RouteDeps } from '../route.ts';

const params = { id: JobId, name: Name };
const query = z.strictObject({ disposition: z.enum(['inline', 'attachment']).default('attachment') });

const responses = {
  302: { description: 'To the signed address of the file.', headers: { location: 'The address.' } },
  200: {
    description: 'The address, on `Accept: application/json`.',
    schema: z.strictObject({ url: z.string(), expiresAt: z.iso.datetime() }),
  },
};

type Wanted = Parameters<typeof open>[1];

const answer = async (deps: RouteDeps, wanted: Wanted, accept = ''): Promise<Answer> => {
  const { url, expiresAt } = await open(deps, wanted);
  return /\bapplication\/json\b/i.test(accept)
    ? { status: 200, json: { url, expiresAt } }
    : { status: 302, headers: { location: url } };
};

export const openOutput = defineRoute({
  method: 'GET',
  path: '/v1/jobs/{id}/outputs/{name}',
  operationId: 'openOutput',
  summary: 'Open an output: its file, or the first of its files',
  auth: true,
  request: { params: z.strictObject(params), query },
  responses,
  handler: ({ owner, params: { id, name }, query, headers }, deps) =>
    answer(deps, { id, owner, output: name, ...query }, headers['accept']),
});

export const openOutputFile = defineRoute({
  method: 'GET',
  path: '/v1/jobs/{id}/outputs/{name}/{file}',
  operationId: 'openOutputFile',
  summary: 'Open one file of an output',
  auth: true,
  request: { params: z.strictObject({ ...params, file: FileName }), query },
  responses,
  handler: ({ owner, params: { id, name, file }, query, headers }, deps) =>
    answer(deps, { id, owner, output: name, file, ...query }, headers['accept']),
});
