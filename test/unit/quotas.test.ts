import { describe, expect, test } from 'vitest';
import { manualClock } from '#adapters/memory/clock.ts';
import { memoryJobStore } from '#adapters/memory/job-store.ts';
import { recordingLog } from '#adapters/memory/log.ts';
import { memoryUsageStore } from '#adapters/memory/usage-store.ts';
import { countedJobs, noQuotas, type Quotas, QuotaConfig, settleLost } from '#core/usecases/quotas.ts';
import { measuredSpeed } from '#core/usecases/measured-speed.ts';
import { apiHarness } from '#test/support/api.ts';
import { aJob, anUpload, at, jobId, uploadId } from '#test/support/records.ts';

const today = at(0).slice(0, 10);

const house = (quotas: Partial<Quotas>) => {
  const clock = manualClock();
  const [inner, usage, log] = [memoryJobStore(), memoryUsageStore(), recordingLog()];
  const jobs = countedJobs(inner, { usage, quotas: { ...noQuotas, ...quotas }, clock, log });
  return { clock, inner, usage, log, jobs };
};
const job = (n: number, overrides = {}) => aJob({ id: jobId(n), ...overrides });
const ended = { status: 'failed', endedAt: at(60) } as const;

describe('quotas', () => {
  test('fifty jobs at once against a quota of ten: exactly ten are stored', async () => {
    const { jobs, inner } = house({ userDailyJobs: 10 });
    const tries = await Promise.allSettled(Array.from({ length: 50 }, (_, n) => jobs.create(job(n + 1))));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    expect((await inner.list({ owner: 'ana', limit: 1000 })).items).toHaveLength(10);
    const refused = tries.find((each) => each.status === 'rejected');
    expect(refused).toMatchObject({ reason: { code: 'quota.user_daily', facts: { rateLimit: { quota: 10 } } } });
  });

  test('are those of the second source system where they are set so: one a user, a hundred in all', async () => {
    const { jobs } = house({ userDailyJobs: 1, globalDailyJobs: 100 });
    await jobs.create(job(1));
    await expect(jobs.create(job(2))).rejects.toMatchObject({ code: 'quota.user_daily' });
    for (let n = 2; n <= 100; n += 1) await jobs.create(job(n, { owner: `user-${n}` }));
    await expect(jobs.create(job(101, { owner: 'late' }))).rejects.toMatchObject({ code: 'quota.global_daily' });
  });

  test('begin anew with each day of UTC', async () => {
    const { jobs } = house({ userDailyJobs: 1 });
    await jobs.create(job(1));
    await jobs.create(job(2, { createdAt: at(86_400) }));
  });

  for (const status of ['succeeded', 'partial', 'failed', 'canceled'] as const)
    test(`a job that ends as ${status} makes room for another one, once`, async () => {
      const { jobs, usage } = house({ userConcurrentJobs: 1 });
      await jobs.create(job(1, { status: 'running', attempt: 1 }));
      await expect(jobs.create(job(2))).rejects.toMatchObject({ code: 'quota.concurrency' });
      await jobs.update({ ...job(1, { attempt: 1 }), status, endedAt: at(60) });
      await expect(jobs.update({ ...job(1, { attempt: 1, version: 2 }), status })).rejects.toThrow();
      expect(await usage.taken('open:user:ana')).toBe(0);
      await jobs.create(job(2));
      await expect(jobs.create(job(3))).rejects.toMatchObject({ code: 'quota.concurrency' });
    });

  test('a job that expires makes room as well', async () => {
    const { jobs, usage } = house({ userConcurrentJobs: 1 });
    await jobs.create(job(1, { status: 'waiting', awaits: uploadId(1) }));
    await jobs.update({ ...job(1, { awaits: uploadId(1) }), status: 'expired', endedAt: at(60) });
    expect(await usage.taken('open:user:ana')).toBe(0);
  });

  test('an id that is stored again takes nothing again; one that could not be stored gives back what it took', async () => {
    const { jobs, usage, inner } = house({ userDailyJobs: 5 });
    await jobs.create(job(1));
    await expect(jobs.create(job(1))).rejects.toMatchObject({ code: 'conflict.state' });
    expect(await usage.taken(`day:${today}:user:ana`)).toBe(1);
    await inner.create(job(2));
    await inner.remove(jobId(2), at(0));
    await expect(jobs.create(job(2))).rejects.toMatchObject({ code: 'conflict.state' });
    expect(await usage.taken(`day:${today}:user:ana`)).toBe(1);
  });

  test('what a crash left between the end of a job and its counting is counted by the sweep, once', async () => {
    const { jobs, inner, usage, clock } = house({ userConcurrentJobs: 2 });
    await jobs.create(job(1, { status: 'running', attempt: 1 }));
    await inner.update({ ...job(1, { attempt: 1 }), ...ended });
    await usage.reserve({
      jobId: jobId(2),
      owner: 'ana',
      template: '',
      day: today,
      at: at(0),
      taken: [{ counter: 'open:user:ana', most: 2, open: true }],
    });
    expect(await usage.taken('open:user:ana')).toBe(2);
    clock.advance(120_000);
    await settleLost({ usage, jobs: inner, clock });
    expect(await usage.taken('open:user:ana')).toBe(1);
    clock.advance(3_600_000);
    await settleLost({ usage, jobs: inner, clock });
    await settleLost({ usage, jobs: inner, clock });
    expect(await usage.taken('open:user:ana')).toBe(0);
    expect(await usage.rows({ owner: 'ana', from: today, to: today })).toMatchObject([{ jobs: 1 }]);
  });

  test('gigabytes, minutes and dollars of today count when jobs have ended', async () => {
    const use = { jobs: 1, outputSeconds: 600, inputBytes: 2e9, usd: 3, cpuMeasured: 0, cpuPredicted: 0 };
    const full = async (quotas: Partial<Quotas>): Promise<unknown> => {
      const { jobs, usage } = house(quotas);
      await usage.settle({ jobId: jobId(9), owner: 'ana', template: '', day: today, at: at(0) }, use);
      return jobs.create(job(1)).then(
        () => 'stored',
        (error: { code: string }) => error.code,
      );
    };
    expect(await full({ userDailyGigabytes: 2 })).toBe('quota.user_daily');
    expect(await full({ userDailyGigabytes: 2.1 })).toBe('stored');
    expect(await full({ userDailyMinutes: 10 })).toBe('quota.user_daily');
    expect(await full({ userDailyMinutes: 11 })).toBe('stored');
    expect(await full({ userDailyUsd: 3 })).toBe('limit.cost');
    expect(await full({ globalDailyUsd: 3 })).toBe('limit.cost');
    expect(await full({ globalDailyUsd: 4 })).toBe('stored');
  });

  test('are a hundred jobs a day where a deployment says nothing', () => {
    expect(QuotaConfig.parse({}).QUOTAS).toEqual({ ...noQuotas, userDailyJobs: 100 });
    expect(QuotaConfig.parse({ QUOTAS: '{"userDailyJobs":"1"}' }).QUOTAS.userDailyJobs).toBe(1);
  });
});

