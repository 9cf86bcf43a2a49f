import { Limits } from '#core/usecases/limits.ts';
import { describe, expect, test } from 'vitest';
import { manualClock } from '#adapters/memory/clock.ts';
import { memoryJobStore } from '#adapters/memory/job-store.ts';
import { recordingLog } from '#adapters/memory/log.ts';
import { memoryObjectStore } from '#adapters/memory/object-store.ts';
import { memoryUsageStore } from '#adapters/memory/usage-store.ts';
import { memoryMadeStore } from '#adapters/memory/made-store.ts';
import { memoryUploadStore } from '#adapters/memory/upload-store.ts';
import { memoryWebhookStore } from '#adapters/memory/webhook-store.ts';
import type { JobRecord, UploadRecord } from '#core/job/state.ts';
import { type ExecutionStatus, type Workflow, executionName } from '#core/ports/workflow.ts';
import { interruptJobs } from '#core/usecases/interrupt-jobs.ts';
import { reconcileJob } from '#core/usecases/reconcile-job.ts';
import { sweep } from '#core/usecases/sweep.ts';
import { aJob, aSpec, anUpload, at, jobId, uploadId } from '#test/support/records.ts';

type Stage = { jobs?: JobRecord[]; uploads?: UploadRecord[]; executions?: Record<string, ExecutionStatus> };

const stage = ({ jobs = [], uploads = [], executions = {} }: Stage) => {
  const known = new Map(Object.entries(executions));
  const [started, stopped]: [string[], string[]] = [[], []];
  const name = ({ jobId, attempt }: { jobId: string; attempt: number }): string => executionName(jobId, attempt);
  const workflow: Workflow = {
    start: async (execution) => void started.push(name(execution)),
    stop: async (execution) => void stopped.push(name(execution)),
    status: async (execution) => known.get(name(execution)) ?? 'unknown',
  };
  const stores = { jobs: memoryJobStore(jobs), uploads: memoryUploadStore(uploads), objects: memoryObjectStore() };
  const limits = Limits.parse({});
  const webhooks = memoryWebhookStore();
  const made = memoryMadeStore();
  const usage = memoryUsageStore();
  return {
    ...stores,
    made,
    usage,
    webhooks,
    limits,
    workflow,
    started,
    stopped,
    clock: manualClock(),
    log: recordingLog(),
  };
};

const running = (overrides: Partial<JobRecord> = {}): JobRecord =>
  aJob({ status: 'running', attempt: 1, startedAt: at(0), ...overrides });
const one = (attempt: number): string => executionName(jobId(1), attempt);
const afterMinutes = async (deps: ReturnType<typeof stage>, minutes: number): Promise<JobRecord | undefined> => {
  deps.clock.advance(minutes * 60_000);
  await reconcileJob(deps, { jobId: jobId(1) });
  return deps.jobs.get(jobId(1));
};

