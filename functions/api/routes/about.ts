import * as z from 'zod';
import { defineRoute } from '../route.ts';
import { document } from './parts.ts';

export const root = defineRoute({
  method: 'GET',
  path: '/',
  operationId: 'root',
  summary: 'What this is, and where to go from here',
  auth: false,
  responses: {
    200: {
      description: 'Name, version and links.',
      schema: z.strictObject({ name: z.string(), version: z.string(), links: z.record(z.string(), z.string()) }),
    },
  },
  handler: async () => ({
    status: 200,
    json: {
      name: 'kinoduct',
      version: (await document()).info.version,
      links: {
        jobs: '/v1/jobs',
        uploads: '/v1/uploads',
        templates: '/v1/templates',
        health: '/health',
        openapi: '/openapi.json',
      },
    },
  }),
});

export const openapi = defineRoute({
  method: 'GET',
  path: '/openapi.json',
  operationId: 'openapi',
  summary: 'This document',
  auth: false,
  responses: { 200: { description: 'OpenAPI 3.1.', schema: z.looseObject({ openapi: z.string() }) } },
  handler: async () => ({
    status: 200,
    headers: { 'cache-control': 'public, max-age=300' },
    json: await document(),
  }),
});
