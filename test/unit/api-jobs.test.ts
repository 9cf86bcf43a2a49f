import { describe, expect, test, vi } from 'vitest';
import { memoryJobStore } from '#adapters/memory/job-store.ts';
import { Failure } from '#core/failures.ts';
import { apiHarness } from '#test/support/api.ts';
import { replaceMethod } from '#test/support/replace-method.ts';
import {
  aClaim,
  aFetchResult,
  aFetchTask,
  aJob,
  aJobError,
  anUpload,
  aResult,
  aSpec,
  aTaskRecord,
  at,
  jobId,
  runId,
  uploadId,
} from '#test/support/records.ts';

const object = { key: `uploads/ana/${uploadId(1)}/source`, etag: 'etag-1', bytes: 1000 };
const complete = anUpload({ state: 'complete', object });
const body = { inputs: { video: uploadId(1) }, outputs: { mp4: 'mp4' } };

const file = {
  name: 'out.mp4',
  key: `outputs/ana/${jobId(1)}/encode-1/${runId(1)}/out.mp4`,
  bytes: 2000,
  type: 'video/mp4',
  sha256: 'a'.repeat(64),
};
const output = (overrides: object = {}) => ({
  status: 'succeeded' as const,
  phase: 'done',
  progress: 1,
  files: [file],
  attestation: null,
  warnings: [],
  reason: null,
  store: true,
  reused: false,
  ...overrides,
});
const failedOutput = output({ status: 'failed' as const, progress: 0.5, files: [], reason: 'It broke' });

const succeeded = aJob({
  version: 4,
  status: 'succeeded',
  attempt: 1,
  outputs: { mp4: output() },
  startedAt: at(1),
  endedAt: at(9),
});