describe('reconcile', () => {
  test('starts a queued job that was stored and then forgotten', async () => {
    const deps = stage({ jobs: [aJob()] });
    expect(await afterMinutes(deps, 0)).toMatchObject({ status: 'queued', attempt: 0, version: 1 });
    expect(deps.started).toEqual([one(1)]);
  });

  test.each(['queued', 'running'] as const)('leaves a %s job alone whose execution runs', async (status) => {
    const deps = stage({ jobs: [running({ status })], executions: { [one(1)]: 'running' } });
    expect(await afterMinutes(deps, 30)).toMatchObject({ version: 1 });
    expect(deps.started).toEqual([]);
  });

  test.each(['queued', 'running'] as const)(
    'starts a %s job again whose execution failed, as the next attempt',
    async (status) => {
      const deps = stage({ jobs: [running({ status })], executions: { [one(1)]: 'failed' } });
      expect(await afterMinutes(deps, 0)).toMatchObject({ status: 'queued', attempt: 2, interruptions: 0 });
      expect(deps.started).toEqual([one(2)]);
    },
  );

  test('gives an execution that is not listed yet some time', async () => {
    const deps = stage({ jobs: [running()] });
    expect(await afterMinutes(deps, 0)).toMatchObject({ status: 'running' });
    expect(await afterMinutes(deps, 1)).toMatchObject({ status: 'queued', attempt: 2 });
  });

  test('gives up after three attempts, not counting interruptions', async () => {
    const failedThird = { executions: { [one(3)]: 'failed' as const } };
    const deps = stage({ jobs: [running({ attempt: 3 })], ...failedThird });
    expect(await afterMinutes(deps, 0)).toMatchObject({
      status: 'failed',
      error: { code: 'platform.internal' },
      endedAt: at(0),
    });
    const lucky = stage({ jobs: [running({ attempt: 3, interruptions: 1 })], ...failedThird });
    expect(await afterMinutes(lucky, 0)).toMatchObject({ status: 'queued', attempt: 4 });
  });

  test.each(['queued', 'running'] as const)('ends a %s job at its deadline and stops its execution', async (status) => {
    const deps = stage({ jobs: [running({ status })], executions: { [one(1)]: 'running' } });
    expect(await afterMinutes(deps, 61)).toMatchObject({ status: 'failed', error: { code: 'limit.time' } });
    expect(deps.stopped).toEqual([one(1)]);
  });

  test('does not touch what has ended, nor what is gone', async () => {
    const deps = stage({ jobs: [running({ status: 'canceled' })] });
    expect(await afterMinutes(deps, 61)).toMatchObject({ status: 'canceled', version: 1 });
    await expect(reconcileJob(deps, { jobId: jobId(2) })).resolves.toBeUndefined();
    expect(deps.started).toEqual([]);
  });

  test('of two hosts at once, one decides', async () => {
    const deps = stage({ jobs: [running()], executions: { [one(1)]: 'failed' } });
    await Promise.all([1, 2, 3].map(() => reconcileJob(deps, { jobId: jobId(1) })));
    expect(await deps.jobs.get(jobId(1))).toMatchObject({ attempt: 2, version: 2 });
    expect(deps.started).toEqual([one(2)]);
  });
});

describe('a job that waits for an upload', () => {
  const waiting = aJob({ status: 'waiting', awaits: uploadId(1), deadlineAt: at(60) });

  test('starts when a single PUT has arrived, although nobody said so', async () => {
    const spec = { inputs: { video: '@upload' }, outputs: { out: 'mp4' } } as const;
    const upload = anUpload({ job: { spec, template: null, templateVersion: null }, jobId: jobId(1) });
    const deps = stage({ jobs: [waiting], uploads: [upload] });
    await deps.objects.write(upload.key, 'x'.repeat(upload.bytes ?? 10), { contentType: upload.contentType });
    expect(await afterMinutes(deps, 1)).toMatchObject({ status: 'queued' });
    expect(deps.started).toEqual([one(1)]);
    expect(await deps.uploads.get(upload.id)).toMatchObject({ state: 'complete' });
  });

  test('waits as long as the upload may come, however short its own time is', async () => {
    const deps = stage({ jobs: [waiting], uploads: [anUpload()] });
    expect(await afterMinutes(deps, 59)).toMatchObject({ status: 'waiting' });
  });

  test.each([
    ['never came', [anUpload()]],
    ['has expired', [anUpload({ state: 'expired' })]],
    ['was removed', []],
  ])('expires when the upload %s (L3)', async (_, uploads) => {
    const deps = stage({ jobs: [waiting], uploads });
    expect(await afterMinutes(deps, 61)).toMatchObject({ status: 'expired', outputs: { mp4: { status: 'canceled' } } });
  });

  test('starts when the upload is complete and nobody started it, with its full time before it', async () => {
    const object = { key: anUpload().key, etag: 'e', bytes: 1000 };
    const deps = stage({ jobs: [waiting], uploads: [anUpload({ state: 'complete', object })] });
    expect(await afterMinutes(deps, 30)).toMatchObject({ status: 'queued', deadlineAt: at(30 * 60 + 60) });
    expect(deps.started).toEqual([one(1)]);
  });
});

