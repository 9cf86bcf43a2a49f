import * as z from 'zod';
import { Name } from '#core/job/values.ts';
import { TemplateBody } from '#core/job/template-record.ts';
import { storedView, TemplateView } from '#core/templates/view.ts';
import { deleteTemplate as remove } from '#core/usecases/delete-template.ts';
import { getTemplate as get } from '#core/usecases/get-template.ts';
import { listTemplates as list } from '#core/usecases/list-templates.ts';
import { putTemplate as put } from '#core/usecases/put-template.ts';
import { defineRoute } from '../route.ts';
import { pageOf, PageQuery } from './parts.ts';

const path = '/v1/templates/{name}';
const params = z.strictObject({ name: Name });

export const listTemplates = defineRoute({
  method: 'GET',
  path: '/v1/templates',
  operationId: 'listTemplates',
  summary: 'The templates that ship and your own, by name',
  auth: true,
  request: { query: z.strictObject(PageQuery) },
  responses: { 200: pageOf(TemplateView) },
  handler: async ({ owner, query }, deps) => ({ status: 200, json: await list(deps, { owner, ...query }) }),
});

export const getTemplate = defineRoute({
  method: 'GET',
  path,
  operationId: 'getTemplate',
  summary: 'A template: its inputs, its parameters and the job that it makes',
  auth: true,
  request: {
    params,
    query: z.strictObject({
      version: z.coerce.number().int().min(1).optional().describe('The newest where it is left out.'),
    }),
  },
  responses: { 200: { description: 'The template.', schema: TemplateView } },
  handler: async ({ owner, params: { name }, query }, deps) => ({
    status: 200,
    json: await get(deps, { owner, name, ...query }),
  }),
});

export const putTemplate = defineRoute({
  method: 'PUT',
  path,
  operationId: 'putTemplate',
  summary: 'Store a template, or its next version; jobs keep the version they were made with',
  auth: true,
  request: { params, body: TemplateBody },
  responses: {
    200: { description: 'The version; the newest one where nothing changed.', schema: TemplateView },
    201: { description: 'The first version.', schema: TemplateView, headers: { location: 'The template.' } },
  },
  handler: async ({ owner, params: { name }, body }, deps) => {
    const stored = await put(deps, { owner, template: { name, ...body } });
    const headers = { location: `/v1/templates/${name}` };
    const json = storedView(stored);
    return stored.version === 1 ? { status: 201, headers, json } : { status: 200, json };
  },
});

export const deleteTemplate = defineRoute({
  method: 'DELETE',
  path,
  operationId: 'deleteTemplate',
  summary: 'Remove a template of yours; its versions stay readable by number',
  auth: true,
  request: { params },
  responses: { 204: { description: 'It is gone.' } },
  handler: async ({ owner, params: { name } }, deps) => {
    await remove(deps, { owner, name });
    return { status: 204 };
  },
});
