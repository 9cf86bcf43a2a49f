import * as z from 'zod';
import { Failure } from '#core/failures.ts';
import { Name } from '#core/job/values.ts';
import { templateNamed, templates } from '#core/templates/index.ts';
import { Template } from '#core/templates/template.ts';
import { defineRoute } from '../route.ts';

export const listTemplates = defineRoute({
  method: 'GET',
  path: '/v1/templates',
  operationId: 'listTemplates',
  summary: 'The templates of this deployment',
  auth: true,
  responses: {
    200: {
      description: 'All of them.',
      schema: z.strictObject({ items: z.array(Template), next: z.null() }),
    },
  },
  handler: () => ({ status: 200, json: { items: templates, next: null } }),
});

export const getTemplate = defineRoute({
  method: 'GET',
  path: '/v1/templates/{name}',
  operationId: 'getTemplate',
  summary: 'A template: its inputs, its parameters and the outputs it makes',
  auth: true,
  request: { params: z.strictObject({ name: Name }) },
  responses: { 200: { description: 'The template.', schema: Template } },
  handler: ({ params }) => {
    const template = templateNamed(params.name);
    if (!template) throw new Failure('not_found', { detail: 'There is no such template.' });
    return { status: 200, json: template };
  },
});