describe('sweep', () => {
  test('expires overdue uploads with what arrived of them, and the jobs that wait for them', async () => {
    const upload = anUpload({ jobId: jobId(1) });
    const deps = stage({
      jobs: [aJob({ status: 'waiting', awaits: upload.id })],
      uploads: [upload, anUpload({ id: uploadId(2), expiresAt: at(9999) })],
    });
    await deps.objects.write(upload.key, 'half', { contentType: 'video/mp4' });
    const id = await deps.objects.startMultipart(upload.key, { contentType: 'video/mp4' });
    await deps.uploads.update({ ...upload, multipart: { id, partSize: 5, parts: 2 } });
    deps.clock.advance(3_601_000);
    await sweep(deps);
    expect(await deps.uploads.get(upload.id)).toMatchObject({ state: 'expired' });
    expect(await deps.uploads.get(uploadId(2))).toMatchObject({ state: 'waiting' });
    expect(await deps.objects.head(upload.key)).toBeUndefined();
    const parts = [{ n: 1, etag: 'e' }];
    await expect(deps.objects.completeMultipart({ key: upload.key, id, parts })).rejects.toThrow('The upload is gone.');
    expect(await deps.jobs.get(jobId(1))).toMatchObject({ status: 'expired' });
  });

  test('removes jobs and uploads that were to be kept until now, and no others', async () => {
    const day = 86_400;
    const ended = { status: 'succeeded', endedAt: at(0) } as const;
    const kept = (id: string, outputs: number): JobRecord => aJob({ ...ended, id, spec: aSpec({ keep: { outputs } }) });
    const complete = { state: 'complete', object: { key: 'k', etag: 'e', bytes: 4 } } as const;
    const deps = stage({
      jobs: [kept(jobId(1), day), kept(jobId(2), 2 * day), aJob({ ...ended, id: jobId(3) })],
      uploads: [
        anUpload({ ...complete, keptUntil: at(day) }),
        anUpload({ ...complete, id: uploadId(2), key: 'uploads/ana/2', keptUntil: at(2 * day) }),
        anUpload({ ...complete, id: uploadId(3), key: 'uploads/ana/3' }),
      ],
    });
    const file = `outputs/ana/${jobId(1)}/encode-1/run/web.mp4`;
    for (const key of [file, anUpload().key, 'uploads/ana/2', 'uploads/ana/3'])
      await deps.objects.write(key, 'film', { contentType: 'video/mp4' });
    deps.clock.advance((day + 1) * 1000);
    await sweep(deps);
    expect(await deps.jobs.get(jobId(1))).toBeUndefined();
    expect(await deps.uploads.get(uploadId(1))).toBeUndefined();
    expect(await deps.objects.head(file)).toBeUndefined();
    expect(await deps.objects.head(anUpload().key)).toBeUndefined();
    for (const id of [jobId(2), jobId(3)]) expect(await deps.jobs.get(id)).toBeDefined();
    for (const n of [2, 3]) {
      expect(await deps.uploads.get(uploadId(n))).toBeDefined();
      expect(await deps.objects.head(`uploads/ana/${n}`)).toBeDefined();
    }
  });

  test('reaches every job, and one that cannot be reconciled keeps no other from it', async () => {
    const ids = Array.from({ length: 120 }, (_, n) => jobId(n + 1));
    const deps = stage({ jobs: ids.map((id) => aJob({ id })) });
    const start: Workflow['start'] = async (execution) => {
      if (execution.jobId === jobId(1)) throw new Error('down');
      await deps.workflow.start(execution);
    };
    await sweep({ ...deps, workflow: { ...deps.workflow, start } });
    expect(deps.started).toHaveLength(119);
    expect(deps.log.entries).toMatchObject([{ level: 'error', fields: { jobId: jobId(1) } }]);
  });
});

test('an interruption puts running jobs back to the queue, and only those', async () => {
  const deps = stage({ jobs: [running(), aJob({ id: jobId(2) }), running({ id: jobId(3), status: 'succeeded' })] });
  await interruptJobs(deps);
  expect(await deps.jobs.get(jobId(1))).toMatchObject({ status: 'queued', attempt: 2, interruptions: 1 });
  expect(await deps.jobs.get(jobId(2))).toMatchObject({ status: 'queued', attempt: 0, version: 1 });
  expect(await deps.jobs.get(jobId(3))).toMatchObject({ status: 'succeeded', version: 1 });
});
