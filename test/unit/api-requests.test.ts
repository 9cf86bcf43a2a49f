import { describe, expect, test } from 'vitest';
import { memoryJobStore } from '#adapters/memory/job-store.ts';
import { failures } from '#core/failures.ts';
import { routes } from '#functions/api/routes/index.ts';
import { principalOf } from '#functions/api/principal.ts';
import { apiHarness } from '#test/support/api.ts';
import { replaceMethod } from '#test/support/replace-method.ts';
import { aJob, jobId } from '#test/support/records.ts';

const pattern = { test: { seconds: 1 } };
const job = (extra: object = {}) => ({ inputs: { in: pattern }, outputs: { out: 'mp4' }, ...extra });

describe('every answer', () => {
  test('carries the request id, its duration, and may be neither stored nor sniffed', async () => {
    const { call } = apiHarness();
    for (const path of ['/v1/jobs', '/v1/nothing', '/v1/jobs?limit=x']) {
      const { headers } = await call('GET', path);
      expect(headers).toMatchObject({
        'x-request-id': 'request-1',
        'server-timing': expect.stringMatching(/^app;dur=\d+$/),
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
    }
  });

  test('leaves a line in the log without the query', async () => {
    const { call, log } = apiHarness();
    await call('GET', '/v1/jobs?label.secret=x');
    expect(log.entries).toEqual([
      {
        level: 'info',
        message: 'request',
        fields: { requestId: 'request-1', method: 'GET', path: '/v1/jobs', status: 200, ms: 0, sourceIp: '127.0.0.1' },
      },
    ]);
  });
});

describe('a problem', () => {
  test('says what is wrong, what helps, and has a stable code', async () => {
    const { call } = apiHarness();
    const { status, headers, json } = await call('POST', '/v1/jobs', { body: job({ output: {} }) });
    expect(status).toBe(422);
    expect(headers['content-type']).toBe('application/problem+json');
    expect(json).toEqual({
      type: 'about:blank',
      title: failures['spec.invalid'].title,
      status: 422,
      code: 'spec.invalid',
      detail: '/output: is not a field here; did you mean "outputs"?',
      remedy: failures['spec.invalid'].remedy,
      retryable: false,
      errors: [{ pointer: '/output', code: 'unknown_field', message: 'is not a field here; did you mean "outputs"?' }],
      requestId: 'request-1',
    });
  });

  test('about our own side tells the log everything and the caller nothing', async () => {
    const jobs = memoryJobStore();
    replaceMethod(jobs, 'list', () => () => Promise.reject(new Error('password=hunter2 at /srv/db.ts')));
    const { call, log } = apiHarness({}, { jobs });
    const { status, body } = await call('GET', '/v1/jobs');
    expect(status).toBe(500);
    expect(body).not.toMatch(/hunter2|\/srv|stack/);
    expect(JSON.parse(body)).toMatchObject({ code: 'platform.internal', detail: 'Something went wrong on our side' });
    const logged = log.entries.find(({ level }) => level === 'error');
    expect(logged?.fields).toMatchObject({ error: { cause: { message: expect.stringContaining('hunter2') } } });
  });

  test.each([
    ['GET', '/v1/nothing', 404, 'not_found'],
    ['GET', '/v1/jobs/job_1', 404, 'not_found'],
    ['GET', '/v1/jobs/../../etc/passwd', 404, 'not_found'],
    ['GET', `/v1/jobs/${jobId(1)}/outputs/a/..%2fb`, 404, 'not_found'],
    ['PUT', '/v1/jobs', 405, 'request.method_not_allowed'],
    ['DELETE', '/v1/jobs', 405, 'request.method_not_allowed'],
  ])('answers %s %s with %i', async (method, path, status, code) => {
    const { call } = apiHarness();
    const answer = await call(method, path);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ code });
  });

  test('about a method names those that are allowed', async () => {
    const { headers } = await apiHarness().call('PATCH', `/v1/jobs/${jobId(1)}`);
    expect(headers['allow']).toBe('GET, DELETE');
  });
});