/** Enough turns of the event loop for everything that does not wait for the clock. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('submitting a job', () => {
  test('stores it in canonical form, starts it, and answers with its place', async () => {
    const { call, jobs, workflow } = apiHarness({ uploads: [complete] });
    const { status, headers, json } = await call('POST', '/v1/jobs', { body: { ...body, labels: { genre: 'news' } } });
    expect(status).toBe(202);
    expect(headers).toMatchObject({ location: `/v1/jobs/${json.id}`, etag: 'W/"1"' });
    expect(json).toMatchObject({ status: 'queued', progress: 0, version: 1, owner: 'ana', labels: { genre: 'news' } });
    expect(workflow.started).toEqual([{ jobId: json.id, attempt: 1 }]);
    expect(await jobs.get(json.id)).toMatchObject({
      spec: {
        inputs: { video: { upload: uploadId(1) } },
        outputs: { mp4: { type: 'video', from: 'video', encode: 'mp4' } },
      },
      deadlineAt: '2026-11-02T12:00:00.000Z',
    });
  });

  test('is not lost when it cannot be started', async () => {
    const { call, jobs, workflow, log } = apiHarness({ uploads: [complete] });
    workflow.state.broken = true;
    const { status, json } = await call('POST', '/v1/jobs', { body });
    expect(status).toBe(202);
    expect(await jobs.get(json.id)).toMatchObject({ status: 'queued' });
    expect(log.entries).toContainEqual(expect.objectContaining({ level: 'warn', message: 'job not started yet' }));
  });

  test('answers with the job where the store said no but has it', async () => {
    const jobs = memoryJobStore();
    replaceMethod(jobs, 'create', (create) => async (job) => {
      await create(job);
      throw new Failure('platform.timeout');
    });
    const { call } = apiHarness({ uploads: [complete] }, { jobs });
    expect((await call('POST', '/v1/jobs', { body })).status).toBe(202);
  });

  test('ends at its own limit of time', async () => {
    const { call } = apiHarness({ uploads: [complete] });
    const { json } = await call('POST', '/v1/jobs', { body: { ...body, limits: { maxSeconds: 60 } } });
    expect(json.deadlineAt).toBe('2026-11-01T12:01:00.000Z');
  });

  test.each([
    ['does not exist', { inputs: { video: uploadId(9) } }, /no such upload/],
    ['has not arrived', { inputs: { video: uploadId(2) } }, /not complete/],
    ['is an output of no job', { inputs: { video: { job: jobId(9), output: 'mp4' } } }, /no such job/],
    ['is an output that was never made', { inputs: { video: { job: jobId(1), output: 'gif' } } }, /no output "gif"/],
    ['stands for an upload where there is none', { inputs: { video: '@upload' } }, /no such upload/],
  ])('with an input that %s is refused, and nothing is stored', async (_what, part, message) => {
    const { call, workflow } = apiHarness({
      uploads: [complete, anUpload({ id: uploadId(2), key: `uploads/ana/${uploadId(2)}/source` })],
      jobs: [succeeded],
    });
    const { status, json } = await call('POST', '/v1/jobs', { body: { ...body, ...part } });
    expect([status, json.code]).toEqual([422, 'input.not_found']);
    expect(json.errors).toMatchObject([{ pointer: '/inputs/video', message: expect.stringMatching(message) }]);
    expect(workflow.started).toEqual([]);
    expect((await call('GET', '/v1/jobs')).json.items).toHaveLength(1);
  });

  test('completes an upload whose bytes are there though nobody said so', async () => {
    const { call, uploads, objects } = apiHarness({ uploads: [anUpload({ bytes: 4 })] });
    await objects.write(object.key, 'mpeg', { contentType: 'video/mp4' });
    expect((await call('POST', '/v1/jobs', { body })).status).toBe(202);
    expect(await uploads.get(uploadId(1))).toMatchObject({ state: 'complete', object: { bytes: 4 } });
  });

  test('reads the output of an earlier job', async () => {
    const { call, objects } = apiHarness({ jobs: [succeeded] });
    const again = { inputs: { video: { job: jobId(1), output: 'mp4' } }, outputs: { gif: 'gif' } };
    expect((await call('POST', '/v1/jobs', { body: again })).json.code).toBe('input.not_found');
    await objects.write(file.key, 'mpeg', { contentType: 'video/mp4' });
    expect((await call('POST', '/v1/jobs', { body: again })).status).toBe(202);
  });

  test('with Prefer: wait answers as soon as the job has ended', async () => {
    const { call, clock, jobs } = apiHarness({ uploads: [complete] });
    const answer = call('POST', '/v1/jobs', { body, headers: { prefer: 'respond-async, wait=60' } });
    await settle();
    const [id] = (await jobs.unfinished({ limit: 1 })).items;
    const running = await jobs.update({
      ...(await jobs.get(id ?? ''))!,
      status: 'running',
      attempt: 1,
      startedAt: at(1),
    });
    await jobs.update({ ...running, status: 'succeeded', outputs: { mp4: output() } });
    clock.advance(200);
    expect(await answer).toMatchObject({
      status: 200,
      headers: { 'preference-applied': 'wait=20' },
      json: { status: 'succeeded', progress: 1 },
    });
  });

  test('with Prefer: wait gives up in time', async () => {
    const { call, clock } = apiHarness({ uploads: [complete] });
    const answer = call('POST', '/v1/jobs', { body, headers: { prefer: 'wait=2' } });
    for (let seconds = 0; seconds < 3; seconds += 1) {
      await settle();
      clock.advance(1000);
    }
    expect((await answer).status).toBe(202);
  });
});

describe('reading a job', () => {
  test('sends nothing when the reader has this version', async () => {
    const { call } = apiHarness({ jobs: [succeeded] });
    const { headers } = await call('GET', `/v1/jobs/${jobId(1)}`);
    expect(headers['etag']).toBe('W/"4"');
    for (const known of ['W/"4"', '"4"', '"1", W/"4"', '*']) {
      const again = await call('GET', `/v1/jobs/${jobId(1)}`, { headers: { 'If-None-Match': known } });
      expect(again).toMatchObject({ status: 304, body: '', headers: { etag: 'W/"4"' } });
    }
    expect((await call('GET', `/v1/jobs/${jobId(1)}`, { headers: { 'if-none-match': 'W/"3"' } })).status).toBe(200);
  });

  test('waits for a change of the job or of one of its tasks', async () => {
    const job = aJob({ version: 2, status: 'running', attempt: 1, startedAt: at(0) });
    const { call, clock, jobs } = apiHarness({ jobs: [job], tasks: [aTaskRecord()] });
    const answer = call('GET', `/v1/jobs/${jobId(1)}?wait=20&after=3`);
    await settle();
    await jobs.claimTask(aClaim(), { now: at(1), leaseUntil: at(60) });
    clock.advance(200);
    expect((await answer).json).toMatchObject({ version: 4, status: 'running' });
  });

  test('answers at once when the version is known to be old', async () => {
    const { call } = apiHarness({ jobs: [aJob({ version: 5 })] });
    expect((await call('GET', `/v1/jobs/${jobId(1)}?wait=20&after=4`)).json.version).toBe(5);
  });

  test('answers with what there is when the time is over', async () => {
    const { call, clock } = apiHarness({ jobs: [aJob()] });
    const answer = call('GET', `/v1/jobs/${jobId(1)}?wait=1&after=1`);
    await settle();
    clock.advance(200);
    await settle();
    clock.advance(800);
    expect((await answer).json).toMatchObject({ status: 'queued', version: 1 });
  });

  test('never shows the keys of objects', async () => {
    const { call } = apiHarness({ jobs: [succeeded] });
    const { json, body } = await call('GET', `/v1/jobs/${jobId(1)}`);
    expect(json.outputs.mp4.files).toEqual([
      {
        name: 'out.mp4',
        bytes: 2000,
        type: 'video/mp4',
        sha256: 'a'.repeat(64),
        href: `/v1/jobs/${jobId(1)}/outputs/mp4/out.mp4`,
      },
    ]);
    expect(body).not.toContain('outputs/ana');
  });
});

describe('listing jobs', () => {
  const many = [1, 2, 3, 4, 5].map((n) =>
    aJob({
      id: jobId(n),
      status: n === 5 ? 'failed' : 'queued',
      template: n === 2 ? 'convert' : null,
      spec: aSpec({ labels: { parity: n % 2 === 0 ? 'even' : 'odd' } }),
      createdAt: at(n),
    }),
  );

  test('is newest first, a page at a time, and meets each job once', async () => {
    const { call } = apiHarness({ jobs: many });
    const first = await call('GET', '/v1/jobs?limit=3');
    const second = await call('GET', `/v1/jobs?limit=3&cursor=${first.json.next}`);
    const ids = [...first.json.items, ...second.json.items].map(({ id }: { id: string }) => id);
    expect(ids).toEqual([5, 4, 3, 2, 1].map(jobId));
    expect(second.json.next).toBeNull();
  });

  test.each([
    ['status=failed', [5]],
    ['template=convert', [2]],
    ['label.parity=odd', [5, 3, 1]],
    ['label.parity=odd&status=queued', [3, 1]],
    ['label.parity=odd&label.other=x', []],
    ['since=2026-11-01T13:00:04%2B01:00', [5, 4]],
  ])('by %s', async (query, numbers) => {
    const { call } = apiHarness({ jobs: many });
    const { items } = (await call('GET', `/v1/jobs?${query}`)).json;
    expect(items.map(({ id }: { id: string }) => id)).toEqual(numbers.map(jobId));
  });
});

test('a list shows how far a live job has come, as the job itself does', async () => {
  const job = aJob({
    status: 'running',
    attempt: 1,
    startedAt: at(1),
    plan: { hash: 'h', round: 1, complete: true, stages: [['encode-1']], skipped: {}, warnings: [], reused: {} },
  });
  const task = aTaskRecord({ state: 'running', claim: aClaim(), progress: 0.4, phase: 'encoding' });
  const { call } = apiHarness({ jobs: [job], tasks: [task] });
  const [listed] = (await call('GET', '/v1/jobs')).json.items;
  const read = (await call('GET', `/v1/jobs/${jobId(1)}`)).json;
  expect(listed).toMatchObject({ progress: 0.4, outputs: { mp4: { status: 'running', progress: 0.4 } } });
  expect(listed.progress).toBe(read.progress);
});

describe('canceling a job', () => {
  test('ends it without any output, and stops its execution', async () => {
    const job = aJob({
      status: 'running',
      attempt: 1,
      startedAt: at(1),
      plan: { hash: 'h', round: 1, complete: true, stages: [['encode-1']], skipped: {}, warnings: [], reused: {} },
    });
    const made = aTaskRecord({ state: 'succeeded', claim: aClaim(), progress: 1, result: aResult() });
    const { call, jobs, workflow, objects } = apiHarness({ jobs: [job], tasks: [made] });
    await objects.write(file.key, 'mpeg', { contentType: 'video/mp4' });
    const { status, json } = await call('POST', `/v1/jobs/${jobId(1)}/cancel`);
    expect(status).toBe(202);
    expect(json).toMatchObject({
      status: 'canceled',
      endedAt: at(0),
      outputs: { mp4: { status: 'canceled', files: [], attestation: null } },
    });
    expect(json.progress).toBeLessThan(1);
    expect(workflow.stopped).toEqual([{ jobId: jobId(1), attempt: 1 }]);
    expect(await objects.head(file.key)).toBeUndefined();
    await expect(jobs.claimTask(aClaim(), { now: at(2), leaseUntil: at(60) })).rejects.toMatchObject({
      code: 'conflict.state',
    });
  });

  test('is fine twice, and impossible after another end', async () => {
    const { call } = apiHarness({ jobs: [aJob(), { ...succeeded, id: jobId(2) }] });
    expect((await call('POST', `/v1/jobs/${jobId(1)}/cancel`)).status).toBe(202);
    expect((await call('POST', `/v1/jobs/${jobId(1)}/cancel`)).status).toBe(202);
    const late = await call('POST', `/v1/jobs/${jobId(2)}/cancel`);
    expect([late.status, late.json.code]).toEqual([409, 'conflict.state']);
  });

  test('wins or loses as a whole when the job changes at the same moment', async () => {
    const jobs = memoryJobStore([aJob({ status: 'running', attempt: 1 })]);
    let meddled = false;
    replaceMethod(jobs, 'update', (update) => async (job) => {
      if (meddled) return update(job);
      meddled = true;
      const now = await jobs.get(job.id);
      await update({ ...now!, status: 'succeeded', outputs: { mp4: output() } });
      return update(job);
    });
    const { call } = apiHarness({}, { jobs });
    expect((await call('POST', `/v1/jobs/${jobId(1)}/cancel`)).status).toBe(409);
    expect((await call('GET', `/v1/jobs/${jobId(1)}`)).json.status).toBe('succeeded');
  });
});

describe('retrying a job', () => {
  const spec = aSpec({
    inputs: { video: { upload: uploadId(1) }, logo: { upload: uploadId(2) } },
    outputs: {
      mp4: { type: 'video', from: 'video' },
      small: { type: 'video', from: 'marked' },
      marked: { type: 'video', from: 'video', edit: [{ overlay: { image: 'logo' } }] },
      gif: { type: 'preview', from: 'video' },
    },
  });
  const partial = aJob({
    status: 'partial',
    spec,
    template: 'convert',
    outputs: { mp4: output(), marked: output(), small: failedOutput, gif: output({ status: 'skipped', files: [] }) },
  });
  const uploads = [complete, { ...complete, id: uploadId(2), key: `uploads/ana/${uploadId(2)}/source` }];

  test('makes a new job of what failed and of what that is made from', async () => {
    const { call, jobs, workflow } = apiHarness({ jobs: [partial], uploads });
    const { status, json, headers } = await call('POST', `/v1/jobs/${jobId(1)}/retry`);
    expect(status).toBe(202);
    expect(json).toMatchObject({ status: 'queued', retryOf: jobId(1), template: 'convert' });
    expect(headers['location']).toBe(`/v1/jobs/${json.id}`);
    expect(workflow.started).toEqual([{ jobId: json.id, attempt: 1 }]);
    const again = await jobs.get(json.id);
    expect(Object.keys(again?.spec.outputs ?? {})).toEqual(['small', 'marked']);
    expect(Object.keys(again?.spec.inputs ?? {})).toEqual(['video', 'logo']);
    expect(await jobs.get(jobId(1))).toEqual(partial);
  });

  test('makes the outputs that are named, and fetches nothing else', async () => {
    const { call, jobs } = apiHarness({ jobs: [partial], uploads: [complete] });
    const { json } = await call('POST', `/v1/jobs/${jobId(1)}/retry`, { body: { outputs: ['mp4'] } });
    expect((await jobs.get(json.id))?.spec).toMatchObject({ inputs: { video: {} }, outputs: { mp4: {} } });
    expect(Object.keys((await jobs.get(json.id))?.spec.inputs ?? {})).toEqual(['video']);
  });

  test.each([
    ['of a live job', aJob({ status: 'running', attempt: 1 }), {}, 409, 'conflict.state'],
    ['of nothing', { ...succeeded, outputs: { mp4: output() } }, {}, 409, 'conflict.state'],
    ['of an unknown output', partial, { outputs: ['gifs'] }, 422, 'spec.unknown_reference'],
    [
      'of an output called like a property of every object',
      partial,
      { outputs: ['constructor'] },
      422,
      'spec.unknown_reference',
    ],
    ['of nothing by name', partial, { outputs: [] }, 422, 'spec.invalid'],
  ])('%s is refused', async (_what, job, body, status, code) => {
    const { call } = apiHarness({ jobs: [job], uploads });
    const answer = await call('POST', `/v1/jobs/${jobId(1)}/retry`, { body });
    expect([answer.status, answer.json.code]).toEqual([status, code]);
  });

  test('is refused when an input is gone', async () => {
    const { call } = apiHarness({ jobs: [partial], uploads: [complete] });
    const { json } = await call('POST', `/v1/jobs/${jobId(1)}/retry`);
    expect(json).toMatchObject({ code: 'input.not_found', errors: [{ pointer: '/inputs/logo' }] });
  });
});

describe('deleting a job', () => {
  test('removes every object and the record, and the id cannot come back', async () => {
    const { call, objects, jobs } = apiHarness({ jobs: [succeeded] });
    await objects.write(file.key, 'mpeg', { contentType: 'video/mp4' });
    await objects.write(`work/ana/${jobId(1)}/encode-1/${runId(1)}/part.mp4`, 'part', { contentType: 'video/mp4' });
    await objects.write(object.key, 'source', { contentType: 'video/mp4' });
    expect(await call('DELETE', `/v1/jobs/${jobId(1)}`)).toMatchObject({ status: 204, body: '' });
    const left: string[] = [];
    for await (const { key } of objects.list('')) left.push(key);
    expect(left).toEqual([object.key]);
    expect((await call('GET', `/v1/jobs/${jobId(1)}`)).status).toBe(404);
    expect((await call('DELETE', `/v1/jobs/${jobId(1)}`)).status).toBe(404);
    await expect(jobs.create(aJob())).rejects.toMatchObject({ code: 'conflict.state' });
  });

  test('cancels a live one first', async () => {
    const { call, workflow, jobs, objects, clock } = apiHarness({ jobs: [aJob({ status: 'running', attempt: 2 })] });
    const deleting = call('DELETE', `/v1/jobs/${jobId(1)}`);
    await vi.waitFor(() => expect(workflow.stopped).toEqual([{ jobId: jobId(1), attempt: 2 }]));
    // A runner that has not noticed yet stores one more file.
    const late = `outputs/ana/${jobId(1)}/make-mp4/run/out.mp4`;
    await objects.write(late, 'late', { contentType: 'video/mp4' });
    await vi.waitFor(async () => {
      clock.advance(1000);
      expect(await jobs.get(jobId(1))).toBeUndefined();
    });
    expect((await deleting).status).toBe(204);
    expect(await objects.head(late)).toBeUndefined();
  });

  test('finds what is left to remove when it was cut off', async () => {
    const { call, objects } = apiHarness({ jobs: [succeeded] });
    const mend = replaceMethod(objects, 'removeAll', () => () => Promise.reject(new Failure('platform.timeout')));
    expect((await call('DELETE', `/v1/jobs/${jobId(1)}`)).status).toBe(504);
    mend();
    expect((await call('DELETE', `/v1/jobs/${jobId(1)}`)).status).toBe(204);
  });
});

describe('opening an output', () => {
  const second = { ...file, name: 'out-2.mp4', key: file.key.replace('out.mp4', 'out-2.mp4') };
  const ended = { ...succeeded, outputs: { mp4: output({ files: [file, second] }) } };
  const path = `/v1/jobs/${jobId(1)}/outputs/mp4`;

  test('redirects to the signed address of its first file', async () => {
    const { call } = apiHarness({ jobs: [ended] });
    const { status, headers, body } = await call('GET', path);
    const url = new URL(headers['location'] ?? '');
    expect([status, body]).toEqual([302, '']);
    expect(url.pathname).toBe(`/${file.key}`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      contentType: 'video/mp4',
      filename: 'out.mp4',
      disposition: 'attachment',
      expiresAt: '2026-11-01T12:15:00.000Z',
    });
    expect(headers['cache-control']).toBe('no-store');
  });

  test('answers with the address when JSON is wanted, of the file and in the way that was asked for', async () => {
    const { call } = apiHarness({ jobs: [ended] });
    const { status, json } = await call('GET', `${path}/out-2.mp4?disposition=inline`, {
      headers: { accept: 'application/json' },
    });
    expect(status).toBe(200);
    expect(json).toEqual({
      url: expect.stringMatching(/out-2\.mp4\?.*disposition=inline/),
      expiresAt: '2026-11-01T12:15:00.000Z',
    });
  });

  test('of a live job says that it opens at the end', async () => {
    const { call } = apiHarness({ jobs: [aJob({ status: 'running', attempt: 1 })] });
    expect((await call('GET', path)).json.detail).toBe('The job is running; its outputs open when it has ended.');
  });

  test.each([
    ['while the job lives', aJob({ status: 'running', attempt: 1 }), path, 409],
    ['when it failed', { ...succeeded, status: 'partial' as const, outputs: { mp4: failedOutput } }, path, 409],
    ['that the job does not have', ended, path.replace('mp4', 'gif'), 404],
    ['called like a property of every object', ended, path.replace('mp4', 'constructor'), 404],
    ['by a file that it does not have', ended, `${path}/out-3.mp4`, 404],
    ['in a way that there is not', ended, `${path}?disposition=upside-down`, 422],
  ])('%s is refused', async (_what, job, target, status) => {
    const { call } = apiHarness({ jobs: [job] });
    expect((await call('GET', target)).status).toBe(status);
  });
});

describe('the log of a job', () => {
  test('tells what every task ran and what FFmpeg said', async () => {
    const error = aJobError({ stderrTail: 'moov atom not found' });
    const { call } = apiHarness({
      jobs: [aJob({ status: 'running', attempt: 1 })],
      tasks: [
        aTaskRecord({ state: 'failed', claim: aClaim(), startedAt: at(5), endedAt: at(6), error }),
        aTaskRecord({ task: aFetchTask(), state: 'succeeded', startedAt: at(1), result: aFetchResult() }),
        aTaskRecord({ id: 'encode-2' }),
      ],
    });
    const { items } = (await call('GET', `/v1/jobs/${jobId(1)}/log`)).json;
    expect(items.map(({ task }: { task: string }) => task)).toEqual(['input-video', 'encode-1', 'encode-2']);
    expect(items[1]).toMatchObject({
      label: 'mp4',
      state: 'failed',
      commands: [['-i', 'file:video.mp4', 'file:out.mp4']],
      stderrTail: 'moov atom not found',
      error: { code: 'encode.failed' },
    });
  });
});

describe('probing', () => {
  test('looks into an upload', async () => {
    const { call } = apiHarness({ uploads: [complete] });
    const { status, json } = await call('POST', '/v1/probe', { body: { source: uploadId(1) } });
    expect(status).toBe(200);
    expect(json).toMatchObject({ container: 'mov', durationSeconds: 5 });
  });

  test('hands on what the worker found', async () => {
    const prober = { look: async () => Promise.reject(new Failure('input.not_media')) };
    const { call } = apiHarness({ uploads: [complete] }, { prober });
    expect((await call('POST', '/v1/probe', { body: { source: uploadId(1) } })).json.code).toBe('input.not_media');
  });

  test.each([
    [{ test: { seconds: 1 } }, 'spec.unsupported'],
    ['what?', 'spec.invalid'],
    [uploadId(9), 'input.not_found'],
    [undefined, 'spec.invalid'],
  ])('%j is refused', async (source, code) => {
    const { json } = await apiHarness({}).call('POST', '/v1/probe', { body: { source } });
    expect(json).toMatchObject({ status: 422, code });
  });
});

describe('templates', () => {
  test('are listed and read', async () => {
    const { call } = apiHarness();
    const { items } = (await call('GET', '/v1/templates')).json;
    expect(items).toHaveLength(6);
    expect((await call('GET', '/v1/templates/watermark')).json).toEqual(items[5]);
    expect((await call('GET', '/v1/templates/nothing')).status).toBe(404);
  });

  test('run with their parameters', async () => {
    const { call, jobs } = apiHarness({ uploads: [complete] });
    const call1 = { template: 'extract-audio', inputs: { anything: uploadId(1) }, params: { format: 'opus' } };
    const { status, json } = await call('POST', '/v1/jobs', { body: call1 });
    expect([status, json.template]).toEqual([202, 'extract-audio']);
    expect((await jobs.get(json.id))?.spec.outputs).toEqual({
      audio: { type: 'audio', encode: 'opus', from: 'anything' },
    });
  });
});
