import { createHash } from 'node:crypto';
import { appendFile, cp, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { folderBuckets } from '#adapters/filesystem/buckets.ts';
import { manualClock, sequentialIds } from '#adapters/memory/clock.ts';
import { memoryMadeStore } from '#adapters/memory/made-store.ts';
import { memoryJobStore } from '#adapters/memory/job-store.ts';
import { recordingLog } from '#adapters/memory/log.ts';
import { memoryMediaStore } from '#adapters/memory/media-store.ts';
import { memoryObjectStore } from '#adapters/memory/object-store.ts';
import { memoryTemplateStore } from '#adapters/memory/template-store.ts';
import { memoryUploadStore } from '#adapters/memory/upload-store.ts';
import { memoryWebhookStore } from '#adapters/memory/webhook-store.ts';
import type { JobRecord } from '#core/job/state.ts';
import { Limits } from '#core/usecases/limits.ts';
import { dropBucket, type DropFolder, watchDropFolder } from '#local/drop-folder.ts';

const stableMs = 400;
let folder = '';
let watching: DropFolder | undefined;
let jobs = memoryJobStore();

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kinoduct-drop-'));
  jobs = memoryJobStore();
});
afterEach(async () => {
  await watching?.close();
  await rm(folder, { recursive: true, force: true });
});

const start = async (): Promise<void> => {
  const idle = async (): Promise<void> => undefined;
  const deps = {
    jobs,
    uploads: memoryUploadStore(),
    made: memoryMadeStore(),
    build: 'test',
    library: memoryMediaStore(),
    webhooks: memoryWebhookStore(),
    objects: memoryObjectStore(),
    templates: memoryTemplateStore(),
    buckets: folderBuckets({ folders: { [dropBucket]: folder } }),
    workflow: { start: idle, stop: idle, status: async () => 'unknown' as const },
    clock: manualClock(),
    ids: sequentialIds(),
    log: recordingLog(),
    limits: Limits.parse({}),
    hash: (text: string) => createHash('sha256').update(text).digest('hex'),
  };
  watching = await watchDropFolder(deps, { folder, owner: 'local', stableMs });
};

const started = async (): Promise<readonly JobRecord[]> => (await jobs.list({ owner: 'local', limit: 100 })).items;
/** Waits until there are so many, and then long enough for one too many to show. */
const settled = async (count: number): Promise<readonly JobRecord[]> => {
  await vi.waitUntil(async () => (await started()).length >= count, { timeout: 10_000, interval: 50 });
  await new Promise((resolve) => setTimeout(resolve, 2 * stableMs));
  return started();
};
const inbox = (...names: readonly string[]): string => path.join(folder, 'inbox', ...names);

test('a file that is still being written is waited for, and is one job', async () => {
  await start();
  await mkdir(inbox('convert'), { recursive: true });
  for (let n = 0; n < 10; n += 1) {
    await appendFile(inbox('convert', 'clip.mp4'), 'x'.repeat(1000));
    await new Promise((resolve) => setTimeout(resolve, stableMs / 4));
    expect(await started()).toHaveLength(0);
  }
  expect(await settled(1)).toHaveLength(1);
});

test('files that were copied, moved in, or there before the start are jobs, whatever their case', async () => {
  await mkdir(inbox('convert', 'format=webm'), { recursive: true });
  await writeFile(inbox('convert', 'before.mp4'), 'a');
  await start();
  await writeFile(path.join(folder, 'elsewhere.mov'), 'b');
  await rename(path.join(folder, 'elsewhere.mov'), inbox('convert', 'MOVED.MOV'));
  await cp(inbox('convert', 'before.mp4'), inbox('convert', 'format=webm', 'copied.MP4'));
  const keys = (await settled(3)).map(({ drop }) => drop?.key ?? '').toSorted((a, b) => (a < b ? -1 : 1));
  expect(keys).toEqual(['inbox/convert/MOVED.MOV', 'inbox/convert/before.mp4', 'inbox/convert/format=webm/copied.MP4']);
});

test('what was a job stays one when the folder is watched again', async () => {
  await mkdir(inbox('convert'), { recursive: true });
  await writeFile(inbox('convert', 'clip.mp4'), 'a');
  await start();
  expect(await settled(1)).toHaveLength(1);
  await watching?.close();
  await start();
  expect(await settled(1)).toHaveLength(1);
});

test('links are not followed, and results are not looked at', async () => {
  await start();
  await mkdir(inbox('convert'), { recursive: true });
  await mkdir(path.join(folder, 'outbox/convert'), { recursive: true });
  await writeFile(path.join(folder, 'outbox/convert/result.mp4'), 'a');
  await symlink('/etc/hostname', inbox('convert', 'link.mp4'));
  await writeFile(inbox('convert', 'real.mp4'), 'a');
  expect((await settled(1)).map(({ drop }) => drop?.key)).toEqual(['inbox/convert/real.mp4']);
});
