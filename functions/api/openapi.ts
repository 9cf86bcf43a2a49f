/** The OpenAPI document, from the route table and the very schemas that validate. Only scripts and tests import this. */
import * as z from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponseObject } from 'zod-openapi';
import { Problem } from './problem.ts';
import type { Route } from './route.ts';

const problem: ZodOpenApiResponseObject = {
  description: 'An error; `code` tells which.',
  content: { 'application/problem+json': { schema: Problem } },
};

const text = { schema: z.string() };

const responsesOf = (route: Route): ZodOpenApiOperationObject['responses'] => ({
  ...Object.fromEntries(
    Object.entries(route.responses).map(([status, { description, schema, texts = [], headers = {} }]) => [
      status,
      {
        description,
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
        ),
        ...(schema
          ? { content: { 'application/json': { schema }, ...Object.fromEntries(texts.map((type) => [type, text])) } }
          : {}),
      },
    ]),
  ),
  default: problem,
});

const IdempotencyHeader = z.strictObject({
  'idempotency-key': z
    .string()
    .max(255)
    .optional()
    .describe('A text of your choice: a request that is repeated with it is carried out once.'),
});

const operationOf = (route: Route): ZodOpenApiOperationObject => ({
  operationId: route.operationId,
  summary: route.summary,
  ...(route.auth ? {} : { security: [] }),
  requestParams: {
    ...(route.request.params ? { path: route.request.params } : {}),
    ...(route.request.query ? { query: route.request.query } : {}),
    ...(route.repeat === 'recorded' ? { header: IdempotencyHeader } : {}),
  },
  ...(route.request.body ? { requestBody: { content: { 'application/json': { schema: route.request.body } } } } : {}),
  responses: responsesOf(route),
});

export const describeApi = (routes: readonly Route[], version: string): object => {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method.toLowerCase()] = operationOf(route);
  return createDocument({
    openapi: '3.1.1',
    info: {
      title: 'Kinoduct',
      version,
      description: 'Video jobs over HTTP. Errors are `application/problem+json` with a stable `code`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{ bearer: [] }],
    paths,
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
  });
};