const upload = anUpload({ state: 'complete', object: { key: 'uploads/ana/x/source', etag: 'e', bytes: 9 } });
const film = { inputs: { v: uploadId(1) }, outputs: { film: 'mp4' } };

describe('the API', () => {
  test('refuses with 429, Retry-After and the RateLimit fields', async () => {
    const { jobs } = house({ userDailyJobs: 1 });
    const { call } = apiHarness({ uploads: [upload] }, { jobs });
    expect((await call('POST', '/v1/jobs', { body: film })).status).toBe(202);
    const refused = await call('POST', '/v1/jobs', { body: film });
    expect(refused).toMatchObject({
      status: 429,
      json: { code: 'quota.user_daily', detail: 'The quota is 1 jobs a day.' },
    });
    expect(refused.headers['ratelimit-policy']).toBe('"user-daily";q=1;w=86400');
    const seconds = Number(refused.headers['retry-after']);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(86_400);
    expect(refused.headers['ratelimit']).toBe(`"user-daily";r=0;t=${seconds}`);
  });

  test('refuses a job that would cost more than its limit, and stores nothing', async () => {
    const { call, jobs } = apiHarness({ uploads: [upload] });
    const dear = await call('POST', '/v1/jobs', { body: { ...film, limits: { maxUsd: 0.000001 } } });
    expect(dear).toMatchObject({
      status: 422,
      json: { code: 'limit.cost', detail: expect.stringContaining('about $0.0') },
    });
    expect((await jobs.list({ owner: 'ana', limit: 10 })).items).toEqual([]);
    expect((await call('POST', '/v1/jobs', { body: { ...film, limits: { maxUsd: 5 } } })).status).toBe(202);
  });

  test('answers what was used, by day and template, of the caller only', async () => {
    const { call, usage } = apiHarness();
    const use = { jobs: 1, outputSeconds: 60, inputBytes: 10, usd: 0.25, cpuMeasured: 1, cpuPredicted: 1 };
    const settle = (n: number, owner: string, template: string) =>
      usage.settle({ jobId: jobId(n), owner, template, day: '2026-11-20', at: at(0) }, use);
    await Promise.all([settle(1, 'ana', ''), settle(2, 'ana', 'watermark'), settle(3, 'ben', '')]);
    const days = await call('GET', '/v1/usage?from=2026-11-01&to=2026-11-30');
    expect(days.json).toMatchObject({
      by: 'day',
      items: [{ day: '2026-11-20', jobs: 2, usd: 0.5 }],
      total: { jobs: 2, outputSeconds: 120, usd: 0.5 },
    });
    const templates = await call('GET', '/v1/usage?from=2026-11-01&to=2026-11-30&by=template');
    expect(templates.json.items).toMatchObject([
      { template: null, jobs: 1 },
      { template: 'watermark', jobs: 1 },
    ]);
    const users = await call('GET', '/v1/usage?from=2026-11-01&to=2026-11-30&by=user');
    expect(users.json.items).toMatchObject([{ user: 'ana', jobs: 2 }]);
    const others = (options = {}) => call('GET', '/v1/usage?from=2026-11-01&to=2026-11-30&user=ben', options);
    expect(await others()).toMatchObject({ status: 403, json: { code: 'auth.forbidden' } });
    expect(await others({ owner: 'root', isAdmin: true })).toMatchObject({ status: 200, json: { total: { jobs: 1 } } });
    expect((await call('GET', '/v1/usage?from=2026-12-01&to=2026-11-30')).status).toBe(422);
    expect((await call('GET', '/v1/usage?by=month')).status).toBe(422);
  });
});

test('hosts that are slower than the table says are known from what their jobs took', async () => {
  const { usage, clock } = house({});
  expect(await measuredSpeed({ usage, clock })).toBe(1);
  const use = { jobs: 1, outputSeconds: 0, inputBytes: 0, usd: 0, cpuMeasured: 20_000, cpuPredicted: 10_000 };
  await usage.settle({ jobId: jobId(1), owner: 'ana', template: '', day: today, at: at(0) }, use);
  expect(await measuredSpeed({ usage, clock })).toBeCloseTo(2, 1);
});
