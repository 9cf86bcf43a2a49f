import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { memoryWebhookStore } from '#adapters/memory/webhook-store.ts';
import { Failure } from '#core/failures.ts';
import { JobEvent } from '#core/job/events.ts';
import { jobsWebhookId } from '#core/job/webhook-record.ts';
import type { WebhookStore } from '#core/ports/webhook-store.ts';
import { derivedSigner } from '#adapters/system/signer.ts';
import { apiHarness } from '#test/support/api.ts';
import { aJob, aNotice, anUpload, at, aWebhook, jobId, noticeId, uploadId, webhookId } from '#test/support/records.ts';
import { anOutput } from '#test/support/webhooks.ts';

/** A store that is out of reach. */
const brokenStore = (): WebhookStore => ({
  ...memoryWebhookStore(),
  list: () => Promise.reject(new Failure('platform.throttled')),
});

const url = 'https://hooks.example.com/kinoduct?token=HUSH';

describe('POST /v1/webhooks', () => {
  test('answers the signing secret, which nothing shows again', async () => {
    const { call, log, webhooks, idempotency } = apiHarness();
    const headers = { 'idempotency-key': 'k' };
    const { status, json, headers: answered } = await call('POST', '/v1/webhooks', { headers, body: { url } });
    expect(status).toBe(201);
    expect(json).toMatchObject({ url, state: 'active', failingSince: null, rotatingUntil: null });
    expect(json.events).toHaveLength(9);
    expect(json.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(answered['location']).toBe(`/v1/webhooks/${json.id}`);
    const shown = [
      await call('GET', '/v1/webhooks'),
      await call('GET', `/v1/webhooks/${json.id}`),
      await call('GET', `/v1/webhooks/${json.id}/deliveries`),
      await call('POST', '/v1/webhooks', { headers, body: { url } }),
    ];
    expect(shown.map((answer) => answer.status)).toEqual([200, 200, 200, 409]);
    const told = JSON.stringify([
      shown.map(({ body }) => body),
      log,
      await webhooks.list({ owner: 'ana', limit: 9 }),
      await idempotency.begin(
        { owner: 'ana', key: 'k' },
        { fingerprint: 'f', resourceId: 'r', now: at(0), lockedUntil: at(1), expiresAt: at(2) },
      ),
    ]);
    expect(told).not.toContain(json.secret.slice(6));
    expect(JSON.stringify(log)).not.toContain('HUSH');
  });

  test.each([
    [{ url: 'http://hooks.example.com' }, 422, 'spec.invalid', '/url'],
    [{ url: 'https://169.254.169.254/' }, 422, 'spec.invalid', '/url'],
    [{ url, events: [] }, 422, 'spec.invalid', '/events'],
    [{ url, events: ['job.done'] }, 422, 'spec.invalid', '/events/0'],
    [{ url, events: ['job.failed', 'job.progress'] }, 422, 'spec.unsupported', '/events/1'],
    [{ url, secret: 'mine' }, 422, 'spec.invalid', '/secret'],
  ])('%j is refused where it is wrong', async (body, status, code, pointer) => {
    const { call, webhooks } = apiHarness();
    const answer = await call('POST', '/v1/webhooks', { body });
    expect([answer.status, answer.json.code, answer.json.errors[0].pointer]).toEqual([status, code, pointer]);
    expect((await webhooks.list({ owner: 'ana', limit: 9 })).items).toEqual([]);
  });

  test('takes an address of the own network that the deployer lists', async () => {
    const { call } = apiHarness({}, { privateHosts: ['127.0.0.1:3000'] });
    const body = { url: 'http://127.0.0.1:3000/', events: ['job.failed', 'job.failed'] };
    expect((await call('POST', '/v1/webhooks', { body })).json).toMatchObject({ events: ['job.failed'] });
  });

  test('has an end at twenty', async () => {
    const { call } = apiHarness();
    for (let n = 0; n < 20; n += 1)
      expect((await call('POST', '/v1/webhooks', { body: { url: `${url}${n}` } })).status).toBe(201);
    expect((await call('POST', '/v1/webhooks', { body: { url } })).json).toMatchObject({ code: 'conflict.state' });
    expect((await call('POST', '/v1/webhooks', { owner: 'ben', body: { url } })).status).toBe(201);
  });
});

describe('a signing secret', () => {
  test('is another one after a rotation; asking again within a day answers it again', async () => {
    const { call, clock } = apiHarness();
    const made = await call('POST', '/v1/webhooks', { body: { url } });
    const path = `/v1/webhooks/${made.json.id}`;
    const rotate = () => call('POST', `${path}/secret`, { body: {} });
    const second = await rotate();
    expect(second.status).toBe(200);
    expect(second.json.secret).not.toBe(made.json.secret);
    expect(second.json.rotatingUntil).toBe(at(24 * 3600));
    expect((await rotate()).json).toEqual(second.json);
    clock.advance(24 * 3_600_000);
    const third = await rotate();
    expect(new Set([made, second, third].map(({ json }) => json.secret)).size).toBe(3);
    expect((await call('GET', path)).body).not.toContain('whsec_');
  });

  test('for what jobs name is there for everybody, from the first time that it is asked for', async () => {
    const { call } = apiHarness();
    const path = `/v1/webhooks/${jobsWebhookId}`;
    expect((await call('GET', '/v1/webhooks')).json.items).toMatchObject([{ id: jobsWebhookId, url: null }]);
    expect((await call('GET', path)).status).toBe(200);
    expect((await call('GET', `${path}/deliveries`)).json).toEqual({ items: [], next: null });
    const first = await call('POST', `${path}/secret`, { body: {} });
    const second = await call('POST', `${path}/secret`, { body: {} });
    expect(second.json.secret).not.toBe(first.json.secret);
    expect((await call('POST', `${path}/secret`, { owner: 'ben', body: {} })).json.secret).not.toBe(first.json.secret);
    expect((await call('DELETE', path)).json).toMatchObject({ status: 409, code: 'conflict.state' });
    expect((await call('GET', '/v1/webhooks')).json.items).toHaveLength(1);
  });

  test('is what nobody finds who has the tables but not the key', async () => {
    const [one, other] = [derivedSigner(async () => 'key 1'), derivedSigner(async () => 'key 2')];
    const of = { owner: 'ana', webhook: webhookId(1), generation: 1 };
    const secret = await one.secret(of);
    expect(await other.secret(of)).not.toBe(secret);
    const secrets = await Promise.all(
      [{ generation: 2 }, { owner: 'ben' }, { webhook: webhookId(2) }].map((change) =>
        one.secret({ ...of, ...change }),
      ),
    );
    expect(new Set([secret, ...secrets]).size).toBe(4);
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    expect(key).toHaveLength(32);
    expect(await one.sign(of, 'text')).toBe(createHmac('sha256', key).update('text').digest('base64'));
  });

  test('is asked for again after its key could not be read', async () => {
    let asked = 0;
    const signer = derivedSigner(async () => {
      asked += 1;
      if (asked === 1) throw new Error('not now');
      return 'key';
    });
    const of = { owner: 'ana', webhook: webhookId(1), generation: 1 };
    await expect(signer.secret(of)).rejects.toThrow('not now');
    await signer.secret(of);
    await signer.sign(of, 'x');
    expect(asked).toBe(2);
  });
});

describe('deliveries', () => {
  const notices = [1, 2, 3].map((n) => aNotice({ id: noticeId(n), state: 'failed', nextAt: null, tries: 8 }));
  const path = `/v1/webhooks/${webhookId(1)}/deliveries`;

  test('are listed newest first, page by page', async () => {
    const { call } = apiHarness({ webhooks: [aWebhook()], notices });
    const { json } = await call('GET', `${path}?limit=2`);
    expect(json.items.map(({ id }: { id: string }) => id)).toEqual([noticeId(3), noticeId(2)]);
    const rest = await call('GET', `${path}?limit=2&cursor=${json.next}`);
    expect(rest.json).toMatchObject({ items: [{ id: noticeId(1), state: 'failed', jobId: jobId(1) }], next: null });
  });

  test('are sent again on request, from the first try', async () => {
    const { call, webhooks } = apiHarness({ webhooks: [aWebhook()], notices });
    const { status, json } = await call('POST', `${path}/${noticeId(2)}/replay`, { body: {} });
    expect([status, json.state, json.nextAt]).toEqual([202, 'pending', at(0)]);
    expect(await webhooks.notice(aNotice({ id: noticeId(2) }))).toMatchObject({ tries: 0, version: 2 });
    expect((await call('POST', `${path}/${noticeId(9)}/replay`, { body: {} })).status).toBe(404);
  });
});

describe('GET /v1/jobs/{id}/events', () => {
  const job = aJob({ status: 'succeeded', startedAt: at(1), endedAt: at(9), outputs: { mp4: anOutput } });
  const path = `/v1/jobs/${jobId(1)}/events`;

  test('answers what happened in order, after what is known, page by page', async () => {
    const { call } = apiHarness({ jobs: [job] });
    const all = await call('GET', path);
    expect(all.json.next).toBeNull();
    const items = all.json.items as JobEvent[];
    expect(items.map(({ type }) => type)).toEqual(['job.queued', 'job.running', 'output.succeeded', 'job.succeeded']);
    for (const item of items) JobEvent.parse(item);
    const seen: JobEvent[] = [];
    let next: string | null = items[0]?.id ?? null;
    while (next !== null) {
      const { json } = await call('GET', `${path}?limit=1&after=${next}`);
      seen.push(...json.items);
      next = json.next;
    }
    expect(seen).toEqual(items.slice(1));
    expect((await call('GET', `${path}?after=${items[3]?.id}`)).json).toEqual({ items: [], next: null });
  });

  test('refuses an event that is not of the job', async () => {
    const { call } = apiHarness({ jobs: [job] });
    for (const after of [`evt_${'0'.repeat(26)}`, 'x']) {
      const { status, json } = await call('GET', `${path}?after=${after}`);
      expect([status, json.code, json.errors[0].pointer]).toEqual([422, 'spec.invalid', '?after']);
    }
  });
});

describe('a job with `notify`', () => {
  const upload = anUpload({
    state: 'complete',
    object: { key: `uploads/ana/${uploadId(1)}/source`, etag: 'e', bytes: 4 },
  });
  const body = (notify: unknown) => ({ inputs: { video: uploadId(1) }, outputs: { mp4: 'mp4' }, notify });

  test('is accepted, and told of as soon as it is queued', async () => {
    const { call, webhooks } = apiHarness({ uploads: [upload] });
    const { status } = await call('POST', '/v1/jobs', { body: body([{ webhook: url }, { eventBridge: true }]) });
    expect(status).toBe(202);
    const { items } = await webhooks.notices({ owner: 'ana', webhook: jobsWebhookId, limit: 9 });
    expect(items.map((notice) => [notice.url, notice.event.type])).toEqual([
      [null, 'job.queued'],
      [url, 'job.queued'],
    ]);
  });

  test('is refused with an address that cannot be told, also where it waits for an upload', async () => {
    const { call } = apiHarness({ uploads: [upload] });
    const wrong = body([{ eventBridge: true }, { webhook: 'https://10.0.0.1/' }]);
    const { json } = await call('POST', '/v1/jobs', { body: wrong });
    expect([json.code, json.errors[0].pointer]).toEqual(['spec.invalid', '/notify/1/webhook']);
    const waiting = await call('POST', '/v1/uploads', { body: { filename: 'a.mp4', job: wrong } });
    expect([waiting.json.code, waiting.json.errors[0].pointer]).toEqual(['spec.invalid', '/job/notify/1/webhook']);
  });

  test('is accepted although nothing can be queued just now', async () => {
    const { call, log } = apiHarness({ uploads: [upload] }, { webhooks: brokenStore() });
    expect((await call('POST', '/v1/jobs', { body: body([{ webhook: url }]) })).status).toBe(202);
    expect(JSON.stringify(log)).toContain('events not queued yet');
  });

  test('is told of being canceled by the request that cancels it', async () => {
    const { call, webhooks } = apiHarness({ jobs: [aJob()], webhooks: [aWebhook({ events: ['job.canceled'] })] });
    await call('POST', `/v1/jobs/${jobId(1)}/cancel`, { body: {} });
    await call('POST', `/v1/jobs/${jobId(1)}/cancel`, { body: {} });
    const { items } = await webhooks.notices({ owner: 'ana', webhook: webhookId(1), limit: 9 });
    expect(items.map(({ event }) => event.type)).toEqual(['job.canceled']);
  });
});
