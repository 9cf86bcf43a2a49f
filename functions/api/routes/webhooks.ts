import * as z from 'zod';
import { EventType } from '#core/job/events.ts';
import { HttpUrl } from '#core/job/values.ts';
import { NoticeView, noticeView } from '#core/job/notice-record.ts';
import { WebhookView, webhookView } from '#core/job/webhook-record.ts';
import { createWebhook as create } from '#core/usecases/create-webhook.ts';
import { deleteWebhook as remove } from '#core/usecases/delete-webhook.ts';
import { listWebhooks as list } from '#core/usecases/list-webhooks.ts';
import { ownedWebhook } from '#core/usecases/owned-webhook.ts';
import { rotateWebhookSecret as rotate } from '#core/usecases/rotate-webhook-secret.ts';
import { listWebhookDeliveries as listDeliveries, replayWebhookDelivery } from '#core/usecases/webhook-deliveries.ts';
import { defineRoute } from '../route.ts';
import { DeliveryParams, pageOf, PageQuery, WebhookParams } from './parts.ts';

const path = '/v1/webhooks/{id}';

const WithSecret = WebhookView.extend({
  secret: z.string().describe('What its messages are signed with (Standard Webhooks). It is not shown again.'),
});

export const listWebhooks = defineRoute({
  method: 'GET',
  path: '/v1/webhooks',
  operationId: 'listWebhooks',
  summary: 'Your webhooks, newest first; the last one signs what goes to addresses that jobs name in `notify`',
  auth: true,
  request: { query: z.strictObject(PageQuery) },
  responses: { 200: pageOf(WebhookView) },
  handler: async ({ owner, query }, deps) => ({ status: 200, json: await list(deps, { owner, ...query }) }),
});

export const createWebhook = defineRoute({
  method: 'POST',
  path: '/v1/webhooks',
  operationId: 'createWebhook',
  summary: 'Have an address told of events; the answer holds its signing secret',
  auth: true,
  // Not recorded: the record would hold the secret. An address can only be registered once.
  repeat: 'natural',
  creates: 'whk',
  request: {
    body: z.strictObject({
      url: HttpUrl.describe('On https, on port 443, public.'),
      events: z
        .array(z.enum([...EventType.options, 'job.progress']))
        .min(1)
        .max(20)
        .default([...EventType.options])
        .describe('All where it is left out. `job.progress` is refused: poll the job.'),
    }),
  },
  responses: {
    201: { description: 'The webhook.', schema: WithSecret, headers: { location: 'It.' } },
  },
  handler: async ({ owner, newId, body }, deps) => {
    const { webhook, secret } = await create(deps, { id: newId, owner, ...body });
    return {
      status: 201,
      headers: { location: `/v1/webhooks/${newId}` },
      json: { ...webhookView(webhook), secret },
    };
  },
});

export const getWebhook = defineRoute({
  method: 'GET',
  path,
  operationId: 'getWebhook',
  summary: 'Read a webhook',
  auth: true,
  request: { params: WebhookParams },
  responses: { 200: { description: 'The webhook.', schema: WebhookView } },
  handler: async ({ owner, params: { id } }, deps) => ({
    status: 200,
    json: webhookView(await ownedWebhook(deps, { id, owner })),
  }),
});

export const rotateWebhookSecret = defineRoute({
  method: 'POST',
  path: `${path}/secret`,
  operationId: 'rotateWebhookSecret',
  summary: 'Make a new signing secret; for a day the one before signs too, and asking again answers the same',
  auth: true,
  repeat: 'natural',
  request: { params: WebhookParams, body: z.strictObject({}) },
  responses: { 200: { description: 'The webhook, and its secret.', schema: WithSecret } },
  handler: async ({ owner, params: { id } }, deps) => {
    const { webhook, secret } = await rotate(deps, { id, owner });
    return { status: 200, json: { ...webhookView(webhook), secret } };
  },
});

export const deleteWebhook = defineRoute({
  method: 'DELETE',
  path,
  operationId: 'deleteWebhook',
  summary: 'Remove a webhook; what is under way to it is given up',
  auth: true,
  request: { params: WebhookParams },
  responses: { 204: { description: 'It is gone.' } },
  handler: async ({ owner, params: { id } }, deps) => {
    await remove(deps, { id, owner });
    return { status: 204 };
  },
});

export const listWebhookDeliveries = defineRoute({
  method: 'GET',
  path: `${path}/deliveries`,
  operationId: 'listWebhookDeliveries',
  summary: 'What was sent to a webhook in the last 30 days, newest first',
  auth: true,
  request: { params: WebhookParams, query: z.strictObject(PageQuery) },
  responses: { 200: pageOf(NoticeView) },
  handler: async ({ owner, params: { id }, query }, deps) => ({
    status: 200,
    json: await listDeliveries(deps, { owner, webhook: id, ...query }),
  }),
});

export const replayDelivery = defineRoute({
  method: 'POST',
  path: `${path}/deliveries/{delivery}/replay`,
  operationId: 'replayWebhookDelivery',
  summary: 'Send a message again, with the same event id',
  auth: true,
  repeat: 'natural',
  request: { params: DeliveryParams, body: z.strictObject({}) },
  responses: { 202: { description: 'It will be sent.', schema: NoticeView } },
  handler: async ({ owner, params }, deps) => {
    const notice = await replayWebhookDelivery(deps, { owner, webhook: params.id, id: params.delivery });
    return { status: 202, json: noticeView(notice) };
  },
});
