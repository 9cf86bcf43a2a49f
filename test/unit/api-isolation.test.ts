import { beforeEach, describe, expect, test } from 'vitest';
import { routes } from '#functions/api/routes/index.ts';
import { apiHarness } from '#test/support/api.ts';
import {
  aJob,
  aMedia,
  aNotice,
  anAccount,
  anUpload,
  aStoredTemplate,
  at,
  aWebhook,
  jobId,
  mediaId,
  noticeId,
  runId,
  uploadId,
  webhookId,
} from '#test/support/records.ts';

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
  reused: false,
};
/** An ended and a live job, a complete and a waiting upload, an item of the library, a template, a webhook, her account. All are ana's. */
const stored = {
  jobs: [
    aJob({ status: 'succeeded', attempt: 1, outputs: { mp4: output }, endedAt: at(9) }),
    aJob({ id: jobId(2), status: 'running', attempt: 1 }),
  ],
  uploads: [
    anUpload({ state: 'complete', object }),
    anUpload({ id: uploadId(2), key: `uploads/ana/${uploadId(2)}/source` }),
  ],
  library: [aMedia(), aMedia({ id: mediaId(2), sha256: 'd'.repeat(64) })],
  templates: [aStoredTemplate()],
  webhooks: [aWebhook()],
  notices: [aNotice({ state: 'failed', nextAt: null })],
  accounts: [anAccount()],
};

const bodies: Readonly<Record<string, unknown>> = {
  retryJob: { outputs: ['mp4'] },
  signParts: {},
};

type Ids = Readonly<Record<'jobs' | 'uploads' | 'media' | 'templates' | 'webhooks' | 'users', readonly string[]>>;

const own: Ids = {
  jobs: [jobId(1), jobId(2)],
  uploads: [uploadId(1), uploadId(2)],
  media: [mediaId(1), mediaId(2)],
  templates: ['still'],
  webhooks: [webhookId(1)],
  users: ['ana'],
};
const never: Ids = {
  jobs: [jobId(8), jobId(9)],
  uploads: [uploadId(8), uploadId(9)],
  media: [mediaId(8), mediaId(9)],
  templates: ['stall'],
  webhooks: [webhookId(9)],
  users: ['ane'],
};

const kindOf = (path: string): keyof Ids => {
  const kind = /^\/v1\/(jobs|uploads|media|templates|webhooks|users)\//.exec(path)?.[1];
  if (!kind) throw new Error(`${path} names something: say here whose`);
  return kind as keyof Ids; // true: the pattern lists the keys
};

/** Every route that names something, with the ids given. A name that somebody else uses is free to be stored. */
const targets = (ids: Ids) =>
  routes
    .filter(({ path, method }) => path.includes('{') && method !== 'PUT')
    .flatMap(({ method, path, operationId }) =>
      ids[kindOf(path)].map((id) => ({
        method,
        path: path
          .replace(/\{\w+\}/, id)
          .replace('{name}', 'mp4')
          .replace('{file}', 'out.mp4')
          .replace('{delivery}', noticeId(1)),
        options: method === 'POST' ? { body: bodies[operationId] ?? {} } : {},
      })),
    );

describe('every route', () => {
  /** Nothing that exists; bodies that some routes refuse, after they have looked at who asks. */
  const requests = routes.map(({ method, path, auth }) => ({ method, auth, path: path.replaceAll(/\{\w+\}/g, 'x') }));

  test('is open to everybody, to whoever is known, or to administrators only, as the table says', async () => {
    const { call } = apiHarness(stored);
    for (const { method, path, auth } of requests) {
      const statusOf = async (caller: { owner: string | null; isAdmin?: boolean }) =>
        (await call(method, path, { ...caller, ...(method === 'GET' ? {} : { body: {} }) })).status;
      const statuses = [
        await statusOf({ owner: null }),
        await statusOf({ owner: 'ben' }),
        await statusOf({ owner: 'root', isAdmin: true }),
      ];
      const turnedAway = statuses.map((status) => ([401, 403].includes(status) ? status : 'let in'));
      const [stranger, user] = { true: [401, 'let in'], false: ['let in', 'let in'], admin: [401, 403] }[`${auth}`];
      expect([method, path, ...turnedAway]).toEqual([method, path, stranger, user, 'let in']);
    }
    expect(requests.filter(({ auth }) => auth === 'admin').map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /v1/users',
      'GET /v1/users',
    ]);
  });

  test('that is public belongs to nobody, or proves who asks by itself', () => {
    expect(requests.filter(({ auth }) => !auth).map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /v1/auth/token',
      'POST /v1/auth/revoke',
      'GET /health',
      'HEAD /health',
      'GET /openapi.json',
      'GET /',
    ]);
  });
});

