/** Webhooks as a receiver sees them; signatures are checked by the reference library. */
import { afterEach, describe, expect, test } from 'vitest';
import { jobEvents } from '#core/job/events.ts';
import { jobsWebhookId } from '#core/job/webhook-record.ts';
import { replayWebhookDelivery } from '#core/usecases/webhook-deliveries.ts';
import { rotateWebhookSecret } from '#core/usecases/rotate-webhook-secret.ts';
import { type Answering, type Origin, startOrigin } from '#test/support/origin.ts';
import { aSpec, aWebhook, jobId, webhookId } from '#test/support/records.ts';
import { endedJob, endpointAt, post, type Post, verified } from '#test/support/webhooks.ts';

const origins: Origin[] = [];
const serve = async (answer: Answering): Promise<Origin> => {
  const origin = await startOrigin(answer);
  origins.push(origin);
  return origin;
};
afterEach(async () => {
  for (const origin of origins.splice(0)) await origin[Symbol.asyncDispose]();
});

const answering = (...statuses: readonly number[]): Promise<Origin> =>
  serve((_, response, count) => void response.writeHead(statuses[count - 1] ?? statuses.at(-1) ?? 200).end('thanks'));

/** One endpoint, one notice, queued. */
const one = async (origin: Origin): Promise<Post> => {
  const office = post([origin], { webhooks: [endpointAt(origin)] });
  await office.queue();
  return office;
};
const onlyNotice = async (office: Post) => {
  const [notice, ...more] = await office.notices();
  expect(more).toEqual([]);
  if (!notice) throw new Error('nothing was queued');
  return notice;
};
const only = (origin: Origin) => {
  expect(origin.asked).toHaveLength(1);
  return origin.asked[0] ?? { method: '', url: '', headers: {}, body: Buffer.of() };
};

describe('a message', () => {
  test('is signed as Standard Webhooks say, and tells of the job what its view tells', async () => {
    const origin = await answering(204);
    const office = await one(origin);
    expect(await office.send()).toEqual({ delivered: 1, failed: 0 });
    const asked = only(origin);
    const event = jobEvents(office.job).at(-1);
    expect([asked.method, asked.url, asked.headers['content-type']]).toEqual([
      'POST',
      '/hook?token=HUSH',
      'application/json',
    ]);
    expect(asked.headers['webhook-id']).toBe(event?.id);
    expect(verified(await office.secret(), asked)).toEqual({
      type: 'job.succeeded',
      timestamp: office.job.endedAt,
      data: event?.data,
    });
    expect(event?.data).toMatchObject({
      job: { id: jobId(1), status: 'succeeded', href: `/v1/jobs/${jobId(1)}` },
      outputs: {
        mp4: { files: [{ name: 'out.mp4', bytes: 4, href: `/v1/jobs/${jobId(1)}/outputs/mp4/out.mp4` }] },
      },
      isCut: false,
    });
    expect(asked.body.toString()).not.toContain('secret-key');
  });

  test('that was changed on its way does not verify, nor under another id, time or secret', async () => {
    const origin = await answering(200);
    const office = await one(origin);
    await office.send();
    const { headers, body } = only(origin);
    const secret = await office.secret();
    const tampered = Buffer.from(body.toString().replace('succeeded', 'failed'));
    expect(() => verified(secret, { headers, body: tampered })).toThrow();
    for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature'])
      expect(() =>
        verified(secret, { headers: { ...headers, [name]: `${Number(headers[name]) + 1}` }, body }),
      ).toThrow();
    expect(() => verified('whsec_bm90IGl0', { headers, body })).toThrow();
    const other = await office.signer.secret({ owner: 'ben', webhook: aWebhook().id, generation: 1 });
    expect(() => verified(other, { headers, body })).toThrow();
  });

  test('carries the signatures of both secrets for a day after a rotation, then of the new one only', async () => {
    const origin = await answering(500);
    const office = await one(origin);
    const { secret } = await rotateWebhookSecret(office, { owner: 'ana', id: aWebhook().id });
    expect(secret).not.toBe(await office.secret());
    await office.send();
    for (const each of [await office.secret(), secret]) verified(each, only(origin));
    expect(only(origin).headers['webhook-signature']).toMatch(/^v1,[^ ,]{44} v1,[^ ,]{44}$/);
    office.clock.advance(24 * 3_600_000);
    await office.send();
    expect(origin.asked[1]?.headers['webhook-signature']).toMatch(/^v1,[^ ,]{44}$/);
  });

  test('to an address that a job names is signed with the secret of the endpoint for these', async () => {
    const origin = await answering(200);
    const spec = aSpec({
      notify: [{ webhook: `${origin.url}/a` }, { eventBridge: true }, { webhook: `${origin.url}/b` }],
    });
    const office = post([origin], { job: endedJob({ spec }) });
    await office.queue();
    await office.send();
    const types = ['job.queued', 'job.running', 'job.succeeded', 'output.succeeded'];
    const secret = await office.secret(jobsWebhookId);
    for (const path of ['/a', '/b']) {
      const asked = origin.asked.filter(({ url }) => url === path);
      expect(asked.map((each) => (verified(secret, each) as { type: string }).type).sort()).toEqual(types);
    }
    expect(office.published.map(({ type }) => type).sort()).toEqual(types);
    expect(await office.notices(jobsWebhookId)).toHaveLength(12);
  });
});

