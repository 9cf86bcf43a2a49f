/** `npm run loadtest`, against a server on this machine. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newDataFolder, removeFolder, type Server, startServer } from '#test/support/server.ts';
import { clientOf } from './deployment.ts';

const program = join(import.meta.dirname, '../../cli/loadtest.ts');

let dataFolder: string;
let server: Server;
beforeAll(async () => {
  dataFolder = await newDataFolder();
  server = await startServer({ dataFolder });
});
afterAll(async () => {
  await server?.end('SIGKILL');
  await removeFolder(dataFolder);
});

const run = async (args: readonly string[]): Promise<{ code: number | null; printed: string }> => {
  const env = { ...process.env, KINODUCT_TOKEN: await server.token('ana') };
  const child = spawn(process.execPath, [program, '--data', dataFolder, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, printed };
};

test('so many jobs, some of them at a time, all succeed and are measured', async () => {
  const { code, printed } = await run(['--jobs', '3', '--concurrent', '2', '--video-size', '0.3', '--monitor']);
  expect(printed).toMatch(/upload +3 +0 /);
  expect(printed).toMatch(/job, from upload to end +3 +0 /);
  expect(code).toBe(0);
  const ana = await clientOf(server, 'ana');
  const answer = await ana.request('GET', '/v1/jobs');
  const { items } = (await answer.json()) as { items: { outputs: { out: { status: string } } }[] };
  expect(items.map(({ outputs }) => outputs.out.status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
});

test('people who come at once keep it busy, and leave when their time is over', async () => {
  const { code, printed } = await run(['--users', '4', '--burst', '--seconds', '2', '--video-size', '0.2']);
  expect(printed).toMatch(/upload +\d+ /);
  expect(code, printed).toBe(0);
});

test('a server that does not run is told of', async () => {
  const none = await newDataFolder();
  const { code, printed } = await run(['--data', none]);
  expect(printed).toContain('npm start');
  expect(code).toBe(1);
  await removeFolder(none);
});
