import { describe, expect, test } from 'vitest';
import { BillingConfig, billingOf } from '#core/usecases/billing.ts';
import type { TaskGroup } from '#core/usecases/in-places.ts';
import { createWorkflow } from '#functions/workflow/app.ts';
import { aFetchResult, aFetchTask, aJob, aSpec, aTaskRecord, at, jobId } from '#test/support/records.ts';
import { memoryJobStore } from '#adapters/memory/job-store.ts';
import { world } from '../../workflow/harness.ts';

const execution = { jobId: jobId(1), attempt: 1 };
const fetched = aTaskRecord({
  id: aFetchTask().id,
  task: aFetchTask(),
  state: 'succeeded',
  startedAt: at(0),
  endedAt: at(1),
  result: aFetchResult(),
});

/** A running job whose input was fetched. */
const planning = (spec: Parameters<typeof aSpec>[0], concurrency = 1000) => {
  const jobs = memoryJobStore(
    [aJob({ status: 'running', attempt: 1, startedAt: at(0), spec: aSpec(spec) })],
    [fetched],
  );
  const billing = billingOf(BillingConfig.parse({ RUNNER_CONCURRENCY: String(concurrency) }));
  const step = createWorkflow({ ...world(), jobs, billing });
  return { jobs, step: () => step({ step: 'plan', ...execution }), job: () => jobs.get(jobId(1)) };
};

describe('planning a job', () => {
  test('records what it will cost', async () => {
    const { step, job } = planning({});
    await step();
    const cost = (await job())?.cost;
    expect(cost).toMatchObject({ actual: null, currency: 'USD' });
    expect(cost?.estimate).toBeGreaterThan(0);
  });

  test('fails with limit.cost where that is more than the job may cost, and saves no task', async () => {
    const { step, job, jobs } = planning({ limits: { maxUsd: 0.000001 } });
    await expect(step()).rejects.toMatchObject({ name: 'limit.cost' });
    expect(await job()).toMatchObject({ status: 'failed', error: { code: 'limit.cost', phase: 'plan' } });
    expect(await jobs.tasks(jobId(1))).toHaveLength(1);
  });

  test('fails with conflict.plan where another plan was expected, and goes on with the expected one', async () => {
    const other = planning({ expectPlan: 'another' });
    await expect(other.step()).rejects.toMatchObject({ name: 'conflict.plan' });
    expect(await other.job()).toMatchObject({ status: 'failed', error: { code: 'conflict.plan', retryable: false } });
    // What the planner of the harness calls its plan.
    await expect(planning({ expectPlan: 'mp4' }).step()).resolves.toMatchObject({
      stages: [[{ taskIds: ['encode-1'], size: null }]],
    });
  });

  test('no stage holds more tasks than the job’s share of the functions', async () => {
    const names = Array.from({ length: 12 }, (_, n) => `out${n}`);
    const outputs = Object.fromEntries(names.map((name) => [name, { type: 'video', encode: 'mp4' } as const]));
    const { step } = planning({ outputs }, 10);
    const { stages } = (await step()) as { stages: TaskGroup[][] }; // as the step answers
    expect(stages.map((groups) => groups.flatMap(({ taskIds }) => taskIds).length)).toEqual([5, 5, 2]);
  });
});