describe('an answer', () => {
  test('of 301 is not followed; it is a failure', async () => {
    const target = await answering(200);
    const origin = await serve((_, response) => void response.writeHead(301, { location: target.url }).end());
    const office = post([origin, target], { webhooks: [endpointAt(origin)] });
    await office.queue();
    expect(await office.send()).toEqual({ delivered: 0, failed: 1 });
    expect(target.asked).toEqual([]);
    expect(await onlyNotice(office)).toMatchObject({ state: 'pending', attempts: [{ status: 301 }] });
  });

  test('that says 200 and then a gigabyte is one of 200; nobody reads the rest', async () => {
    let sent = 0;
    const origin = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 2 ** 30 });
      const more = (): void => {
        while (sent < 2 ** 30 && !response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
      };
      response.on('drain', more);
      more();
    });
    const office = await one(origin);
    expect(await office.send()).toEqual({ delivered: 1, failed: 0 });
    expect(sent).toBeLessThan(20e6);
  });

  test('that comes too slowly is none', async () => {
    const origin = await serve(async (_, response) => {
      for (const letter of 'HTTP/1.1 200 OK\r\nx-slow: ') {
        response.socket?.write(letter);
        await new Promise((resolve) => setTimeout(resolve, 400));
        if (response.destroyed) return;
      }
    });
    const office = await one(origin);
    expect(await office.send()).toEqual({ delivered: 0, failed: 1 });
    expect(await onlyNotice(office)).toMatchObject({
      attempts: [{ status: null, error: expect.stringContaining('within 5 seconds') }],
    });
  }, 10_000);

  test('that breaks off before its head is whole is none', async () => {
    const origin = await serve((_, response) => void response.socket?.end('HTTP/1.1 20'));
    const office = await one(origin);
    expect(await office.send()).toEqual({ delivered: 0, failed: 1 });
    expect(await onlyNotice(office)).toMatchObject({ state: 'pending', attempts: [{ status: null }] });
  });

  test('of 410 ends the endpoint and all that is on its way there', async () => {
    const origin = await answering(410);
    const office = post([origin], { webhooks: [endpointAt(origin, { events: ['job.queued', 'job.succeeded'] })] });
    await office.queue();
    await office.send();
    expect(await office.webhooks.get('ana', aWebhook().id)).toMatchObject({ state: 'disabled' });
    expect((await office.notices()).map(({ state }) => state)).toEqual(['failed', 'failed']);
    office.clock.advance(48 * 3_600_000);
    const before = origin.asked.length;
    await office.send();
    expect(origin.asked).toHaveLength(before);
    const [notice] = await office.notices();
    if (!notice) throw new Error('there are two');
    await expect(replayWebhookDelivery(office, notice)).rejects.toMatchObject({ code: 'conflict.state' });
  });

  test('of 500 is tried again a little later, with the same id, and a new time', async () => {
    const origin = await answering(500, 200);
    const office = await one(origin);
    expect(await office.send()).toEqual({ delivered: 0, failed: 1 });
    expect(await office.send()).toEqual({ delivered: 0, failed: 0 });
    office.clock.advance(6001);
    expect(await office.send()).toEqual({ delivered: 1, failed: 0 });
    const ids = origin.asked.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(1);
    expect(origin.asked[1]?.headers['webhook-timestamp']).not.toBe(origin.asked[0]?.headers['webhook-timestamp']);
    for (const asked of origin.asked) verified(await office.secret(), asked);
    expect(await onlyNotice(office)).toMatchObject({
      state: 'delivered',
      nextAt: null,
      attempts: [
        { status: 500, error: 'It answered 500.' },
        { status: 200, error: null },
      ],
    });
    office.clock.advance(48 * 3_600_000);
    expect(await office.send()).toEqual({ delivered: 0, failed: 0 });
  });
});

