import { expect, test } from 'vitest';
import { jsonLog } from '#adapters/system/json-log.ts';
import { Failure } from '#core/failures.ts';

const logged = (use: (log: ReturnType<typeof jsonLog>) => void): string => {
  const lines: string[] = [];
  use(jsonLog((line) => lines.push(line), { now: () => 0 }));
  return lines.join('');
};

test('an event is one JSON object on one line', () => {
  expect(logged((log) => log.info('task finished', { ms: 5 }))).toBe(
    '{"time":"1970-01-01T00:00:00.000Z","level":"info","message":"task finished","ms":5}\n',
  );
});

test('a field cannot forge a line, colour the terminal or turn the writing round', () => {
  const line = logged((log) => log.warn('odd title', { title: 'a\n{"level":"error"}\u001b[31m\u202e' }));
  expect(line.split('\n')).toHaveLength(2);
  expect(JSON.parse(line)).toMatchObject({ title: 'a\n{"level":"error"} [31m ' });
});

test('a long field is cut', () => {
  expect(JSON.parse(logged((log) => log.info('m', { stderr: 'x'.repeat(5000) }))).stderr).toHaveLength(1000);
});

test('an error is logged with its code and its cause', () => {
  const error = new Failure('platform.internal', {}, { cause: new Error('disk on fire') });
  expect(JSON.parse(logged((log) => log.error('request failed', { error })))).toMatchObject({
    error: { name: 'platform.internal', cause: { message: 'disk on fire' } },
  });
});

test.each([
  [
    'a signed address of S3',
    'GET https://b.s3.eu-west-1.amazonaws.com/uploads/a.mp4?X-Amz-Algorithm=AWS4&X-Amz-Signature=5ecre7 failed',
    'GET https://b.s3.eu-west-1.amazonaws.com/uploads/a.mp4?… failed',
  ],
  [
    'a signed address of ours',
    'http://127.0.0.1:1/objects/a?expires=1&signature=5ecre7',
    'http://127.0.0.1:1/objects/a?…',
  ],
  ['credentials in an address', 'postgres://kino:5ecre7@db:5432/jobs is gone', 'postgres://…@db:5432/jobs is gone'],
  ['a header', 'authorization: Bearer ana.5ecre7-x_y=', 'authorization: Bearer …'],
  ['a token without a header', 'expired: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI1ZWNyZTcifQ.5ecre7', 'expired: …'],
  ['the secret of a webhook', 'signed with whsec_5ecre7+/=', 'signed with whsec_…'],
  ['a query alone', '/objects/a?X-Amz-Signature=5ecre7&x=1', '/objects/a?X-Amz-Signature=…&x=1'],
])('%s is cut out', (_, text, told) => {
  const line = logged((log) => log.error('m', { text, nested: [{ text }], error: new Error('e', { cause: text }) }));
  expect(line).not.toContain('5ecre7');
  expect(JSON.parse(line)).toMatchObject({ text: told, nested: [{ text: told }] });
});

test('a secret is not half shown where a field is cut', () => {
  const text = `${'x'.repeat(960)} https://b.example/a.mp4?X-Amz-Signature=${'5ecre7'.repeat(1000)}`;
  expect(logged((log) => log.info('m', { text }))).not.toContain('5ecre7');
});

test('what the work of the moment belongs to is in every line', () => {
  const lines: string[] = [];
  const log = jsonLog((line) => lines.push(line), { context: () => ({ traceId: `t${lines.length}` }) });
  log.info('a');
  log.warn('b', { traceId: 'its own' });
  expect(lines.map((line) => (JSON.parse(line) as { traceId: string }).traceId)).toEqual(['t0', 'its own']);
});
