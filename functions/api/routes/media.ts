import * as z from 'zod';
import { MediaView, mediaView } from '#core/job/media-record.ts';
import { deleteMedia as remove } from '#core/usecases/delete-media.ts';
import { listMedia as list } from '#core/usecases/list-media.ts';
import { openMedia as open } from '#core/usecases/open-media.ts';
import { ownedMedia } from '#core/usecases/owned.ts';
import { openedAnswer, openedResponses, openQuery } from '../opened.ts';
import { defineRoute } from '../route.ts';
import { MediaParams, pageOf, PageQuery } from './parts.ts';

const path = '/v1/media/{id}';

export const listMedia = defineRoute({
  method: 'GET',
  path: '/v1/media',
  operationId: 'listMedia',
  summary: 'Your library, newest first: what jobs brought in from elsewhere',
  auth: true,
  request: {
    query: z.strictObject({
      source: z.string().min(1).max(2048).optional().describe('Where it came from: an address, `s3://bucket/key`.'),
      sha256: z
        .string()
        .regex(/^[0-9a-f]{64}$/, 'must be 64 lowercase hexadecimal digits')
        .optional(),
      ...PageQuery,
    }),
  },
  responses: { 200: pageOf(MediaView) },
  handler: async ({ owner, query }, deps) => ({ status: 200, json: await list(deps, { owner, ...query }) }),
});

export const getMedia = defineRoute({
  method: 'GET',
  path,
  operationId: 'getMedia',
  summary: 'Read an item of the library',
  auth: true,
  request: { params: MediaParams },
  responses: { 200: { description: 'The item.', schema: MediaView } },
  handler: async ({ owner, params: { id } }, deps) => ({
    status: 200,
    json: mediaView(await ownedMedia(deps, { id, owner })),
  }),
});

export const openMedia = defineRoute({
  method: 'GET',
  path: `${path}/content`,
  operationId: 'openMedia',
  summary: 'Open the bytes of an item of the library',
  auth: true,
  request: { params: MediaParams, query: openQuery },
  responses: openedResponses,
  handler: async ({ owner, params: { id }, query, headers }, deps) =>
    openedAnswer(await open(deps, { id, owner, ...query }), headers['accept']),
});

export const deleteMedia = defineRoute({
  method: 'DELETE',
  path,
  operationId: 'deleteMedia',
  summary: 'Remove an item of the library and its bytes',
  auth: true,
  request: { params: MediaParams },
  responses: { 204: { description: 'It is gone.' } },
  handler: async ({ owner, params: { id } }, deps) => {
    await remove(deps, { id, owner });
    return { status: 204 };
  },
});
