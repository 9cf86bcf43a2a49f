/** A transfer function with stores in memory, a real scratch folder, and a world outside that a test plays. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesystemWorkspace } from '#adapters/filesystem/workspace.ts';
import { sequentialIds } from '#adapters/memory/clock.ts';
import { memoryIdempotencyStore } from '#adapters/memory/idempotency-store.ts';
import { memoryJobStore } from '#adapters/memory/job-store.ts';
import { recordingLog } from '#adapters/memory/log.ts';
import { recordingMetrics } from '#adapters/memory/metrics.ts';
import { memoryMediaStore } from '#adapters/memory/media-store.ts';
import { memoryObjectStore } from '#adapters/memory/object-store.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { Failure } from '#core/failures.ts';
import type { ImportTask, Task } from '#core/job/plan.ts';
import type { TaskResult } from '#core/job/task-result.ts';
import type { Delivery, DeliveryFile, DeliveryTarget } from '#core/ports/delivery.ts';
import type { Speech, SpeechRequest } from '#core/ports/speech.ts';
import type { Download } from '#core/ports/web.ts';
import { runTransfer } from '#core/usecases/run-transfer.ts';
import type { TransferDeps } from '#core/usecases/transfer.ts';
import { aJob, jobId } from './records.ts';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

interface Page {
  body: string;
  etag: string;
}

/** Web addresses and objects (`s3://bucket/key`) by what is there. */
type There = Map<string, Page>;

const playedWeb = (there: There, downloads: Download[]): TransferDeps['web'] => ({
  download: async (download) => {
    downloads.push(download);
    const page = there.get(download.url);
    if (!page) throw new Failure('input.not_found');
    if (download.known?.etag === page.etag) return { unchanged: true };
    await writeFile(download.file, page.body);
    const { body, etag } = page;
    const known = { lastModified: null, contentType: 'video/mp4', filename: 'film.mp4' };
    return { unchanged: false, bytes: body.length, sha256: sha256(body), etag, ...known };
  },
});

const playedBuckets = (there: There, copies: string[]): TransferDeps['buckets'] => ({
  head: async ({ bucket, key }) => {
    const page = there.get(`s3://${bucket}/${key}`);
    return (
      page && { bytes: page.body.length, etag: page.etag, contentType: null, lastModified: '2026-11-01T12:00:00Z' }
    );
  },
  download: async ({ bucket, key, etag }, file) => {
    const name = `s3://${bucket}/${key}`;
    const page = there.get(name);
    copies.push(name);
    if (page?.etag !== etag) throw new Failure('input.changed');
    await writeFile(file, page?.body ?? '');
    return { bytes: page?.body.length ?? 0, sha256: sha256(page?.body ?? '') };
  },
});

const playedSpeech = (spoken: SpeechRequest[]): Speech => ({
  speak: async (request, file) => {
    spoken.push(request);
    await new Promise(setImmediate);
    await writeFile(file, `${request.voice} says ${request.text}`);
    return { bytes: 1, characters: request.text.length, contentType: 'audio/mpeg' };
  },
});

export const startTransfer = async (overrides: Partial<TransferDeps> = {}) => {
  const root = await mkdtemp(join(tmpdir(), 'kinoduct-transfer-'));
  const there: There = new Map();
  const downloads: Download[] = [];
  const copies: string[] = [];
  const spoken: SpeechRequest[] = [];
  const taken: { file: DeliveryFile; target: DeliveryTarget }[] = [];
  const delivery: Delivery = {
    deliver: async (file, target) => {
      taken.push({ file, target });
      return { url: 'https://example.com/there', id: null };
    },
  };
  const deps: TransferDeps = {
    jobs: memoryJobStore([1, 2].map((n) => aJob({ id: jobId(n), status: 'running', attempt: 1 }))),
    library: memoryMediaStore(),
    idempotency: memoryIdempotencyStore(),
    objects: memoryObjectStore(),
    workspace: filesystemWorkspace({ root }),
    web: playedWeb(there, downloads),
    buckets: playedBuckets(there, copies),
    secrets: { read: async (name) => `the secret ${name}` },
    speech: { polly: playedSpeech(spoken) },
    recognisers: {},
    deliveries: { https: delivery },
    hash: sha256,
    clock: systemClock,
    ids: sequentialIds(),
    log: recordingLog(),
    metrics: recordingMetrics(),
    limits: { stallSeconds: 120, maxBytes: 1000 },
    ...overrides,
  };
  const run = async (task: Task, job = jobId(1)): Promise<TaskResult | null> => {
    await deps.jobs.saveTasks(job, [task]);
    await runTransfer(deps, { jobId: job, attempt: 1, taskId: task.id });
    return (await deps.jobs.task(job, task.id))?.result ?? null;
  };
  let count = 0;
  return {
    deps,
    there,
    downloads,
    copies,
    spoken,
    taken,
    run,
    /** Imports from there, in a task of its own. */
    bringIn: async (from: ImportTask['from'], job = jobId(1)) => {
      const task = { kind: 'import', id: `import-${(count += 1)}`, input: 'video', from } as const;
      const result = await run(task, job);
      if (!result?.imported) throw new Error('nothing was imported');
      return result.imported;
    },
    /** Everything below `media/`. */
    stored: async (): Promise<string[]> => {
      const keys: string[] = [];
      for await (const { key } of deps.objects.list('media/')) keys.push(key);
      return keys;
    },
    close: () => rm(root, { recursive: true, force: true }),
  };
};
export type TestTransfer = Awaited<ReturnType<typeof startTransfer>>;