describe('a body', () => {
  test.each([
    ['that is no JSON', { text: '{"inputs":' }, 400, 'request.malformed'],
    [
      'of another type',
      { text: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      400,
      'request.malformed',
    ],
    ['nested without end', { text: '['.repeat(100_000) + ']'.repeat(100_000) }, 400, 'request.malformed'],
    ['that is too large', { text: `{"name":"${'x'.repeat(300_000)}"}` }, 413, 'request.too_large'],
    ['that is missing', {}, 422, 'spec.invalid'],
    ['that is a list', { body: [] }, 422, 'spec.invalid'],
  ])('%s is refused', async (_what, options, status, code) => {
    const answer = await apiHarness().call('POST', '/v1/jobs', options);
    expect([answer.status, answer.json.code]).toEqual([status, code]);
  });

  test('in base64 is read like any other', async () => {
    const { call } = apiHarness();
    const text = Buffer.from(JSON.stringify(job())).toString('base64');
    expect((await call('POST', '/v1/jobs', { text, isBase64Encoded: true })).status).toBe(202);
  });
});

describe('a query', () => {
  test.each([
    ['limit=0', '?limit'],
    ['limit=1001', '?limit'],
    ['limit=ten', '?limit'],
    ['status=done', '?status'],
    ['since=yesterday', '?since'],
    ['statsu=failed', '?statsu'],
  ])('%s is refused by its name', async (query, pointer) => {
    const { status, json } = await apiHarness().call('GET', `/v1/jobs?${query}`);
    expect(status).toBe(422);
    expect(json.errors).toMatchObject([{ pointer }]);
  });

  test('with a cursor of no listing is refused', async () => {
    const { status, json } = await apiHarness().call('GET', '/v1/jobs?cursor=abc');
    expect([status, json.code]).toEqual([422, 'spec.invalid']);
  });
});

describe('the identity of a request', () => {
  const withAuthorizer = (authorizer: unknown) =>
    principalOf({ requestContext: { authorizer } } as unknown as Parameters<typeof principalOf>[0]);
  const withClaims = (claims: Record<string, string>) =>
    withAuthorizer({ jwt: { claims: { token_use: 'access', ...claims } } });

  test('is needed on every route that is not public', async () => {
    const { call } = apiHarness();
    for (const { method, path, auth } of routes) {
      const { status, headers } = await call(method, path.replaceAll(/\{\w+\}/g, 'x'), { owner: null });
      expect([method, path, status === 401]).toEqual([method, path, auth !== false]);
      if (auth) expect(headers['www-authenticate']).toBe('Bearer');
    }
  });

  test('is the subject of a token, or the role behind a signature, whatever its session is called', () => {
    expect(withClaims({ sub: 'f00d-1' }).owner).toBe('f00d-1');
    expect(withAuthorizer({ iam: { userId: 'AROAEXAMPLE:session-77' } }).owner).toBe('iam-AROAEXAMPLE');
    expect(withAuthorizer({ iam: { userId: 'AIDAEXAMPLE' } }).owner).toBe('iam-AIDAEXAMPLE');
  });

  test.each([
    ['[admin]', true],
    ['[editors admin]', true],
    ['admin', true],
    ['[administrators]', false],
    ['[not-admin admin-not]', false],
    ['[]', false],
    ['', false],
  ])('is an administrator’s by the group "admin" only: %s', (groups, isAdmin) => {
    expect(withClaims({ sub: 'ana', 'cognito:groups': groups }).isAdmin).toBe(isAdmin);
    expect(withClaims({ sub: 'ana', groups, 'custom:groups': groups }).isAdmin).toBe(false);
    expect(withAuthorizer({ iam: { userId: 'AROAEXAMPLE', 'cognito:groups': groups } }).isAdmin).toBe(false);
  });

  test('is not proven by an id token', () => {
    for (const claims of [{ sub: 'ana', token_use: 'id' }, { sub: 'ana' }])
      expect(() => withAuthorizer({ jwt: { claims } })).toThrow(expect.objectContaining({ code: 'auth.invalid' }));
  });

  test('that could not be part of a key is refused', () => {
    expect(() => withClaims({ sub: '../ben' })).toThrow(expect.objectContaining({ code: 'auth.invalid' }));
    expect(() => withAuthorizer({ lambda: {} })).toThrow(expect.objectContaining({ code: 'auth.invalid' }));
    expect(() => withAuthorizer(undefined)).toThrow(expect.objectContaining({ code: 'auth.missing' }));
  });
});

describe('public routes', () => {
  test('say what this is and what it can do', async () => {
    const { call } = apiHarness();
    expect((await call('GET', '/', { owner: null })).json).toMatchObject({
      name: 'kinoduct',
      links: { openapi: '/openapi.json' },
    });
    const document = await call('GET', '/openapi.json', { owner: null });
    expect(document.json.openapi).toMatch(/^3\.1/);
    expect(document.headers['cache-control']).toContain('public');
  });

  test('tell whether everything answers, and ask at most once in five seconds', async () => {
    const { call, clock, log, objects } = apiHarness();
    let asked = 0;
    replaceMethod(objects, 'head', (head) => async (key) => {
      asked += 1;
      return head(key);
    });
    const health = () => call('GET', '/health', { owner: null });
    expect(await health()).toMatchObject({
      status: 200,
      json: { status: 'ok', checks: { storage: 'ok', db: 'ok', workflow: 'ok' } },
    });
    await health();
    expect(asked).toBe(1);
    clock.advance(5000);
    replaceMethod(objects, 'head', () => () => Promise.reject(new Error('no route to host')));
    expect(await health()).toMatchObject({
      status: 503,
      json: { status: 'degraded', checks: { storage: 'failed', db: 'ok' } },
    });
    expect(await call('HEAD', '/health', { owner: null })).toMatchObject({ status: 503, body: '' });
    expect(log.entries.some(({ message }) => message === 'health check failed')).toBe(true);
  });

  test('do not wait for a dependency that never answers', async () => {
    const { call, clock, objects } = apiHarness();
    replaceMethod(objects, 'head', () => () => Promise.withResolvers<undefined>().promise);
    const answer = call('GET', '/health', { owner: null });
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    clock.advance(3000);
    expect((await answer).json.checks.storage).toBe('failed');
  });
});

describe('statistics', () => {
  test('count the jobs that have not ended, and the age of the oldest', async () => {
    const { call, clock } = apiHarness({
      jobs: [aJob(), aJob({ id: jobId(2), owner: 'ben', status: 'running', attempt: 1 })],
    });
    clock.advance(90_000);
    expect((await call('GET', '/v1/stats')).json).toEqual({
      byStatus: { waiting: 0, queued: 1, running: 1 },
      oldestCreatedAt: '2026-11-01T12:00:00.000Z',
      oldestAgeSeconds: 90,
    });
  });
});
