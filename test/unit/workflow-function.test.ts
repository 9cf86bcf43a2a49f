import { expect, test } from 'vitest';
import { failures } from '#core/failures.ts';
import { createWorkflow } from '#functions/workflow/app.ts';
import { aJob, jobId } from '#test/support/records.ts';
import { world } from '../workflow/harness.ts';

const execution = { jobId: jobId(1), attempt: 1 };

test.each([
  ['an unknown step', { step: 'deliver', ...execution }],
  ['a field that nobody knows', { step: 'prepare', ...execution, owner: 'ben' }],
  ['an attempt that cannot be', { step: 'prepare', jobId: jobId(1), attempt: 0 }],
  ['an execution that is not of a job', { step: 'reconcile', executionName: '../../etc-1' }],
])('%s is refused', async (_, payload) => {
  await expect(world().workflowFunction(payload)).rejects.toMatchObject({ name: 'platform.internal' });
});

test('an event about an execution reconciles its job; the schedule, every job', async () => {
  const jobs = [aJob({ status: 'running', attempt: 3 }), aJob({ id: jobId(2), status: 'running', attempt: 3 })];
  const { workflowFunction, job, clock } = world({ jobs });
  clock.advance(60_000);
  await workflowFunction({ step: 'reconcile', executionName: `${jobId(2)}-3` });
  expect([(await job(jobId(1))).status, (await job(jobId(2))).status]).toEqual(['running', 'failed']);
  await workflowFunction({ step: 'reconcile' });
  expect((await job(jobId(1))).status).toBe('failed');
});

test('an error that is not ours reaches the state machine as platform.internal, and the log', async () => {
  const broken = world();
  const get = (): never => {
    throw new TypeError('x is not a function');
  };
  const step = createWorkflow({ ...broken, jobs: { ...broken.jobs, get } });
  await expect(step({ step: 'plan', ...execution })).rejects.toMatchObject({
    name: 'platform.internal',
    message: failures['platform.internal'].title,
  });
  expect(broken.log.entries).toMatchObject([
    { level: 'error', message: 'step failed', fields: { error: 'TypeError: x is not a function' } },
  ]);
});
