/** A runner with stores in memory and the FFmpeg of this machine. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ffmpegMediaTools } from '#adapters/ffmpeg/media-tools.ts';
import { filesystemWorkspace } from '#adapters/filesystem/workspace.ts';
import { memoryJobStore } from '#adapters/memory/job-store.ts';
import { recordingLog } from '#adapters/memory/log.ts';
import { recordingMetrics } from '#adapters/memory/metrics.ts';
import { memoryMediaStore } from '#adapters/memory/media-store.ts';
import { memoryObjectStore } from '#adapters/memory/object-store.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { ulidIds } from '#adapters/system/ids.ts';
import { hardenedArguments } from '#test/support/commands.ts';
import { assetFiles } from '#layers/assets/assets.ts';
import type { FetchTask, MakeTask, Task } from '#core/job/plan.ts';
import type { TaskRecord } from '#core/job/state.ts';
import { runTask } from '#core/usecases/run-task.ts';
import type { RunTaskDeps } from '#core/usecases/task-run.ts';
import { aFetchTask, aJob, aTask, jobId, uploadId } from './records.ts';

export const runnerLimits = {
  maxBytes: 2 ** 30,
  maxSeconds: 36_000,
  maxPixels: 35_651_584,
  wholeBytes: 2 ** 26,
  stallSeconds: 120,
};

export const sourceKey = `uploads/ana/${uploadId(1)}/source`;

/** Everything a runner needs, in one folder that `close` removes. */
export const startRunner = async (overrides: Partial<RunTaskDeps> = {}) => {
  const root = await mkdtemp(join(tmpdir(), 'kinoduct-runner-'));
  const jobs = memoryJobStore([aJob({ status: 'running', attempt: 1 })]);
  const objects = memoryObjectStore();
  const log = recordingLog();
  const deps: RunTaskDeps = {
    jobs,
    objects,
    log,
    metrics: recordingMetrics(),
    library: memoryMediaStore(),
    media: ffmpegMediaTools(),
    workspace: filesystemWorkspace({ root, assets: assetFiles }),
    clock: systemClock,
    ids: ulidIds(),
    limits: runnerLimits,
    ...overrides,
  };
  const record = async (taskId: string): Promise<TaskRecord> => {
    const found = await deps.jobs.task(jobId(1), taskId);
    if (!found) throw new Error(`there is no task ${taskId}`);
    return found;
  };
  return {
    root,
    deps,
    log,
    record,
    /** Stores the file as the upload that `aFetchTask` pins, and saves that task. */
    upload: async (file: string): Promise<FetchTask> => {
      const { etag, bytes } = await deps.objects.write(sourceKey, await readFile(file), { contentType: 'video/mp4' });
      const task = aFetchTask({ object: { key: sourceKey, etag, bytes } });
      await deps.jobs.saveTasks(jobId(1), [task]);
      return task;
    },
    save: (...tasks: readonly Task[]) => deps.jobs.saveTasks(jobId(1), tasks),
    run: (taskId: string, signal?: AbortSignal) => runTask(deps, { jobId: jobId(1), attempt: 1, taskId }, signal),
    /** Keys of everything that tasks have stored. */
    stored: async (): Promise<readonly string[]> => {
      const keys: string[] = [];
      for (const prefix of ['outputs/', 'work/']) {
        for await (const { key } of deps.objects.list(prefix)) keys.push(key);
      }
      return keys;
    },
    close: () => rm(root, { recursive: true, force: true }),
  };
};
export type TestRunner = Awaited<ReturnType<typeof startRunner>>;

/** A make task that turns the input `video` into `out.mp4` with these output options. */
export const encodeTask = (
  options: readonly string[],
  overrides: Partial<MakeTask> & { readonly expects?: MakeTask['writes'][number]['expects'] } = {},
): MakeTask => {
  const { expects = {}, ...rest } = overrides;
  return aTask({
    reads: [{ file: 'in0', from: { input: 'video' } }],
    commands: [{ arguments: hardenedArguments('in0', [...options, 'file:out.mp4']), progressSeconds: 2 }],
    writes: [{ output: 'mp4', file: 'out.mp4', contentType: 'video/mp4', expects }],
    limits: { wallSeconds: 60, cpuSeconds: 120, memoryBytes: 2 ** 31, outputBytes: 2 ** 30 },
    ...rest,
  });
};