describe('what belongs to somebody else', () => {
  let harness: ReturnType<typeof apiHarness>;
  beforeEach(() => {
    harness = apiHarness(stored);
  });

  test.each([
    ['another owner', { owner: 'ben', isAdmin: false }],
    ['an administrator', { owner: 'root', isAdmin: true }],
  ])('is missing to %s on every route, in the very words for what never was', async (_who, caller) => {
    const foreign = targets(own);
    const missing = targets(never);
    expect(foreign.length).toBeGreaterThanOrEqual(36);
    for (const [index, { method, path, options }] of foreign.entries()) {
      const answer = await harness.call(method, path, { ...options, ...caller });
      const absent = missing[index];
      const other = await harness.call(absent?.method ?? '', absent?.path ?? '', { ...options, ...caller });
      const isShown = path === '/v1/users/ana' && caller.isAdmin;
      expect([method, path, answer.status]).toEqual([method, path, isShown ? 200 : 404]);
      expect(other.status).toBe(404);
      if (!isShown) expect(answer.body).toBe(other.body);
    }
  });

  test('is not changed by anything that was tried, by an administrator neither', async () => {
    const { call, jobs, uploads, library, templates, webhooks, workflow, objects } = harness;
    const item = aMedia();
    for (const key of [object.key, item.object.key]) await objects.write(key, 'mpeg', { contentType: 'video/mp4' });
    for (const { method, path, options } of targets(own)) {
      await call(method, path, { ...options, owner: 'ben' });
      await call(method, path, { ...options, owner: 'root', isAdmin: true });
    }
    expect([await jobs.get(jobId(1)), await jobs.get(jobId(2))]).toEqual(stored.jobs);
    expect([await uploads.get(uploadId(1)), await uploads.get(uploadId(2))]).toEqual(stored.uploads);
    expect([await library.get(mediaId(1)), await library.get(mediaId(2))]).toEqual(stored.library);
    expect(await templates.get('ana', 'still')).toEqual(stored.templates[0]);
    expect(await webhooks.get('ana', webhookId(1))).toEqual(stored.webhooks[0]);
    expect(await webhooks.notice(aNotice())).toEqual(stored.notices[0]);
    expect([workflow.started, workflow.stopped]).toEqual([[], []]);
    for (const key of [object.key, item.object.key]) expect(await objects.head(key)).toBeDefined();
  });

  test('is there for its owner on the same routes', async () => {
    for (const { method, path, options } of targets({
      jobs: [jobId(1)],
      uploads: [uploadId(1)],
      media: [mediaId(1)],
      templates: ['still'],
      webhooks: [webhookId(1)],
      users: ['ana'],
    })) {
      const { call } = apiHarness(stored);
      const { status } = await call(method, path, options);
      expect([method, path, status]).not.toEqual([method, path, 404]);
    }
  });

  test('is not listed', async () => {
    expect((await harness.call('GET', '/v1/jobs', { owner: 'ben' })).json).toEqual({ items: [], next: null });
    expect((await harness.call('GET', '/v1/jobs')).json.items).toHaveLength(2);
    expect((await harness.call('GET', '/v1/media', { owner: 'ben' })).json).toEqual({ items: [], next: null });
    const { source, sha256 } = aMedia();
    for (const query of [`source=${source}`, `sha256=${sha256}`])
      expect((await harness.call('GET', `/v1/media?${query}`, { owner: 'ben' })).json.items).toEqual([]);
    const listed = (await harness.call('GET', '/v1/webhooks', { owner: 'ben' })).json.items;
    expect(listed.map(({ url }: { url: string | null }) => url)).toEqual([null]);
    const { items } = (await harness.call('GET', '/v1/templates', { owner: 'ben' })).json;
    expect(items.filter(({ builtIn }: { builtIn: boolean }) => !builtIn)).toEqual([]);
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

  test('is no template for a job, an upload with a job, or a version of a name that both use', async () => {
    const { call } = harness;
    const job = { template: 'still', inputs: { video: { test: { seconds: 1 } } } };
    const version = { ...job, templateVersion: 1 };
    for (const body of [job, version]) {
      expect((await call('POST', '/v1/jobs', { body })).status).toBe(202);
      const refused = [
        await call('POST', '/v1/jobs', { owner: 'ben', body }),
        await call('POST', '/v1/uploads', { owner: 'ben', body: { filename: 'a', job: body } }),
      ];
      for (const { json } of refused) {
        expect(json).toMatchObject({ status: 422, code: 'spec.unknown_reference' });
        expect(JSON.stringify(json)).not.toContain('did you mean');
      }
    }
    const mine = { summary: 'mine', inputs: {}, outputs: { a: { type: 'image', from: 'b' } } };
    const put = { ...mine, inputs: { b: { color: '#000000', seconds: 1 } } };
    await call('PUT', '/v1/templates/still', { owner: 'ben', body: put });
    expect((await call('GET', '/v1/templates/still')).json.summary).toBe(stored.templates[0]?.template.summary);
  });
});