test('a message that is never taken is tried eight times in a day and then given up', async () => {
  const origin = await answering(503);
  const office = await one(origin);
  for (let minutes = 0; minutes < 25 * 60; minutes += 1) {
    await office.send();
    office.clock.advance(60_000);
  }
  expect(origin.asked).toHaveLength(8);
  expect(await onlyNotice(office)).toMatchObject({ state: 'failed', nextAt: null, tries: 8 });
  expect(JSON.stringify(office.log)).not.toContain('HUSH');
});

test('an endpoint that fails for five days is disabled; one success in between clears it', async () => {
  const day = 86_400_000;
  const origin = await answering(500, 200, 500, 500, 500);
  const office = await one(origin);
  const again = async (): Promise<void> => {
    const notice = await onlyNotice(office);
    if (notice.state !== 'pending') await replayWebhookDelivery(office, notice);
    await office.send();
  };
  const state = async () => office.webhooks.get('ana', aWebhook().id);
  await office.send();
  expect((await state())?.failingSince).not.toBeNull();
  office.clock.advance(day);
  await again();
  expect(await state()).toMatchObject({ state: 'active', failingSince: null });
  await again();
  office.clock.advance(4 * day);
  await again();
  expect(await state()).toMatchObject({ state: 'active' });
  office.clock.advance(day);
  await again();
  expect(await state()).toMatchObject({ state: 'disabled' });
});

test('nothing is sent to an endpoint that was disabled in the meantime', async () => {
  const origin = await answering(200);
  const office = await one(origin);
  await office.webhooks.update({ ...endpointAt(origin), state: 'disabled' });
  expect(await office.send()).toEqual({ delivered: 0, failed: 1 });
  expect(origin.asked).toEqual([]);
  expect(await onlyNotice(office)).toMatchObject({
    state: 'failed',
    attempts: [{ error: 'The webhook is disabled.' }],
  });
});

test('a message that is sent again on request has the same event id', async () => {
  const origin = await answering(200);
  const office = await one(origin);
  await office.send();
  const notice = await replayWebhookDelivery(office, await onlyNotice(office));
  expect(notice).toMatchObject({ state: 'pending', tries: 0 });
  expect(await replayWebhookDelivery(office, notice)).toEqual(notice);
  await office.send();
  const [first, second] = origin.asked.map(({ headers }) => headers['webhook-id']);
  expect(second).toBe(first);
  expect(origin.asked).toHaveLength(2);
  expect((await onlyNotice(office)).attempts).toHaveLength(2);
});

