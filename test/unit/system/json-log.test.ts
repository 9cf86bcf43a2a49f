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
