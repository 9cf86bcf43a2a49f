/** kill -9 of the runner in every step of a piece and of a join: what is made in the end is the same. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wipeStaleFolders } from '#adapters/filesystem/workspace.ts';
import { recordingLog } from '#adapters/memory/log.ts';
import type { Log } from '#core/ports/log.ts';
import type { Task } from '#core/job/plan.ts';
import { runTask } from '#core/usecases/run-task.ts';
import { makePieces, type Pieces } from '#test/support/pieces.ts';
import { processesIn } from '#test/support/processes.ts';
import { aFetchTask, aJob, jobId } from '#test/support/records.ts';
import { sourceKey } from '#test/support/runner.ts';
import { openRunner } from '#test/support/runner-process.ts';

const script = fileURLToPath(new URL('../support/runner-process.ts', import.meta.url));
const payload = (taskId: string) => ({ jobId: jobId(1), attempt: 1, taskId });

let folder: string;
let deps: Omit<Awaited<ReturnType<typeof openRunner>>, 'log'> & { log: Log };
let pieces: Pieces;

/** The lease of a runner that was killed is over by then. */
const later = <T extends { readonly clock: typeof deps.clock }>(of: T): T => ({
  ...of,
  clock: { ...of.clock, now: () => Date.now() + 20_000 },
});

const record = async (id: string) => {
  const found = await deps.jobs.task(jobId(1), id);
  if (!found) throw new Error(`there is no task ${id}`);
  return found;
};
const save = (...tasks: readonly Task[]): Promise<void> => deps.jobs.saveTasks(jobId(1), tasks);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinoduct-pieces-'));
  deps = { ...(await openRunner(folder)), log: recordingLog() };
  await deps.jobs.create(aJob({ status: 'running', attempt: 1 }));
  const film = join(folder, 'film.mp4');
  const sources = ['-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=10:d=21', '-f', 'lavfi', '-i', 'sine=d=21'];
  const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '20', '-c:a', 'aac'];
  execFileSync('ffmpeg', ['-nostdin', '-v', 'error', ...sources, ...codecs, film]);
  const upload = async (file: string) => {
    const { etag, bytes } = await deps.objects.write(sourceKey, await readFile(file), { contentType: 'video/mp4' });
    const task = aFetchTask({ object: { key: sourceKey, etag, bytes } });
    await save(task);
    return task;
  };
  pieces = await makePieces({ upload, record, save, deps, run: (id) => runTask(deps, payload(id)) }, film);
});
afterAll(async () => {
  await deps.close();
  await rm(folder, { recursive: true, force: true });
});

const killed = async (taskId: string, at: string): Promise<void> => {
  const env = { ...process.env, CRASH_AT: at };
  const child = spawn(process.execPath, [script, folder, taskId], { env, stdio: 'ignore' });
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
};

/** The bytes of the files that a task made, by their names. */
const madeBy = async (id: string): Promise<Record<string, string>> => {
  const { state, result } = await record(id);
  expect(state).toBe('succeeded');
  const files = Object.values(result?.outputs ?? {}).flatMap((output) => output.files);
  const sums = files.map(async ({ name, key, bytes }) => {
    const info = await deps.objects.head(key);
    expect(info?.bytes).toBe(bytes);
    return [name, info?.etag ?? ''];
  });
  return Object.fromEntries(await Promise.all(sums)) as Record<string, string>; // pairs of texts
};

/** Runs a copy of a task, is killed, runs it again, and answers what was made. */
const survived = async (task: Task, at: string): Promise<Record<string, string>> => {
  const id = `${task.id}-${at.replaceAll(/\W/g, '-')}`;
  await save({ ...task, id });
  await killed(id, at);
  await wipeStaleFolders(join(folder, 'work'));
  await runTask(later(deps), payload(id));
  return madeBy(id);
};

const taskOf = async (id: string | undefined): Promise<Task> => (await record(id ?? '')).task;

test.each([
  'after jobs.claimTask',
  'before objects.readRange',
  'before media.run',
  'after media.run',
  'before objects.upload',
  'after objects.upload',
  'before jobs.finishTask',
])('a piece whose runner is killed %s is made again', async (at) => {
  const id = pieces.join.picture[1]?.task;
  expect(await survived(await taskOf(id), at)).toEqual(await madeBy(id ?? ''));
});

test.each([
  'after jobs.claimTask',
  'before objects.download',
  'before objects.compose',
  'after objects.compose',
  'after media.probe',
  'before media.run',
  'before jobs.finishTask',
])('a join whose runner is killed %s is done again, of the same pieces', async (at) => {
  if ((await record(pieces.join.id)).state !== 'succeeded') await runTask(deps, payload(pieces.join.id));
  expect(await survived(pieces.join, at)).toEqual(await madeBy(pieces.join.id));
  expect(await processesIn(join(folder, 'work'))).toEqual([]);
});

test('a task that was recorded before its runner was killed is not done again', async () => {
  const id = 'recorded';
  await save({ ...pieces.join, id });
  await killed(id, 'after jobs.finishTask');
  const before = await record(id);
  await runTask(later(deps), payload(id));
  expect(await record(id)).toEqual(before);
  expect(before.state).toBe('succeeded');
});
