import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { wipeStaleFolders } from '#adapters/filesystem/workspace.ts';
import { runTask } from '#core/usecases/run-task.ts';
import { type Clips, makeClips } from '#test/support/clips.ts';
import { processesIn, untilNoneIn } from '#test/support/processes.ts';
import { aFetchTask, aJob, jobId } from '#test/support/records.ts';
import { encodeTask, sourceKey } from '#test/support/runner.ts';
import { openRunner } from '#test/support/runner-process.ts';

const script = fileURLToPath(new URL('../support/runner-process.ts', import.meta.url));
const hasPdeathsig = spawnSync('setpriv', ['--pdeathsig', 'KILL', '--', 'true']).status === 0;
const payload = (taskId: string) => ({ jobId: jobId(1), attempt: 1, taskId });
/** Several seconds of work on two cores. */
const working = ['-map', '0:v:0', '-c:v', 'libx264', '-preset', 'veryfast', '-f', 'mp4'];

let clips: Clips;
let folder: string;
let deps: Awaited<ReturnType<typeof openRunner>>;
let children: ChildProcess[];

beforeAll(async () => {
  clips = await makeClips();
});
afterAll(() => clips.close());

/** A job that is running, with its input fetched and `encode-1` to be made. */
beforeEach(async () => {
  children = [];
  folder = await mkdtemp(join(tmpdir(), 'kinoduct-fault-'));
  deps = await openRunner(folder);
  await deps.jobs.create(aJob({ status: 'running', attempt: 1 }));
  const body = await readFile(await clips.path('long.mp4'));
  const { etag, bytes } = await deps.objects.write(sourceKey, body, { contentType: 'video/mp4' });
  const encode = encodeTask(working, { expects: { durationSeconds: 30, minFrames: 700 } });
  await deps.jobs.saveTasks(jobId(1), [aFetchTask({ object: { key: sourceKey, etag, bytes } }), encode]);
  await runTask(deps, payload('input-video'));
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await deps.close();
  await rm(folder, { recursive: true, force: true });
});

const startRunner = (): ChildProcess => {
  const child = spawn(process.execPath, [script, folder, 'encode-1'], { stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  return child;
};

const untilEncoding = async (): Promise<void> => {
  for (;;) {
    const found = await processesIn(join(folder, 'work'));
    if (found.some(({ command }) => command.startsWith('ffmpeg'))) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

const madeFiles = async () => (await deps.jobs.task(jobId(1), 'encode-1'))?.result?.outputs?.['mp4']?.files ?? [];

test.skipIf(!hasPdeathsig)('a runner that is killed takes its FFmpeg with it', async () => {
  const child = startRunner();
  await untilEncoding();
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await untilNoneIn(join(folder, 'work'), 5_000)).toBeLessThan(1_000);
});

test('a runner that is killed is replaced when its lease is over, and its scratch folder is wiped', async () => {
  const child = startRunner();
  await untilEncoding();
  child.kill('SIGKILL');
  await once(child, 'exit');
  await wipeStaleFolders(join(folder, 'work'));
  await runTask(deps, payload('encode-1'));
  expect(await deps.jobs.task(jobId(1), 'encode-1')).toMatchObject({ state: 'succeeded', progress: 1 });
  const [file] = await madeFiles();
  expect(await deps.objects.head(file?.key ?? '')).toMatchObject({ bytes: file?.bytes });
});

test('a runner that was stopped for longer than its lease can change nothing when it wakes up', async () => {
  const zombie = startRunner();
  const output = text(zombie.stdout ?? process.stdin);
  await untilEncoding();
  zombie.kill('SIGSTOP');
  await runTask(deps, payload('encode-1'));
  const before = await deps.jobs.task(jobId(1), 'encode-1');
  const [file] = await madeFiles();
  zombie.kill('SIGCONT');
  expect((await output).trim()).toBe('conflict.state');
  expect(await deps.jobs.task(jobId(1), 'encode-1')).toEqual(before);
  expect(await deps.objects.head(file?.key ?? '')).toMatchObject({ bytes: file?.bytes });
  const keys: string[] = [];
  for await (const { key } of deps.objects.list('outputs/')) keys.push(key);
  expect(keys).toEqual([file?.key]);
  expect(await processesIn(join(folder, 'work'))).toEqual([]);
});
