import { expect, test } from 'vitest';
import { manualClock } from '#adapters/memory/clock.ts';
import { memoryMadeStore } from '#adapters/memory/made-store.ts';
import { memoryJobStore } from '#adapters/memory/job-store.ts';
import { recordingLog } from '#adapters/memory/log.ts';
import { memoryObjectStore } from '#adapters/memory/object-store.ts';
import { memoryWebhookStore } from '#adapters/memory/webhook-store.ts';
import type { JobRecord } from '#core/job/state.ts';
import { failJob } from '#core/usecases/fail-job.ts';
import { finishJob } from '#core/usecases/finish-job.ts';
import { aClaim, aJob, aResult, aTaskRecord, jobId } from '#test/support/records.ts';

const plan = { hash: 'h', round: 1, complete: true, stages: [['encode-1']], skipped: {}, warnings: [], reused: {} };
const made = aTaskRecord({ state: 'succeeded', claim: aClaim(), result: aResult() });
const file = aResult().outputs?.['mp4']?.files[0]?.key ?? '';

const leftOver = `work/ana/${jobId(1)}/left-over`;

const stage = async ({ bytes, job }: { bytes: number; job?: Partial<JobRecord> }) => {
  const objects = memoryObjectStore();
  await objects.write(file, Buffer.alloc(bytes), { contentType: 'video/mp4' });
  await objects.write(leftOver, 'x', { contentType: 'text/plain' });
  const jobs = memoryJobStore([aJob({ status: 'running', attempt: 1, plan, ...job })], [made]);
  return {
    jobs,
    objects,
    made: memoryMadeStore(),
    webhooks: memoryWebhookStore(),
    clock: manualClock(),
    log: recordingLog(),
  };
};
const execution = { jobId: jobId(1), attempt: 1 };
const fail = { ...execution, error: { Error: 'States.Timeout', Cause: '' } };

test('outputs become visible together with the terminal status, and what no one lists is removed', async () => {
  const deps = await stage({ bytes: 2000 });
  expect(await finishJob(deps, execution)).toEqual({ status: 'succeeded' });
  expect(await deps.jobs.get(jobId(1))).toMatchObject({
    version: 2,
    status: 'succeeded',
    endedAt: '2026-11-01T12:00:00.000Z',
    outputs: { mp4: { files: [{ key: file }] } },
  });
  expect(await deps.objects.head(file)).toBeDefined();
  expect(await deps.objects.head(leftOver)).toBeUndefined();
});

test('an output whose bytes are not there does not become visible (S9)', async () => {
  const deps = await stage({ bytes: 1999 });
  expect(await finishJob(deps, execution)).toEqual({ status: 'failed' });
  expect(await deps.jobs.get(jobId(1))).toMatchObject({
    error: { code: 'platform.internal' },
    outputs: { mp4: { status: 'failed', files: [] } },
  });
});

test.each([
  [300, 'succeeded'],
  [299, 'failed'],
])('of a stream of 300 files %i are stored: it has %s', async (stored, status) => {
  const files = Array.from({ length: 300 }, (_, n) => {
    const name = `v${n}.m4s`;
    return { name, key: `outputs/ana/${jobId(1)}/encode-1/run_1/${name}`, bytes: 2, type: 'video/mp4', sha256: null };
  });
  const deps = await stage({ bytes: 2000 });
  const result = aResult({ outputs: { mp4: { files } } });
  deps.jobs = memoryJobStore(
    [aJob({ status: 'running', attempt: 1, plan })],
    [aTaskRecord({ state: 'succeeded', claim: aClaim(), result })],
  );
  for (const { key } of files.slice(0, stored)) await deps.objects.write(key, 'xx', { contentType: 'video/mp4' });
  expect(await finishJob(deps, execution)).toEqual({ status });
  const job = await deps.jobs.get(jobId(1));
  expect(job?.outputs['mp4']?.files).toHaveLength(status === 'succeeded' ? 300 : 0);
  // The file of the record that `stage` makes is listed by nobody.
  expect(await deps.objects.head(file)).toBeUndefined();
});

test('finishing or failing a job that has ended changes nothing (S5)', async () => {
  const deps = await stage({ bytes: 2000 });
  await finishJob(deps, execution);
  const ended = await deps.jobs.get(jobId(1));
  expect(await finishJob(deps, execution)).toEqual({ status: 'succeeded' });
  expect(await failJob(deps, fail)).toEqual({ status: 'succeeded' });
  expect(await deps.jobs.get(jobId(1))).toEqual(ended);
});

test('an execution of an earlier attempt can end nothing (S6)', async () => {
  const deps = await stage({ bytes: 2000, job: { attempt: 2 } });
  await expect(finishJob(deps, execution)).rejects.toMatchObject({ code: 'conflict.state' });
  expect(await failJob(deps, fail)).toEqual({ status: 'running' });
});

test('a job that fails keeps what was made', async () => {
  const deps = await stage({ bytes: 2000 });
  expect(await failJob(deps, fail)).toEqual({ status: 'failed' });
  expect(await deps.jobs.get(jobId(1))).toMatchObject({
    error: { code: 'platform.timeout', retryable: true },
    outputs: { mp4: { status: 'succeeded', files: [{ key: file }] } },
  });
});

test('a job that failed before it began tells why', async () => {
  const deps = await stage({ bytes: 2000, job: { status: 'queued', attempt: 0, plan: null } });
  const cause = JSON.stringify({ errorType: 'input.not_found', errorMessage: 'The input "video" does not exist.' });
  await failJob(deps, { ...execution, error: { Error: 'input.not_found', Cause: cause } });
  expect(await deps.jobs.get(jobId(1))).toMatchObject({
    status: 'failed',
    error: { code: 'input.not_found', message: 'The input "video" does not exist.' },
    outputs: { mp4: { status: 'canceled' } },
  });
});

test('work files that cannot be removed do not fail the job', async () => {
  const deps = await stage({ bytes: 2000 });
  const objects = { ...deps.objects, remove: () => Promise.reject(new Error('down')) };
  expect(await finishJob({ ...deps, objects }, execution)).toEqual({ status: 'succeeded' });
  expect(deps.log.entries).toMatchObject([{ level: 'warn', message: 'work files were not removed' }]);
});
