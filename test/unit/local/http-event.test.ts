import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { guard } from '#local/guards.ts';
import { readBody, toEvent } from '#local/http-event.ts';

const aRequest = (url: string, headers: Record<string, string> = {}, body?: string): IncomingMessage => {
  const request = new IncomingMessage(new Socket());
  request.method = 'POST';
  request.url = url;
  request.httpVersion = '1.1';
  request.headers = headers;
  request.rawHeaders = Object.entries(headers).flat();
  if (body !== undefined) request.push(body);
  request.push(null);
  return request;
};
const caller = { claims: { sub: 'ana', exp: 1_793_538_000, 'cognito:groups': ['admin', 'other'] }, requestId: 'req-1' };

test('what the token says becomes texts, as API Gateway hands it over', () => {
  expect(toEvent(aRequest('/'), Buffer.alloc(0), caller).requestContext).toMatchObject({
    authorizer: { jwt: { claims: { sub: 'ana', exp: '1793538000', 'cognito:groups': '[admin other]' } } },
    requestId: 'req-1',
  });
});

test('without credentials there is no authorizer', () => {
  const event = toEvent(aRequest('/'), Buffer.alloc(0), { ...caller, claims: undefined });
  expect(event.requestContext).not.toHaveProperty('authorizer');
});

test('repeated query names are joined with a comma, as API Gateway does', () => {
  const event = toEvent(aRequest('/v1/jobs?status=queued&status=running&label.a=b%20c'), Buffer.alloc(0), caller);
  expect(event.queryStringParameters).toEqual({ status: 'queued,running', 'label.a': 'b c' });
  expect(event.rawQueryString).toBe('status=queued&status=running&label.a=b%20c');
  expect(event.rawPath).toBe('/v1/jobs');
});

test('JSON is handed over as text and anything else as base64', () => {
  const text = toEvent(aRequest('/', { 'content-type': 'application/problem+json' }), Buffer.from('{"ä":1}'), caller);
  expect(text).toMatchObject({ body: '{"ä":1}', isBase64Encoded: false });
  const bytes = toEvent(aRequest('/', { 'content-type': 'video/mp4' }), Buffer.from([0, 255]), caller);
  expect(bytes).toMatchObject({ body: 'AP8=', isBase64Encoded: true });
});

test('the token never gets into the event', () => {
  const event = toEvent(aRequest('/', { Authorization: 'Bearer local.secret', Accept: 'a' }), Buffer.alloc(0), caller);
  expect(event.headers).toEqual({ accept: 'a' });
});

test('a body that is declared or turns out larger than the limit is refused', async () => {
  await expect(readBody(aRequest('/', { 'content-length': '11' }), 10)).rejects.toMatchObject({
    code: 'request.too_large',
  });
  await expect(readBody(aRequest('/', {}, 'eleven bytes'), 10)).rejects.toMatchObject({ code: 'request.too_large' });
  expect((await readBody(aRequest('/', {}, 'ten bytes.'), 10)).toString()).toBe('ten bytes.');
});

test.each([
  ['the printed address', { host: '127.0.0.1:8787' }, 'let in'],
  ['localhost', { host: 'localhost:8787' }, 'let in'],
  ['its own page', { host: 'localhost:8787', origin: 'http://localhost:8787' }, 'let in'],
  ['a name that was rebound to 127.0.0.1', { host: 'evil.example:8787' }, 'request.misdirected'],
  ['another port', { host: '127.0.0.1:80' }, 'request.misdirected'],
  ['no host at all', {}, 'request.misdirected'],
  ['a page of another site', { host: '127.0.0.1:8787', origin: 'https://evil.example' }, 'auth.forbidden'],
  ['a page without an origin', { host: '127.0.0.1:8787', origin: 'null' }, 'auth.forbidden'],
])('a request by %s', (_who, headers, outcome) => {
  const attempt = () => guard({ headers }, 8787);
  if (outcome === 'let in') expect(attempt).not.toThrow();
  else expect(attempt).toThrow(expect.objectContaining({ code: outcome }));
});