describe('what goes wrong on our side', () => {
  test('a sender that crashes after sending leaves the message to the next one, with the same id', async () => {
    const origin = await answering(200);
    const office = await one(origin);
    const crash = new Error('crash');
    let writes = 0;
    const webhooks = {
      ...office.webhooks,
      updateNotice: (notice: Parameters<typeof office.webhooks.updateNotice>[0]) => {
        writes += 1;
        return writes === 1 ? office.webhooks.updateNotice(notice) : Promise.reject(crash);
      },
    };
    await office.send({ webhooks });
    expect(origin.asked).toHaveLength(1);
    expect(await office.send()).toEqual({ delivered: 0, failed: 0 });
    office.clock.advance(60_001);
    expect(await office.send()).toEqual({ delivered: 1, failed: 0 });
    expect(new Set(origin.asked.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(origin.asked).toHaveLength(2);
  });

  test('ten senders at once send a message once', async () => {
    const origin = await answering(200);
    const office = await one(origin);
    const sent = await Promise.all(Array.from({ length: 10 }, () => office.send()));
    expect(sent.reduce((sum, { delivered }) => sum + delivered, 0)).toBe(1);
    expect(origin.asked).toHaveLength(1);
  });

  test('ten repetitions of the last step queue one row for each event and address', async () => {
    const origin = await answering(200);
    const office = await one(origin);
    await Promise.all(Array.from({ length: 9 }, () => office.queue()));
    await office.send();
    await office.queue();
    await office.send();
    expect(origin.asked).toHaveLength(1);
    expect(await onlyNotice(office)).toMatchObject({ state: 'delivered' });
  });

  test('one receiver that hangs does not hold up the others', async () => {
    const slow = await serve(() => undefined);
    const quick = await answering(200);
    const webhooks = [endpointAt(slow), endpointAt(quick, { id: webhookId(2) })];
    const office = post([slow, quick], { webhooks });
    await office.queue();
    const sending = office.send();
    await expect.poll(() => quick.asked.length, { timeout: 3000 }).toBe(1);
    expect(await sending).toEqual({ delivered: 1, failed: 1 });
  }, 10_000);

  test('a bus that does not take an event is asked again', async () => {
    const office = post([], { job: endedJob({ spec: aSpec({ notify: [{ eventBridge: true }] }) }) });
    await office.queue();
    const bus = { put: () => Promise.reject(new Error('HUSH: credentials')) };
    expect(await office.send({ bus })).toEqual({ delivered: 0, failed: 4 });
    const notices = await office.notices(jobsWebhookId);
    expect(JSON.stringify(notices)).not.toContain('HUSH');
    expect(notices[0]).toMatchObject({ state: 'pending', url: null });
    office.clock.advance(6001);
    expect(await office.send()).toEqual({ delivered: 4, failed: 0 });
    expect(new Set(office.published.map(({ id }) => id)).size).toBe(4);
  });

  test.each([
    ['the webhook was removed', (office: Post) => office.webhooks.remove('ana', aWebhook().id)],
    ['the job was removed', (office: Post) => office.jobs.remove(jobId(1), new Date().toISOString())],
  ])('nothing is sent once %s', async (reason, remove) => {
    const origin = await answering(200);
    const office = await one(origin);
    await remove(office);
    expect(await office.send()).toEqual({ delivered: 0, failed: 1 });
    expect(origin.asked).toEqual([]);
    const [attempt] = (await onlyNotice(office)).attempts;
    expect(attempt?.error?.toLowerCase()).toBe(`${reason}.`);
  });

  test('an address of the inner network is not spoken to, whatever was stored', async () => {
    const origin = await answering(200);
    const office = await one(origin);
    expect(await office.send({ privateHosts: [] })).toEqual({ delivered: 0, failed: 1 });
    const { guardedWeb } = await import('#adapters/http/web.ts');
    office.clock.advance(6001);
    expect(await office.send({ web: guardedWeb() })).toEqual({ delivered: 0, failed: 1 });
    expect(origin.asked).toEqual([]);
  });
});
