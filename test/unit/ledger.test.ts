import { describe, expect, test } from 'vitest';
import { manualClock } from '#adapters/memory/clock.ts';
import { memoryJobStore } from '#adapters/memory/job-store.ts';
import { memoryUsageStore } from '#adapters/memory/usage-store.ts';
import { priceNames, priceTable, PriceOverrides, pricesWith } from '#core/planner/prices.ts';
import type { TaskRecord } from '#core/job/state.ts';
import { planTask } from '#core/job/task-claims.ts';
import { itemsOf, usdIn } from '#core/planner/price.ts';
import { BillingConfig, billingOf, localBilling } from '#core/usecases/billing.ts';
import { assertBudget, assertEstimate } from '#core/usecases/budget.ts';
import type { DailyUsd } from '#core/usecases/daily-usd.ts';
import { ledgerJobs, spentOn } from '#core/usecases/ledger.ts';
import { aJob, aJobError, aTask, aTaskRecord, at, jobId, mediaId } from '#test/support/records.ts';

const aws = billingOf(BillingConfig.parse({}));

describe('prices', () => {
  test('each has a source, and a deployment states its own with their day', () => {
    for (const name of priceNames) expect(priceTable[name].source).toMatch(/^https:\/\//);
    const prices = pricesWith(PriceOverrides.parse({ asOf: '2027-01-01', lambdaGbSecondX86: 0.00002 }));
    expect(prices).toMatchObject({ asOf: '2027-01-01', lambdaGbSecondX86: 0.00002, stateTransition: 0.000025 });
    expect(() => PriceOverrides.parse({ lambdaGbSecond: 1 })).toThrow(/lambdaGbSecond/);
    expect(() => BillingConfig.parse({ PRICES: '{' })).toThrow(/must be JSON/);
  });

  test('twenty minutes of segments at 3008 MB cost what they were calculated to', () => {
    const items = itemsOf({ 'lambda.compute': 20 * 60 * (3008 / 1024), 'states.transitions': 50 }, aws);
    expect(usdIn(items)).toBeCloseTo(0.0588 + 0.0013, 3);
  });
});

const ran = (seconds: number, spot?: boolean) =>
  aTaskRecord({
    state: 'succeeded',
    startedAt: at(0),
    endedAt: at(seconds),
    result: {
      outputs: {},
      warnings: [],
      timings: {},
      stderrTail: '',
      measured: {
        ...{ wallMs: seconds * 1000, cpuSeconds: seconds * 1.5, bytesRead: 10, bytesWritten: 20, requests: 4 },
        ...(spot === undefined ? {} : { spot }),
      },
    },
  });

const running = aJob({ status: 'running', attempt: 1, startedAt: at(0) });

describe('the ledger', () => {
  for (const status of ['succeeded', 'failed', 'canceled'] as const)
    test(`a job that ends as ${status} says what was spent, by measured milliseconds`, async () => {
      const jobs = ledgerJobs(memoryJobStore([running], [ran(100)]), aws);
      const { cost } = await jobs.update({ ...running, status });
      const compute = cost?.items.find(({ kind }) => kind === 'lambda.compute');
      expect(compute?.quantity).toBeCloseTo(100 * (3008 / 1024) + 0.6, 1);
      expect(cost?.actual).toBeCloseTo(cost?.items.reduce((sum, { usd }) => sum + usd, 0) ?? 0, 8);
      expect(cost).toMatchObject({ currency: 'USD', estimate: null, onAws: null });
    });

  test('bills containers by what they were, from their start, on spare capacity or on demand as it was', async () => {
    const fargate = billingOf(BillingConfig.parse({ FARGATE_VCPUS: '4' }));
    const size = { vcpus: 4, memoryMb: 8192, storageGb: 60 };
    const plan = { hash: 'h', round: 1, complete: true, stages: [], skipped: {}, warnings: [], reused: {} };
    const placed = { ...running, plan: { ...plan, containers: { 'encode-1': size } } };
    const billed = async (record: TaskRecord) => {
      const { cost } = await ledgerJobs(memoryJobStore([placed], [record]), fargate).update({
        ...placed,
        status: 'failed',
      });
      return Object.fromEntries((cost?.items ?? []).map(({ kind, quantity, usd }) => [kind, { quantity, usd }]));
    };
    const [spot, onDemand] = await Promise.all([true, false].map((is) => billed(ran(3600 - 22.5, is))));
    expect(spot).toMatchObject({
      'fargate.spot.compute': { quantity: 4 * 3600, usd: 4 * 0.04048 * 0.3 },
      'fargate.spot.memory': { quantity: 8 * 3600 },
      'fargate.storage': { quantity: 40 * 3600, usd: 40 * 0.000111 },
    });
    expect(onDemand).toMatchObject({ 'fargate.compute': { quantity: 4 * 3600, usd: 4 * 0.04048 } });
    expect(onDemand).not.toHaveProperty('fargate.spot.compute');
    // One that was lost is billed as it was meant to run; a minute at least.
    const lost = await billed(aTaskRecord({ state: 'failed', startedAt: at(0), endedAt: at(5), error: aJobError() }));
    expect(lost['fargate.spot.compute']?.quantity).toBe(4 * 60);
    expect(lost['lambda.requests']?.quantity).toBeLessThan(10);
  });

  test('keeps the estimate beside it, and leaves a job that goes on alone', async () => {
    const jobs = ledgerJobs(memoryJobStore([running], [ran(10)]), aws);
    const estimate = {
      currency: 'USD',
      estimate: 0.5,
      actual: null,
      onAws: null,
      pricesAsOf: '2026-11-21',
      items: [],
    } as const;
    const planned = await jobs.update({ ...running, cost: { ...estimate, items: [] } });
    expect(planned.cost?.actual).toBeNull();
    const { cost } = await jobs.update({ ...planned, status: 'succeeded' });
    expect(cost?.estimate).toBe(0.5);
    expect(cost?.actual).toBeGreaterThan(0);
  });

  test('work on one machine is free, and shown as it would be on AWS; speech is not free', async () => {
    const speech = aTaskRecord({
      id: 'import-voice',
      state: 'succeeded',
      startedAt: at(0),
      endedAt: at(1),
      task: {
        kind: 'import',
        id: 'import-voice',
        input: 'voice',
        from: { speech: { text: 'a'.repeat(1000), voice: 'Joanna', provider: 'polly' } },
      },
      result: {
        imported: { media: mediaId(1), object: { key: 'k', etag: 'e', bytes: 1 }, reused: false },
        warnings: [],
        timings: {},
        stderrTail: '',
      },
    });
    const jobs = ledgerJobs(memoryJobStore([running], [ran(100), speech]), localBilling({ workers: 1, vcpus: 2 }));
    const { cost } = await jobs.update({ ...running, status: 'succeeded' });
    expect(cost?.actual).toBeCloseTo(0.016, 6);
    expect(cost?.onAws).toBeGreaterThan(0.02);
  });
});

describe('a limit in dollars', () => {
  const limited = { ...running, spec: { ...running.spec, limits: { maxUsd: 0.001 } } };

  test('refuses what would cost more, naming both sums', () => {
    expect(() => assertEstimate(limited.spec, 0.5)).toThrow('It would cost about $0.50, and its limit is $0.001.');
    expect(() => assertEstimate(limited.spec, 0.001)).not.toThrow();
    expect(() => assertEstimate(running.spec, 1000)).not.toThrow();
  });

  test('stops a job that has spent it before its next task', async () => {
    const deps = { jobs: memoryJobStore([limited], [ran(100)]), clock: manualClock(at(0)), billing: aws };
    await expect(assertBudget(deps, limited)).rejects.toMatchObject({
      code: 'limit.cost',
      message: 'The job was stopped: $0.0054 of its limit of $0.001 has been spent.',
    });
    await expect(assertBudget(deps, running)).resolves.toBeUndefined();
    await expect(assertBudget({ ...deps, jobs: memoryJobStore([limited]) }, limited)).resolves.toMatchObject({
      atWork: [],
    });
  });

  test('counts what is at work so far, by this task and by others, and each run of a task that was repeated', async () => {
    const perSecond = usdIn(itemsOf({ 'lambda.compute': 3008 / 1024, 'lambda.storage': 9.5 }, aws));
    const spentAt = (seconds: number, ...tasks: TaskRecord[]) =>
      spentOn(running, tasks, aws, Date.parse(at(seconds))).actual ?? 0;
    const atWork = (id: string, more: Partial<TaskRecord> = {}) =>
      aTaskRecord({ task: aTask({ id }), state: 'running', startedAt: at(0), leaseUntil: at(1000), ...more });
    const [a, b] = [atWork('encode-1'), atWork('encode-2')];
    expect((spentAt(300, a, b) - spentAt(100, a, b)) / perSecond).toBeCloseTo(400, 1);
    // A worker that was lost is not at work for ever.
    expect(spentAt(5000, a)).toBe(spentAt(1000, a));
    const earlier = { runs: 2, seconds: 500 };
    expect((spentAt(100, { ...a, earlier }) - spentAt(100, a)) / perSecond).toBeCloseTo(501, 0);
  });

  test('counts no less where a task is planned anew, or another container goes on with it', async () => {
    const fargate = billingOf(BillingConfig.parse({ FARGATE_VCPUS: '4' }));
    const size = { vcpus: 4, memoryMb: 8192, storageGb: 21 };
    const plan = { hash: 'h', round: 1, complete: true, stages: [], skipped: {}, warnings: [], reused: {} };
    const placed = { ...running, plan: { ...plan, containers: { 'encode-1': size } } };
    const itemsOfIt = (record: TaskRecord) =>
      Object.fromEntries(
        spentOn(placed, [record], fargate, Date.parse(at(700))).items.map(({ kind, quantity }) => [kind, quantity]),
      );
    const lost = aTaskRecord({ state: 'failed', startedAt: at(0), endedAt: at(600), error: aJobError() });
    const again = planTask(placed, aTask({ label: 'another' }), lost);
    expect(again).toMatchObject({ state: 'pending', startedAt: null, earlier: { runs: 1, seconds: 600 } });
    expect(itemsOfIt(again)).toMatchObject({ 'fargate.spot.compute': 4 * 622.5 });
    const onDemand = { ...again, state: 'running' as const, startedAt: at(610), leaseUntil: at(715) };
    expect(itemsOfIt(onDemand)).toMatchObject({
      'fargate.spot.compute': 4 * 622.5,
      'fargate.compute': 4 * (90 + 22.5),
    });
  });

  test('holds a user, and all users together, to what is left of the day as well; a dropped file only the latter', async () => {
    const usage = memoryUsageStore();
    const used = { jobs: 1, outputSeconds: 0, inputBytes: 0, cpuMeasured: 0, cpuPredicted: 0, usd: 1 };
    const day = { day: at(0).slice(0, 10), at: at(0), template: '' };
    await usage.settle({ ...day, jobId: jobId(8), owner: 'ana' }, used);
    await usage.settle({ ...day, jobId: jobId(9), owner: 'ben' }, used);
    const jobs = memoryJobStore([running], [ran(100)]);
    const look = (quotas: DailyUsd, job = running) =>
      assertBudget({ jobs, clock: manualClock(at(0)), billing: aws, usage, quotas }, job);
    await expect(look({ userDailyUsd: 1.005, globalDailyUsd: 0 })).rejects.toMatchObject({
      code: 'limit.cost',
      message: expect.stringContaining('with its $0.0054, $1.01 has been spent on your jobs of today'),
    });
    await expect(look({ userDailyUsd: 1.1, globalDailyUsd: 2.005 })).rejects.toThrow('the jobs of all users today');
    await expect(look({ userDailyUsd: 1.1, globalDailyUsd: 2.1 })).resolves.toBeDefined();
    const drop = { bucket: 'b', key: 'inbox/t/a.mp4', versionId: null } as never; // not read
    await expect(look({ userDailyUsd: 1.005, globalDailyUsd: 0 }, { ...running, drop })).resolves.toBeUndefined();
  });
});
