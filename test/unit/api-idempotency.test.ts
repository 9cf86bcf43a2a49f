import { describe, expect, test } from 'vitest';
import { memoryIdempotencyStore } from '#adapters/memory/idempotency-store.ts';
import { memoryJobStore } from '#adapters/memory/job-store.ts';
import { Failure } from '#core/failures.ts';
import { apiHarness } from '#test/support/api.ts';
import { replaceMethod } from '#test/support/replace-method.ts';
import { aJob, jobId } from '#test/support/records.ts';

const job = (extra: object = {}) => ({ inputs: { in: { test: { seconds: 1 } } }, outputs: { out: 'mp4' }, ...extra });
const keyed = (body: unknown, key = 'key-1', owner = 'ana') => ({ body, owner, headers: { 'Idempotency-Key': key } });

describe('a request with an idempotency key', () => {
  test('is carried out once and answered alike, whatever the order of its fields', async () => {
    const { call, workflow, clock } = apiHarness();
    const first = await call('POST', '/v1/jobs', keyed(job({ name: 'a', seed: undefined })));
    clock.advance(3600_000);
    const { inputs, outputs } = job();
    const again = await call('POST', '/v1/jobs', keyed({ outputs, name: 'a', inputs }));
    expect(again.headers).toMatchObject({ 'idempotent-replayed': 'true', location: first.headers['location'] });
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expect(first.headers).not.toHaveProperty('idempotent-replayed');
    expect(workflow.started).toHaveLength(1);
    expect((await call('GET', '/v1/jobs')).json.items).toHaveLength(1);
  });

  test('is another one with another body, path, key or owner', async () => {
    const { call } = apiHarness({ jobs: [aJob({ status: 'failed' })] });
    const first = await call('POST', '/v1/jobs', keyed(job()));
    for (const [path, body] of [
      ['/v1/jobs', job({ name: 'other' })],
      ['/v1/uploads', job()],
      [`/v1/jobs/${jobId(1)}/cancel`, job()],
    ] as const) {
      const { status, json } = await call('POST', path, keyed(body));
      expect([path, status, json.code]).toEqual([path, 422, 'conflict.idempotency']);
    }
    const others = [
      await call('POST', '/v1/jobs', keyed(job(), 'key-2')),
      await call('POST', '/v1/jobs', keyed(job(), 'key-1', 'ben')),
    ];
    expect(new Set([first, ...others].map(({ json }) => json.id)).size).toBe(3);
  });

  test('may be sent anew after a week', async () => {
    const { call, clock } = apiHarness();
    const first = await call('POST', '/v1/jobs', keyed(job()));
    clock.advance(7 * 24 * 3600_000 + 1);
    expect((await call('POST', '/v1/jobs', keyed(job()))).json.id).not.toBe(first.json.id);
  });

  test('that is still being answered is refused for the moment', async () => {
    const jobs = memoryJobStore();
    const gate = Promise.withResolvers<void>();
    replaceMethod(jobs, 'create', (create) => async (record) => {
      await gate.promise;
      await create(record);
    });
    const { call } = apiHarness({}, { jobs });
    const first = call('POST', '/v1/jobs', keyed(job()));
    await new Promise((resolve) => setImmediate(resolve));
    const second = await call('POST', '/v1/jobs', keyed(job()));
    expect([second.status, second.json.code, second.headers['retry-after']]).toEqual([
      409,
      'conflict.in_progress',
      '1',
    ]);
    gate.resolve();
    expect((await first).status).toBe(202);
  });

  test('that was refused may be mended and sent again', async () => {
    const { call } = apiHarness();
    expect((await call('POST', '/v1/jobs', keyed(job({ nmae: 'a' })))).status).toBe(422);
    expect((await call('POST', '/v1/jobs', keyed(job({ name: 'a' })))).status).toBe(202);
  });

  test('that failed on our side may be sent again, and makes one job', async () => {
    const jobs = memoryJobStore();
    const mend = replaceMethod(jobs, 'create', () => () => Promise.reject(new Failure('platform.throttled')));
    const { call } = apiHarness({}, { jobs });
    const failed = await call('POST', '/v1/jobs', keyed(job()));
    expect([failed.status, failed.headers['retry-after']]).toEqual([503, '1']);
    mend();
    expect((await call('POST', '/v1/jobs', keyed(job()))).status).toBe(202);
    expect((await call('GET', '/v1/jobs')).json.items).toHaveLength(1);
  });

  test('whose first try crashed after it had made the job finds that job', async () => {
    const idempotency = memoryIdempotencyStore();
    replaceMethod(idempotency, 'complete', () => () => Promise.reject(new Error('the process ended here')));
    const { call, clock, workflow } = apiHarness({}, { idempotency });
    const first = await call('POST', '/v1/jobs', keyed(job()));
    expect((await call('POST', '/v1/jobs', keyed(job()))).status).toBe(409);
    clock.advance(60_001);
    const again = await call('POST', '/v1/jobs', keyed(job()));
    expect(again.json.id).toBe(first.json.id);
    // Starting the same execution again is harmless; a second job would not be.
    expect(new Set(workflow.started.map(({ jobId }) => jobId)).size).toBe(1);
    expect((await call('GET', '/v1/jobs')).json.items).toHaveLength(1);
  });

  test('whose first try crashed after it had made the upload finds that upload and its job', async () => {
    const idempotency = memoryIdempotencyStore();
    const mend = replaceMethod(
      idempotency,
      'complete',
      () => () => Promise.reject(new Error('the process ended here')),
    );
    const { call, clock } = apiHarness({}, { idempotency });
    const body = { filename: 'a', bytes: 20_000_000, job: { inputs: { in: '@upload' }, outputs: { out: 'mp4' } } };
    const first = await call('POST', '/v1/uploads', keyed(body));
    mend();
    clock.advance(60_001);
    const again = await call('POST', '/v1/uploads', keyed(body));
    expect([again.json.id, again.json.jobId]).toEqual([first.json.id, first.json.jobId]);
    expect((await call('GET', '/v1/jobs')).json.items).toHaveLength(1);
  });

  test.each(['', ' ', 'two words', 'ü', 'x'.repeat(256)])('of the form "%s" is refused', async (key) => {
    expect((await apiHarness().call('POST', '/v1/jobs', keyed(job(), key))).json.code).toBe('request.malformed');
  });

  test('keeps no answer where repeating does no harm', async () => {
    const { call, clock } = apiHarness();
    const { json } = await call('POST', '/v1/uploads', { body: { filename: 'a', bytes: 4 } });
    const path = `/v1/uploads/${json.id}/parts`;
    const first = await call('POST', path, keyed({}));
    clock.advance(1000);
    expect((await call('POST', path, keyed({}))).json.expiresAt).not.toBe(first.json.expiresAt);
  });
});
