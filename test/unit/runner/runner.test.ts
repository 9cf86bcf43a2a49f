import { beforeEach, describe, expect, test } from 'vitest';
import { manualClock, sequentialIds, type ManualClock } from '#adapters/memory/clock.ts';
import { memoryJobStore } from '#adapters/memory/job-store.ts';
import { recordingLog } from '#adapters/memory/log.ts';
import { recordingMetrics } from '#adapters/memory/metrics.ts';
import { memoryMediaStore } from '#adapters/memory/media-store.ts';
import { memoryObjectStore } from '#adapters/memory/object-store.ts';
import { Failure } from '#core/failures.ts';
import type { JobStore } from '#core/ports/job-store.ts';
import type { MediaRun, MediaTools } from '#core/ports/media-tools.ts';
import type { Workspace } from '#core/ports/workspace.ts';
import { keepClaim } from '#core/usecases/keep-claim.ts';
import { runTask } from '#core/usecases/run-task.ts';
import type { RunTaskDeps } from '#core/usecases/task-run.ts';
import { taskReport } from '#core/usecases/task-run.ts';
import { createRunner } from '#functions/ffmpeg-runner/app.ts';
import { defaultRunnerLimits, RunnerConfig } from '#functions/ffmpeg-runner/config.ts';
import { aClaim, aJob, aTask, aTaskRecord, at, jobId, runId } from '#test/support/records.ts';

const payload = { jobId: jobId(1), attempt: 1, taskId: 'encode-1' };

let clock: ManualClock;
let jobs: JobStore;
beforeEach(() => {
  clock = manualClock(at(0));
  jobs = memoryJobStore([aJob({ status: 'running', attempt: 1 })], [aTaskRecord({ task: aTask({ reads: [] }) })]);
});

/** Lets everything that can go on go on. */
const settle = async (): Promise<void> => {
  for (let n = 0; n < 20; n += 1) await new Promise((resolve) => setImmediate(resolve));
};

describe('a claim that is kept', () => {
  const claim = aClaim();
  const begin = async (store: JobStore) => {
    await jobs.claimTask(claim, { now: at(0), leaseUntil: at(15) });
    const [over, lost] = [new AbortController(), Promise.withResolvers<Failure>()];
    const report = taskReport(clock);
    const deps = { jobs: store, clock, log: recordingLog(), limits: { ...defaultRunnerLimits, stallSeconds: 30 } };
    const ended = keepClaim(deps, { claim, report }, lost.resolve, over.signal);
    const pass = async (seconds: number): Promise<void> => {
      for (let n = 0; n < seconds; n += 1) {
        clock.advance(1_000);
        await settle();
      }
    };
    return { over, report, lost: lost.promise, ended, pass, deps };
  };

  test('is prolonged every second, with the progress so far', async () => {
    const { over, report, ended, pass } = await begin(jobs);
    report.advance(0.4);
    await pass(1);
    expect(await jobs.task(jobId(1), 'encode-1')).toMatchObject({ progress: 0.4, leaseUntil: at(16) });
    report.advance(0.2);
    await pass(2);
    expect(await jobs.task(jobId(1), 'encode-1')).toMatchObject({ progress: 0.4, leaseUntil: at(18) });
    over.abort();
    await ended;
  });

  test('is lost when the job was canceled', async () => {
    const { lost, ended, pass } = await begin(jobs);
    const job = await jobs.get(jobId(1));
    if (job) await jobs.update({ ...job, status: 'canceled', endedAt: at(0) });
    await pass(1);
    expect(await lost).toMatchObject({ name: 'conflict.state' });
    await ended;
  });

  test('survives a store that cannot be reached for a while, and is lost when the lease is over', async () => {
    const broken = { ...jobs, heartbeat: async () => Promise.reject(new Failure('platform.throttled')) };
    const { lost, ended, pass, deps } = await begin(broken);
    await pass(15);
    expect(await Promise.race([lost, Promise.resolve('kept')])).toBe('kept');
    await pass(1);
    expect(await lost).toMatchObject({ name: 'conflict.state' });
    expect(deps.log.entries).toHaveLength(16);
    await ended;
  });

  test('is given up when FFmpeg stands still, but not while it uses CPU, nor in another phase', async () => {
    const { report, lost, ended, pass } = await begin(jobs);
    await pass(40);
    const work = Promise.withResolvers<void>();
    const encoding = report.during('encoding', 'encode', () => work.promise);
    await pass(25);
    report.touch();
    await pass(25);
    expect(await Promise.race([lost, Promise.resolve('kept')])).toBe('kept');
    await pass(7);
    expect(await lost).toMatchObject({ name: 'platform.timeout' });
    work.resolve();
    await Promise.all([encoding, ended]);
  });
});

