import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { readConfig } from '#local/config.ts';

const configOf = (args: string[], env: Record<string, string> = {}) => {
  const told = readConfig(args, env);
  if (!('config' in told)) throw new Error(JSON.stringify(told));
  return told.config;
};

test('without flags and environment the server listens on 8787 and keeps its data in .kinoduct', () => {
  expect(configOf([])).toMatchObject({ port: 8787, dataFolder: resolve('.kinoduct'), log: 'file' });
});

test('a flag wins over KINODUCT_PORT, which wins over PORT', () => {
  const env = { PORT: '1', KINODUCT_PORT: '2' };
  expect(configOf(['--port', '3'], env).port).toBe(3);
  expect(configOf([], env).port).toBe(2);
  expect(configOf([], { PORT: '1' }).port).toBe(1);
});

test('--log writes to the terminal', () => {
  expect(configOf(['--log']).log).toBe('stdout');
});

test('a value that makes no sense is refused by the name of its flag', () => {
  expect(readConfig(['--port', 'http'], {})).toMatchObject({ wrong: expect.stringContaining('--port') });
  expect(readConfig([], { KINODUCT_CONCURRENCY: '0' })).toMatchObject({
    wrong: expect.stringContaining('KINODUCT_CONCURRENCY'),
  });
});

test('a flag that does not exist is refused', () => {
  expect(readConfig(['--prot', '1'], {})).toMatchObject({ wrong: expect.stringContaining('--prot') });
});

test('--help asks for the usage', () => {
  expect(readConfig(['--help'], {})).toEqual({ help: true });
});

test('the database is a file, PostgreSQL as its environment says, or a URL', () => {
  expect(configOf([]).database).toBe('sqlite');
  expect(configOf(['--database', 'postgres']).database).toBe('postgres');
  const url = 'postgres://me:secret@db.example.com:5433/kinoduct?sslmode=verify-full';
  expect(configOf([], { KINODUCT_DATABASE: url }).database).toBe(url);
  expect(readConfig(['--database', 'mysql://x'], {})).toMatchObject({ wrong: expect.stringContaining('--database') });
});

test.each(['postgres://me:secret@localhost/x', 'postgres://me@localhost/x?password=secret'])(
  'a password in the arguments is refused, and not repeated: %s',
  (url) => {
    const told = readConfig(['--database', url], {});
    expect(told).toMatchObject({ wrong: expect.stringContaining('PGPASSWORD') });
    expect(JSON.stringify(told)).not.toContain('secret');
  },
);
