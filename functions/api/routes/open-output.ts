import * as z from 'zod';
import { JobId } from '#core/job/ids.ts';
import { FileName } from '#core/job/file-name.ts';
import { Name } from '#core/job/values.ts';
import { openOutput as open } from '#core/usecases/open-output.ts';
import type { Answer } from '../answer.ts';
import { openedAnswer, openedResponses, openQuery } from '../opened.ts';
import { defineRoute, type RouteDeps } from '../route.ts';

const params = { id: JobId, name: Name };
type Wanted = Parameters<typeof open>[1];

const answer = async (deps: RouteDeps, wanted: Wanted, accept?: string): Promise<Answer> =>
  openedAnswer(await open(deps, wanted), accept);

export const openOutput = defineRoute({
  method: 'GET',
  path: '/v1/jobs/{id}/outputs/{name}',
  operationId: 'openOutput',
  summary: 'Open an output: its file, or the first of its files',
  auth: true,
  request: { params: z.strictObject(params), query: openQuery },
  responses: openedResponses,
  handler: ({ owner, params: { id, name }, query, headers }, deps) =>
    answer(deps, { id, owner, output: name, ...query }, headers['accept']),
});

export const openOutputFile = defineRoute({
  method: 'GET',
  path: '/v1/jobs/{id}/outputs/{name}/{file}',
  operationId: 'openOutputFile',
  summary: 'Open one file of an output',
  auth: true,
  request: { params: z.strictObject({ ...params, file: FileName }), query: openQuery },
  responses: openedResponses,
  handler: ({ owner, params: { id, name, file }, query, headers }, deps) =>
    answer(deps, { id, owner, output: name, file, ...query }, headers['accept']),
});