describe('running a task', () => {
  const exit: MediaRun = { exitCode: 0, endedBy: 'exit', stderrTail: '', errorLines: 0, cpuSeconds: 1 };
  const unused = (): never => {
    throw new Error('not to be called');
  };
  const media = (run: Partial<MediaRun>, probe: MediaTools['probe'] = unused): MediaTools => ({
    engine: async () => ({ version: 'ffmpeg version 5', encoders: new Set(), filters: new Set() }),
    probe,
    run: async () => ({ ...exit, ...run }),
  });
  const noFolder = {
    path: '/',
    at: (file: string) => file,
    writeText: unused,
    fill: unused,
    copy: unused,
    place: unused,
    text: unused,
    bytes: unused,
    list: async () => [],
    measure: unused,
  };
  const workspace: Workspace = {
    use: async (_, work) => work({ ...noFolder, measure: async () => undefined }),
  };
  const depsWith = (overrides: Partial<RunTaskDeps>): RunTaskDeps => ({
    jobs,
    objects: memoryObjectStore(),
    library: memoryMediaStore(),
    media: media({}),
    workspace,
    clock,
    ids: sequentialIds(),
    log: recordingLog(),
    metrics: recordingMetrics(),
    limits: defaultRunnerLimits,
    ...overrides,
  });

  test.each<[string, Partial<MediaRun>, string]>([
    ['its wall-clock limit', { endedBy: 'deadline', exitCode: 255 }, 'limit.time'],
    ['too many bytes', { endedBy: 'disk', exitCode: 255 }, 'limit.storage'],
    [
      'a full disk',
      { exitCode: 1, stderrTail: 'av_interleaved_write_frame(): No space left on device' },
      'limit.storage',
    ],
    ['a signal', { endedBy: 'signal', exitCode: null }, 'platform.internal'],
    [
      'a source that cannot be decoded',
      { exitCode: 1, stderrTail: 'x: Invalid data found when processing' },
      'input.corrupt',
    ],
    ['anything else', { exitCode: 1, stderrTail: 'Conversion failed!' }, 'encode.failed'],
    ['a codec that the build lacks', { exitCode: 1, stderrTail: "Unknown encoder 'libsvtav1'" }, 'spec.unsupported'],
    ['exit 0 without a file', {}, 'encode.verify_failed'],
  ])('that ends with %s fails as such', async (_, run, code) => {
    const deps = depsWith({ media: media(run) });
    await expect(runTask(deps, payload)).rejects.toMatchObject({ name: code });
    const task = await jobs.task(jobId(1), 'encode-1');
    expect(task).toMatchObject({ state: 'failed', result: null, error: { code } });
    expect(task?.error?.repro).toMatch(/^ffmpeg -i file:video.mp4/);
  });

  test('in a container may use all the memory that the container has', async () => {
    const asked: number[] = [];
    const run: MediaTools['run'] = async (_, { limits }) => {
      asked.push(limits.memoryBytes);
      return { ...exit, exitCode: 1 };
    };
    const deps = depsWith({ media: { ...media({}), run } });
    await runTask(deps, payload).catch(() => undefined);
    const plan = { hash: 'h', round: 1, complete: true, stages: [], skipped: {}, warnings: [], reused: {} };
    const containers = { 'encode-1': { vcpus: 4, memoryMb: 16_384, storageGb: 21 } };
    const job = await jobs.get(jobId(1));
    if (job) await jobs.update({ ...job, plan: { ...plan, containers } });
    await runTask(deps, payload).catch(() => undefined);
    expect(asked).toEqual([aTask().limits.memoryBytes, 16 * 2 ** 30]);
  });

  test('whose result may or may not have been recorded takes nothing back and is not called failed', async () => {
    const removed: string[] = [];
    const objects = { ...memoryObjectStore(), removeAll: async (prefix: string) => void removed.push(prefix) };
    const ambiguous: JobStore = {
      ...jobs,
      finishTask: async (claim, end) => {
        await jobs.finishTask(claim, end);
        throw new Error('socket hang up');
      },
    };
    const writes = [
      {
        output: 'p',
        file: 'p.json',
        contentType: 'application/json',
        expects: {},
        document: { kind: 'text' as const, text: '{}' },
      },
    ];
    await jobs.saveTasks(jobId(1), [aTask({ id: 'text-1', reads: [], commands: [], writes })]);
    const written: Workspace = {
      use: async (_, work) =>
        work({
          ...noFolder,
          writeText: async () => undefined,
          measure: async () => ({ bytes: 2, sha256: 'c'.repeat(64) }),
        }),
    };
    const stored = {
      ...objects,
      upload: async (_: string, key: string) => ({ key, bytes: 2, etag: 'e', contentType: '' }),
    };
    const deps = depsWith({ jobs: ambiguous, objects: stored, workspace: written });
    await expect(runTask(deps, { ...payload, taskId: 'text-1' })).rejects.toMatchObject({ name: 'platform.internal' });
    expect(await jobs.task(jobId(1), 'text-1')).toMatchObject({ state: 'succeeded' });
    expect(removed).toEqual([]);
  });

  test('of a job that has ended, or of another attempt, is refused', async () => {
    await expect(runTask(depsWith({}), { ...payload, attempt: 2 })).rejects.toMatchObject({ name: 'conflict.state' });
    await expect(runTask(depsWith({}), { ...payload, taskId: 'nope' })).rejects.toMatchObject({
      name: 'conflict.state',
    });
  });

  test('that another runner holds waits for that one’s lease, and ends when it is told to', async () => {
    await jobs.claimTask(aClaim({ runner: runId(7) }), { now: at(0), leaseUntil: at(15) });
    const host = new AbortController();
    const running = runTask(depsWith({}), payload, host.signal).catch((error: unknown) => error);
    await settle();
    host.abort(new Failure('platform.timeout'));
    expect(await running).toMatchObject({ name: 'platform.timeout' });
    expect((await jobs.task(jobId(1), 'encode-1'))?.claim?.runner).toBe(runId(7));
  });

  test('is ended shortly before the host’s time is over', async () => {
    const stuck: MediaTools = {
      ...media({}),
      run: async (_, { signal }) =>
        new Promise((resolve) => {
          signal?.addEventListener('abort', () => resolve({ ...exit, endedBy: 'abort', exitCode: 255 }));
        }),
    };
    const running = createRunner(depsWith({ media: stuck }))(payload, { deadlineMs: 60_000 }).catch(
      (error: unknown) => error,
    );
    await settle();
    clock.advance(49_999);
    await settle();
    clock.advance(1);
    expect(await running).toMatchObject({ name: 'platform.timeout' });
    expect(await jobs.task(jobId(1), 'encode-1')).toMatchObject({
      state: 'failed',
      error: { code: 'platform.timeout' },
    });
  });

  test('needs a payload that is understood to the letter', async () => {
    const run = createRunner(depsWith({}));
    for (const wrong of [null, {}, { ...payload, extra: 1 }, { ...payload, jobId: '../x' }, { probe: { key: 'x' } }])
      await expect(run(wrong)).rejects.toMatchObject({ name: 'platform.internal' });
  });
});

test('the runner’s configuration needs the table and the bucket, and knows the rest', () => {
  const config = RunnerConfig.parse({ STAGE: 's', JOBS_TABLE: 't', MEDIA_BUCKET: 'b', STALL_SECONDS: '30' });
  expect(config).toMatchObject({ FFMPEG_PATH: 'ffmpeg', WORK_ROOT: '/tmp/kinoduct', STALL_SECONDS: 30 });
  expect(() => RunnerConfig.parse({ STAGE: 's', JOBS_TABLE: 't' })).toThrow(/MEDIA_BUCKET/);
});
