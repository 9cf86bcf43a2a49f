import { expect, test } from 'vitest';
import { memoryMadeStore } from '#adapters/memory/made-store.ts';
import { memoryJobStore } from '#adapters/memory/job-store.ts';
import { memoryUploadStore } from '#adapters/memory/upload-store.ts';
import { memoryWebhookStore } from '#adapters/memory/webhook-store.ts';
import { manualClock } from '#adapters/memory/clock.ts';
import { memoryObjectStore } from '#adapters/memory/object-store.ts';
import { recordingLog } from '#adapters/memory/log.ts';
import { Failure } from '#core/failures.ts';
import type { WebhookStore } from '#core/ports/webhook-store.ts';
import type { Workflow } from '#core/ports/workflow.ts';
import { finishJob } from '#core/usecases/finish-job.ts';
import { reconcileJob } from '#core/usecases/reconcile-job.ts';
import { settleUpload } from '#core/usecases/settle-upload.ts';
import { sendNotices } from '#core/usecases/send-notices.ts';
import { Limits } from '#core/usecases/limits.ts';
import type { JobRecord, UploadRecord } from '#core/job/state.ts';
import { createTransfer } from '#functions/transfer/app.ts';
import { aJob, anUpload, at, aWebhook, jobId, uploadId } from '#test/support/records.ts';
import { endedJob, post } from '#test/support/webhooks.ts';
import { world } from '../../workflow/harness.ts';

const workflow: Workflow = { start: async () => {}, stop: async () => {}, status: async () => 'unknown' };

const stage = (job: JobRecord, upload: UploadRecord) => ({
  jobs: memoryJobStore([job]),
  uploads: memoryUploadStore([upload]),
  made: memoryMadeStore(),
  webhooks: memoryWebhookStore([aWebhook()]),
  objects: memoryObjectStore(),
  clock: manualClock(at(7200)),
  log: recordingLog(),
  limits: Limits.parse({}),
  workflow,
});

const told = async ({ webhooks }: Pick<ReturnType<typeof stage>, 'webhooks'>): Promise<string[]> => {
  const { items } = await webhooks.notices({ owner: 'ana', webhook: aWebhook().id, limit: 100 });
  return items.map(({ event }) => `${event.type} ${event.timestamp}`).toReversed();
};

const waiting = aJob({ status: 'waiting', awaits: uploadId(1) });
const upload = anUpload({ job: { spec: waiting.spec, template: null, templateVersion: null }, jobId: jobId(1) });

test('a job that waited is told of as queued when its upload is there', async () => {
  const deps = stage(waiting, upload);
  const { bytes, etag } = { bytes: 4, etag: 'e' };
  const object = { key: upload.key, etag, bytes, lastModified: at(7200), contentType: 'video/mp4' };
  await settleUpload(deps, { ...upload, bytes: null }, object);
  expect(await told(deps)).toEqual([`job.queued ${at(7200)}`]);
});

test('a job whose upload never came is told of as expired, and as nothing else', async () => {
  const deps = stage(waiting, { ...upload, state: 'expired' });
  await reconcileJob(deps, { jobId: jobId(1) });
  expect(await told(deps)).toEqual([`job.expired ${at(7200)}`]);
});

test('a job is told of as running by the step that sets it running, however often it is repeated', async () => {
  const { webhooks: part, workflowFunction } = world();
  const webhooks = part as WebhookStore; // true: world makes a whole one
  await webhooks.create(aWebhook());
  for (const _ of [1, 2]) await workflowFunction({ step: 'prepare', jobId: jobId(1), attempt: 1 });
  expect(await told({ webhooks })).toEqual([`job.queued ${at(0)}`, `job.running ${at(0)}`]);
});

test('a last step that cannot queue is repeated, and what it missed is queued then', async () => {
  const deps = stage(aJob({ status: 'running', attempt: 1, startedAt: at(1) }), upload);
  const broken = { ...deps.webhooks, queue: () => Promise.reject(new Failure('platform.throttled')) };
  const end = { jobId: jobId(1), attempt: 1 };
  await expect(finishJob({ ...deps, webhooks: broken }, end)).rejects.toMatchObject({ retryable: true });
  expect(await told(deps)).toEqual([]);
  await finishJob(deps, end);
  expect(await told(deps)).toEqual([
    `job.queued ${at(0)}`,
    `job.running ${at(1)}`,
    `output.failed ${at(7200)}`,
    `job.failed ${at(7200)}`,
  ]);
});

test('one notice that cannot be read does not keep the others from being sent', async () => {
  const office = post([], { job: endedJob({ spec: { ...endedJob().spec, notify: [{ eventBridge: true }] } }) });
  await office.queue();
  let reads = 0;
  const webhooks = {
    ...office.webhooks,
    notice: (key: Parameters<typeof office.webhooks.notice>[0]) => {
      reads += 1;
      return reads === 1 ? Promise.reject(new Error('lost')) : office.webhooks.notice(key);
    },
  };
  expect(await sendNotices({ ...office, webhooks })).toEqual({ delivered: 3, failed: 0 });
  expect(JSON.stringify(office.log)).toContain('webhook not sent');
});

test('however many are due, one call sends them, each once', async () => {
  const notify = Array.from({ length: 10 }, () => ({ eventBridge: true as const }));
  const office = post([], { job: endedJob({ spec: { ...endedJob().spec, notify } }) });
  await office.queue();
  expect(await sendNotices(office, { limit: 7 })).toEqual({ delivered: 40, failed: 0 });
  expect(office.published).toHaveLength(40);
});

test('the transfer function sends what is due when it is asked to notify, and does nothing else then', async () => {
  const office = post([], { job: endedJob({ spec: { ...endedJob().spec, notify: [{ eventBridge: true }] } }) });
  await office.queue();
  // true: a notification needs nothing of what tasks need
  const transfer = createTransfer(office as unknown as Parameters<typeof createTransfer>[0]);
  expect(await transfer({ notify: true })).toEqual({ delivered: 4, failed: 0 });
  expect(await transfer({ notify: true })).toEqual({ delivered: 0, failed: 0 });
  await expect(transfer({ notify: true, jobId: jobId(1) })).rejects.toMatchObject({ code: 'platform.internal' });
});
