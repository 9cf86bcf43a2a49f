import { beforeEach, describe, expect, test } from 'vitest';
import { routes } from '#functions/api/routes/index.ts';
import { apiHarness } from '#test/support/api.ts';
import { aJob, anUpload, at, jobId, runId, uploadId } from '#test/support/records.ts';

const object = { key: `uploads/ana/${uploadId(1)}/source`, etag: 'e', bytes: 4 };
const file = {
  name: 'out.mp4',
  key: `outputs/ana/${jobId(1)}/encode-1/${runId(1)}/out.mp4`,
  bytes: 4,
  type: 'video/mp4',
  sha256: 'a'.repeat(64),
};
const output = {
  status: 'succeeded' as const,
  phase: 'done',
  progress: 1,
  files: [file],
  attestation: null,
  warnings: [],
  reason: null,
  store: true,
};
/** An ended and a live job, a complete and a waiting upload. All are ana's. */
const stored = {
  jobs: [
    aJob({ status: 'succeeded', attempt: 1, outputs: { mp4: output }, endedAt: at(9) }),
    aJob({ id: jobId(2), status: 'running', attempt: 1 }),
  ],
  uploads: [
    anUpload({ state: 'complete', object }),
    anUpload({ id: uploadId(2), key: `uploads/ana/${uploadId(2)}/source` }),
  ],
};

const bodies: Readonly<Record<string, unknown>> = {
  retryJob: { outputs: ['mp4'] },
  signParts: {},
};

/** Every route that names something, with the ids given. */
const targets = (ids: { jobs: readonly string[]; uploads: readonly string[] }) =>
  routes
    .filter(({ path }) => path.includes('{id}'))
    .flatMap(({ method, path, operationId }) =>
      (path.startsWith('/v1/jobs') ? ids.jobs : ids.uploads).map((id) => ({
        method,
        path: path.replace('{id}', id).replace('{name}', 'mp4').replace('{file}', 'out.mp4'),
        options: method === 'POST' ? { body: bodies[operationId] ?? {} } : {},
      })),
    );

describe('what belongs to somebody else', () => {
  let harness: ReturnType<typeof apiHarness>;
  beforeEach(() => {
    harness = apiHarness(stored);
  });

  test('is missing on every route, in the very words for what never was', async () => {
    const foreign = targets({ jobs: [jobId(1), jobId(2)], uploads: [uploadId(1), uploadId(2)] });
    const missing = targets({ jobs: [jobId(8), jobId(9)], uploads: [uploadId(8), uploadId(9)] });
    expect(foreign.length).toBeGreaterThanOrEqual(20);
    for (const [index, { method, path, options }] of foreign.entries()) {
      const answer = await harness.call(method, path, { ...options, owner: 'ben' });
      const never = missing[index];
      const other = await harness.call(never?.method ?? '', never?.path ?? '', { ...options, owner: 'ben' });
      expect([method, path, answer.status]).toEqual([method, path, 404]);
      expect([answer.status, answer.body]).toEqual([other.status, other.body]);
    }
  });

  test('is not changed by anything that was tried', async () => {
    const { call, jobs, uploads, workflow, objects } = harness;
    await objects.write(object.key, 'mpeg', { contentType: 'video/mp4' });
    for (const { method, path, options } of targets({
      jobs: [jobId(1), jobId(2)],
      uploads: [uploadId(1), uploadId(2)],
    }))
      await call(method, path, { ...options, owner: 'ben' });
    expect([await jobs.get(jobId(1)), await jobs.get(jobId(2))]).toEqual(stored.jobs);
    expect([await uploads.get(uploadId(1)), await uploads.get(uploadId(2))]).toEqual(stored.uploads);
    expect([workflow.started, workflow.stopped]).toEqual([[], []]);
    expect(await objects.head(object.key)).toBeDefined();
  });

  test('is there for its owner on the same routes', async () => {
    for (const { method, path, options } of targets({ jobs: [jobId(1)], uploads: [uploadId(1)] })) {
      const { call } = apiHarness(stored);
      const { status } = await call(method, path, options);
      expect([method, path, status]).not.toEqual([method, path, 404]);
    }
  });

  test('is not listed', async () => {
    expect((await harness.call('GET', '/v1/jobs', { owner: 'ben' })).json).toEqual({ items: [], next: null });
    expect((await harness.call('GET', '/v1/jobs')).json.items).toHaveLength(2);
  });

  test('cannot be read by a job, a probe or an upload with a job', async () => {
    const inputs = [uploadId(1), uploadId(2), { job: jobId(1), output: 'mp4' }];
    await harness.objects.write(file.key, 'mpeg', { contentType: 'video/mp4' });
    for (const source of inputs) {
      const job = { inputs: { in: source }, outputs: { out: 'mp4' } };
      const answers = [
        await harness.call('POST', '/v1/jobs', { owner: 'ben', body: job }),
        await harness.call('POST', '/v1/probe', { owner: 'ben', body: { source } }),
        await harness.call('POST', '/v1/uploads', { owner: 'ben', body: { filename: 'a', job } }),
      ];
      for (const { status, json } of answers) expect([status, json.code]).toEqual([422, 'input.not_found']);
    }
  });
});
