import * as z from 'zod';
import { maxSignedParts, signParts as sign } from '#core/usecases/sign-parts.ts';
import { defineRoute } from '../route.ts';
import { UploadParams } from './parts.ts';

export const SignedPut = z.strictObject({
  method: z.literal('PUT'),
  url: z.string(),
  headers: z.record(z.string(), z.string()).describe('Must be sent exactly as they are.'),
  expiresAt: z.iso.datetime(),
});

export const SignedMultipart = z.strictObject({
  method: z.literal('multipart'),
  partSize: z.int().describe('Of every part but the last, in bytes.'),
  partCount: z.int(),
  parts: z
    .array(z.strictObject({ n: z.int().min(1), url: z.string() }))
    .describe('Addresses of the parts, the first ones where none were named. PUT each and keep its ETag.'),
  expiresAt: z.iso.datetime(),
});

const PartNumber = z.int().min(1).max(10_000);

export const signParts = defineRoute({
  method: 'POST',
  path: '/v1/uploads/{id}/parts',
  operationId: 'signParts',
  summary: 'Sign addresses again, or those of further parts',
  auth: true,
  repeat: 'natural',
  request: {
    params: UploadParams,
    body: z.strictObject({
      from: PartNumber.optional().describe('The first part; 1 where it is left out.'),
      count: z.int().min(1).max(maxSignedParts).optional(),
      parts: z.array(PartNumber).min(1).max(maxSignedParts).optional().describe('Instead of `from` and `count`.'),
    }),
  },
  responses: { 200: { description: 'Fresh addresses.', schema: z.union([SignedPut, SignedMultipart]) } },
  handler: async ({ owner, params, body }, deps) => ({
    status: 200,
    json: await sign(deps, { id: params.id, owner, wanted: body }),
  }),
});
