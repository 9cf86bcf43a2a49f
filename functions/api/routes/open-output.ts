import * as z from 'zod';
import { JobId } from '#core/job/ids.ts';
import { FileName } from '#core/job/file-name.ts';
import { Name } from '#core/job/values.ts';
import { openOutput as open } from '#core/usecases/open-output.ts';
import type { Answer } from '../answer.ts';
import { openedAnswer, openedResponses, openQuery, wantsAddress } from '../opened.ts';
import { defineRoute, type RouteDeps } from '../route.ts';

const params = { id: JobId, name: Name };
type Wanted = Omit<Parameters<typeof open>[1], 'addressOnly'>;

const responses = {
  302: { ...openedResponses[302], description: 'To the signed address of the file, or to the playlist of the output.' },
  200: {
    ...openedResponses[200],
    description:
      'The address, on `Accept: application/json`; else the text of a playlist, a manifest or a WebVTT index, whose relative names lead to the other files of the output.',
    texts: ['application/vnd.apple.mpegurl', 'application/dash+xml', 'text/vtt'],
  },
};

const answer = async (deps: RouteDeps, wanted: Wanted, accept?: string): Promise<Answer> => {
  const opened = await open(deps, { ...wanted, addressOnly: wantsAddress(accept) });
  switch (opened.kind) {
    case 'address':
      return openedAnswer(opened.address, accept);
    case 'moved':
      // Relative, as the API may lie below a path that it does not know.
      return { status: 302, headers: { location: `${wanted.output}/${opened.file}` } };
    case 'text':
      return { status: 200, headers: { 'content-type': opened.contentType }, text: opened.text };
  }
};

export const openOutput = defineRoute({
  method: 'GET',
  path: '/v1/jobs/{id}/outputs/{name}',
  operationId: 'openOutput',
  summary: 'Open an output: its file, or the first of its files',
  auth: true,
  request: { params: z.strictObject(params), query: openQuery },
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
  request: { params: z.strictObject({ ...params, file: FileName }), query: openQuery },
  responses,
  handler: ({ owner, params: { id, name, file }, query, headers }, deps) =>
    answer(deps, { id, owner, output: name, file, ...query }, headers['accept']),
});
