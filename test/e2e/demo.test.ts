/** `npm run demo`, as its user sees it. */
import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Clips, makeClips } from '#test/support/clips.ts';
import { inspect } from '#test/support/inspect.ts';
import { processesIn } from '#test/support/processes.ts';
import { newDataFolder, removeFolder, startServer } from '#test/support/server.ts';

const program = join(import.meta.dirname, '../../cli/demo.ts');

let clips: Clips;
let folder: string;
beforeAll(async () => {
  clips = await makeClips();
});
afterAll(async () => {
  await clips.close();
});
beforeEach(async () => {
  folder = await newDataFolder();
});
afterEach(async () => {
  await removeFolder(folder);
});

/** `stopAfter` sends SIGINT when that has been printed. */
const demo = (args: readonly string[], stopAfter?: RegExp): Promise<{ code: number | null; printed: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    let stopped = false;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
        if (!stopped && stopAfter?.test(printed)) stopped = child.kill('SIGINT');
      });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, printed }));
  });

const savedFiles = (printed: string): string[] => printed.match(/kinoduct-demo\/\S+/g) ?? [];

test('a video of one’s own becomes five files, and the demo says where they lie and what was checked', async () => {
  const { code, printed } = await demo([await clips.path('short.mp4')]);
  expect(code).toBe(0);
  expect(printed).toMatch(/100% succeeded/);
  const files = savedFiles(printed);
  expect(files.map((file) => file.slice('kinoduct-demo/'.length))).toEqual([
    'rendition.mp4',
    'watermarked.mp4',
    'sound.mp3',
    'thumbnail.jpg',
    'preview.gif',
  ]);
  for (const file of files) expect((await inspect(await readFile(join(folder, file)))).format).not.toBe('');
  expect(printed.match(/exit 0, .* 0 decode errors/g)).toHaveLength(5);
  expect(printed).toMatch(/took {5}upload \d+\.\d s, job \d+\.\d s \(.*encode \d+\.\d s/);
});

test('a video without sound leaves out the sound', async () => {
  const { code, printed } = await demo([await clips.path('silent.mp4')]);
  expect(code).toBe(0);
  expect(printed).toMatch(/sound +- +skipped: .*no sound/);
  expect(savedFiles(printed)).toHaveLength(4);
});

test('what is no video is refused in plain words', async () => {
  const missing = await demo(['no-such-file.mp4']);
  expect(missing).toMatchObject({ code: 1, printed: expect.stringContaining('There is no file no-such-file.mp4.') });
  const text = await demo([await clips.path('text.mp4')]);
  expect(text).toMatchObject({ code: 1, printed: expect.stringContaining('(input.not_media)') });
});

test('a server that uses the data folder already is used', async () => {
  const server = await startServer({ dataFolder: join(folder, '.kinoduct') });
  const { code, printed } = await demo([await clips.path('short.mp4')]);
  expect(code).toBe(0);
  expect(printed).toContain(`${server.url}, data in .kinoduct (was running)`);
  expect(await server.end('SIGTERM')).toBe(0);
});

test('Ctrl-C ends it, with all that it started, and cancels its job', async () => {
  const { code, printed } = await demo([await clips.path('long.mp4')], /job +\d+% \w+/);
  expect(code).toBe(130);
  expect(printed).toContain('Stopped.');
  expect(await processesIn(folder)).toEqual([]);
  expect(await readdir(join(folder, '.kinoduct/work'))).toEqual([]);
  const server = await startServer({ dataFolder: join(folder, '.kinoduct') });
  const headers = { authorization: `Bearer ${await server.token('local')}` };
  const listed = await (await fetch(`${server.url}/v1/jobs`, { headers })).json();
  expect(listed).toMatchObject({ items: [{ status: 'canceled' }] });
  await server.end('SIGTERM');
});
