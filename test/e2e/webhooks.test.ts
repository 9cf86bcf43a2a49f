/** Webhooks of the local server, from the submission of a job to its receiver; and through a kill of the server. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { jobsWebhookId } from '#core/job/webhook-record.ts';
import type { JobEvent } from '#core/job/events.ts';
import { type Origin, startOrigin } from '#test/support/origin.ts';
import { newDataFolder, removeFolder, type Server, startServer } from '#test/support/server.ts';
import { verified } from '#test/support/webhooks.ts';
import { clientOf } from './deployment.ts';
import { smallImage } from './specs.ts';

let receiver: Origin;
let dataFolder: string;
let server: Server;
let status: number;

const start = async (): Promise<void> => {
  server = await startServer({ dataFolder, args: ['--private-hosts', receiver.host] });
};

beforeEach(async () => {
  status = 200;
  receiver = await startOrigin((_, response) => void response.writeHead(status).end());
  dataFolder = await newDataFolder();
  await start();
});
afterEach(async () => {
  await server.end('SIGKILL');
  await removeFolder(dataFolder);
  await receiver[Symbol.asyncDispose]();
});

const job = (notify: unknown) => ({
  inputs: { in: { test: { seconds: 1 } } },
  outputs: { still: { ...smallImage, from: 'in' } },
  notify,
});
const call = async (method: string, path: string, body?: unknown) => {
  const ana = await clientOf(server, 'ana');
  const answer = await ana.request(method, path, body === undefined ? {} : { body });
  expect(answer.status).toBeLessThan(300);
  return (await answer.json()) as Record<string, never> & { id: string; secret: string; items: JobEvent[] }; // of the routes that are called
};
const types = (): string[] => receiver.asked.map(({ body }) => (JSON.parse(body.toString()) as JobEvent).type).sort();
const all = ['job.queued', 'job.running', 'job.succeeded', 'output.succeeded'];

test('a job is told of at the address that it names, in the words of its events', async () => {
  const { secret } = await call('POST', `/v1/webhooks/${jobsWebhookId}/secret`, {});
  const { id } = await call('POST', '/v1/jobs', job([{ webhook: `${receiver.url}/hook` }, { eventBridge: true }]));
  await expect.poll(types, { timeout: 20_000 }).toEqual(all);
  const { items } = await call('GET', `/v1/jobs/${id}/events`);
  const told = receiver.asked.map((asked) => ({
    id: asked.headers['webhook-id'],
    ...(verified(secret, asked) as Omit<JobEvent, 'id'>),
  }));
  const byId = (a: { id?: unknown }, b: { id?: unknown }): number => String(a.id).localeCompare(String(b.id));
  expect(told.toSorted(byId)).toEqual(items.toSorted(byId));
}, 30_000);

test('what could not be sent before a kill is sent after the next start', async () => {
  status = 503;
  const { id, secret } = await call('POST', '/v1/webhooks', {
    url: `${receiver.url}/hook`,
    events: ['job.succeeded'],
  });
  await call('POST', '/v1/jobs', job(undefined));
  // Not only tried but recorded: a try that nobody recorded is repeated when its lease is over, a minute later.
  const tries = async (): Promise<unknown> => (await call('GET', `/v1/webhooks/${id}/deliveries`)).items;
  await expect.poll(tries, { timeout: 20_000 }).toMatchObject([{ attempts: [{ status: 503 }] }]);
  expect(types()).toEqual(['job.succeeded']);
  await server.end('SIGKILL');
  status = 200;
  await start();
  await expect.poll(types, { timeout: 20_000 }).toEqual(['job.succeeded', 'job.succeeded']);
  for (const asked of receiver.asked) verified(secret, asked);
  expect(new Set(receiver.asked.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
}, 60_000);
