import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ffmpegMediaTools } from '#adapters/ffmpeg/media-tools.ts';
import { memoryJobStore } from '#adapters/memory/job-store.ts';
import { memoryWebhookStore } from '#adapters/memory/webhook-store.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { ulidIds } from '#adapters/system/ids.ts';
import { Failure } from '#core/failures.ts';
import type { Clock } from '#core/ports/clock.ts';
import { BillingConfig, billingOf } from '#core/usecases/billing.ts';
import { failJob } from '#core/usecases/fail-job.ts';
import { failTask } from '#core/usecases/fail-task.ts';
import { ledgerJobs } from '#core/usecases/ledger.ts';
import { probeObject } from '#core/usecases/probe-object.ts';
import { type Clips, makeClips } from '#test/support/clips.ts';
import { processesIn, untilNoneIn } from '#test/support/processes.ts';
import { aFetchTask, aJob, aSpec, at, jobId, runId } from '#test/support/records.ts';
import { encodeTask, startRunner, type TestRunner } from '#test/support/runner.ts';

const x264 = ['-map', '0:v:0', '-map', '0:a:0?', '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', '-f', 'mp4'];
/** Takes minutes: more than any test waits. */
const slow = ['-map', '0:v:0', '-vf', 'scale=1920:-2', '-c:v', 'libx264', '-preset', 'placebo', '-f', 'mp4'];

let clips: Clips;
let runner: TestRunner;
beforeAll(async () => {
  clips = await makeClips();
});
afterAll(() => clips.close());
beforeEach(async () => {
  runner = await startRunner();
});
afterEach(() => runner.close());

/** Uploads the file and fetches it, so that make tasks can read it. */
const fetchClip = async (file: string): Promise<void> => {
  await runner.upload(file);
  await runner.run('input-video');
};

/** Waits until the runner has a process in its folder. */
const untilRunning = async (): Promise<number> => {
  for (;;) {
    const [found] = await processesIn(runner.root);
    if (found?.command.startsWith('ffmpeg')) return found.pid;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

test('a fetch task probes and hashes the pinned object and leaves it where it is', async () => {
  const task = await runner.upload(await clips.path('short.mp4'));
  await runner.run('input-video');
  const { state, result } = await runner.record('input-video');
  expect(state).toBe('succeeded');
  expect(result?.input).toMatchObject({
    object: task.object,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    probe: {
      container: 'mov',
      video: [{ codec: 'h264', width: 320, height: 240, frames: 50 }],
      audio: [{ codec: 'aac' }],
    },
  });
  expect(Object.keys(result?.timings ?? {})).toEqual(['download', 'probe']);
  expect(await runner.stored()).toEqual([]);
});

test('a fetch task with a command makes the input and stores it under its claim', async () => {
  const command = {
    arguments: [
      ...['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=10:duration=1'],
      ...['-c:v', 'libx264', '-progress', 'pipe:3', '-f', 'matroska', 'file:test.mkv'],
    ],
    progressSeconds: 1,
  };
  const generate = { command, file: 'test.mkv', contentType: 'video/x-matroska' };
  await runner.save(aFetchTask({ object: undefined, generate }));
  await runner.run('input-video');
  const { result, claim } = await runner.record('input-video');
  const [key] = await runner.stored();
  expect(key).toBe(`work/ana/${jobId(1)}/input-video/${claim?.runner}/test.mkv`);
  expect(result?.input).toMatchObject({ object: { key }, probe: { video: [{ width: 320, frames: 10 }] } });
});

test('a make task encodes, checks and stores its output, and attests how', async () => {
  await fetchClip(await clips.path('short.mp4'));
  const expects = {
    video: { codec: 'h264', width: 320, height: 240 },
    audio: { codec: 'aac', channels: 1 },
    durationSeconds: 2,
    minFrames: 45,
  };
  await runner.save(encodeTask(x264, { expects }));
  await runner.run('encode-1');
  const { state, progress, result, claim } = await runner.record('encode-1');
  expect({ state, progress }).toEqual({ state: 'succeeded', progress: 1 });
  const file = result?.outputs?.['mp4']?.files[0];
  const key = `outputs/ana/${jobId(1)}/encode-1/${claim?.runner}/out.mp4`;
  expect(file).toMatchObject({ name: 'out.mp4', key, type: 'video/mp4' });
  expect((await runner.deps.objects.head(key))?.bytes).toBe(file?.bytes);
  expect(result?.outputs?.['mp4']?.attestation).toMatchObject({
    engine: expect.stringMatching(/^ffmpeg version/),
    checks: { exit: 0, frames: 50, video: 'h264 320x240', audio: 'aac 1 channels', decodeErrors: 0 },
  });
  expect(Object.keys(result?.timings ?? {})).toEqual(['download', 'encode', 'verify', 'upload']);
  expect(await readdir(runner.root)).toEqual([]);
});

test('a task that has succeeded is not done again', async () => {
  await fetchClip(await clips.path('short.mp4'));
  await runner.save(encodeTask(x264));
  await runner.run('encode-1');
  const once = await runner.record('encode-1');
  await runner.run('encode-1');
  expect(await runner.record('encode-1')).toEqual(once);
});

test('two runners of one task: one does it, the other waits for it', async () => {
  await fetchClip(await clips.path('short.mp4'));
  await runner.save(encodeTask(x264));
  await Promise.all([runner.run('encode-1'), runner.run('encode-1')]);
  expect((await runner.record('encode-1')).state).toBe('succeeded');
  expect(await runner.stored()).toHaveLength(1);
});

test('texts and copies are written without FFmpeg', async () => {
  await fetchClip(await clips.path('short.mp4'));
  const writes = [
    {
      output: 'probe',
      file: 'probe.json',
      contentType: 'application/json',
      expects: {},
      document: { kind: 'text' as const, text: '{"a":1}' },
    },
    { output: 'same', file: 'same.mp4', contentType: 'video/mp4', expects: {}, copyOf: 'in0' },
  ];
  await runner.save(encodeTask([], { commands: [], writes }));
  await runner.run('encode-1');
  const { result } = await runner.record('encode-1');
  const bytesOf = async (output: string) => runner.deps.objects.read(result?.outputs?.[output]?.files[0]?.key ?? '');
  expect(Buffer.from((await bytesOf('probe')) ?? []).toString()).toBe('{"a":1}');
  expect(Buffer.from((await bytesOf('same')) ?? [])).toEqual(await readFile(await clips.path('short.mp4')));
  expect(result?.outputs?.['same']?.attestation).toBeUndefined();
});

test('a task reads what an earlier task of the job has made', async () => {
  await fetchClip(await clips.path('short.mp4'));
  const second = encodeTask(x264, {
    id: 'encode-2',
    reads: [{ file: 'in0', from: { output: 'mp4', file: 'out.mp4' } }],
    writes: [{ output: 'again', file: 'out.mp4', contentType: 'video/mp4', expects: { durationSeconds: 2 } }],
  });
  await runner.save(encodeTask(x264), second);
  await expect(runner.run('encode-2')).rejects.toMatchObject({ name: 'platform.internal' });
  await runner.run('encode-1');
  await runner.run('encode-2');
  expect((await runner.record('encode-2')).state).toBe('succeeded');
});

test('progress rises, and is seen while FFmpeg works', async () => {
  const seconds: number[] = [];
  const folder = runner.root;
  await copyFile(await clips.path('long.mp4'), join(folder, 'in0'));
  const { commands, limits } = encodeTask(['-vf', 'scale=160:-2', ...x264]);
  const command = { arguments: commands[0]?.arguments ?? [], progressSeconds: 30 };
  const run = await ffmpegMediaTools().run(command, { folder, limits, onProgress: (s) => void seconds.push(s) });
  expect(run).toMatchObject({ exitCode: 0, endedBy: 'exit', errorLines: 0, stderrTail: '' });
  expect(seconds.length).toBeGreaterThan(2);
  expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));
  expect(seconds.at(-1)).toBeGreaterThan(29);
  expect(run.cpuSeconds).toBeGreaterThan(0);
});

test('an output that is not as planned is not stored', async () => {
  await fetchClip(await clips.path('short.mp4'));
  const expects = { video: { codec: 'h264', width: 640, height: 480 }, durationSeconds: 9 };
  await runner.save(encodeTask(x264, { expects }));
  await expect(runner.run('encode-1')).rejects.toMatchObject({ name: 'encode.verify_failed' });
  const { state, error, result } = await runner.record('encode-1');
  expect({ state, result }).toEqual({ state: 'failed', result: null });
  expect(error).toMatchObject({
    code: 'encode.verify_failed',
    phase: 'checking',
    output: 'mp4',
    message: expect.stringMatching(/320x240, not 640x480; it lasts 2\.?\d* s, not 9 s/),
  });
  expect(await runner.stored()).toEqual([]);
});

test('FFmpeg’s complaint and a command to repeat it with are recorded', async () => {
  await fetchClip(await clips.path('short.mp4'));
  await runner.save(encodeTask(['-c:v', 'libx264', '-preset', 'no-such-preset', '-f', 'mp4']));
  await expect(runner.run('encode-1')).rejects.toMatchObject({ name: 'encode.failed' });
  const { error } = await runner.record('encode-1');
  expect(error).toMatchObject({ code: 'encode.failed', phase: 'encoding', retryable: false });
  expect(error?.stderrTail).toMatch(/no-such-preset/);
  expect(error?.arguments).toContain('no-such-preset');
  const repro = (error?.repro ?? '').replace('path/to/video', await clips.path('short.mp4'));
  const ran = execShell(repro, runner.root);
  expect(ran.stderr).toMatch(/no-such-preset/);
});

test('a truncated source fails as corrupt, although FFmpeg exits with 0', async () => {
  const file = join(runner.root, 'cut.mp4');
  const source = ['-f', 'lavfi', '-i', 'testsrc2=size=160x120:rate=25:duration=8'];
  execFileSync('ffmpeg', ['-v', 'error', ...source, '-c:v', 'mpeg4', '-movflags', '+faststart', file]);
  await truncate(file, Math.floor((await stat(file)).size / 2));
  await fetchClip(file);
  const { result } = await runner.record('input-video');
  expect(result?.input?.probe.notes.join()).toMatch(/the file is cut off/);
  await runner.save(encodeTask(x264, { expects: { durationSeconds: result?.input?.probe.durationSeconds ?? 0 } }));
  await expect(runner.run('encode-1')).rejects.toMatchObject({ name: 'input.corrupt' });
  expect((await runner.record('encode-1')).error?.hint).toMatch(/ends before it says/);
});

test('an object that was replaced after it was pinned is not read', async () => {
  const task = await runner.upload(await clips.path('short.mp4'));
  await runner.deps.objects.write(task.object?.key ?? '', 'other bytes', { contentType: 'video/mp4' });
  await expect(runner.run('input-video')).rejects.toMatchObject({ name: 'input.changed' });
});

test('what is not media is refused with what it is', async () => {
  await runner.upload(await clips.path('text.mp4'));
  await expect(runner.run('input-video')).rejects.toMatchObject({
    name: 'input.not_media',
    message: 'It is a text file.',
  });
  expect((await runner.record('input-video')).error).toMatchObject({ code: 'input.not_media', repro: null });
});

test('a stored file can be probed without a job, under the same rules', async () => {
  const good = await runner.upload(await clips.path('short.mp4'));
  if (!good.object) throw new Error('uploads are pinned');
  expect(await probeObject(runner.deps, good.object)).toMatchObject({ probe: { durationSeconds: 2 } });
  const bad = await runner.upload(await clips.path('text.mp4'));
  if (!bad.object) throw new Error('uploads are pinned');
  await expect(probeObject(runner.deps, bad.object)).rejects.toMatchObject({ name: 'input.not_media' });
});

test('cancelling the job ends FFmpeg within 3 seconds and records nothing', async () => {
  await fetchClip(await clips.path('long.mp4'));
  await runner.save(encodeTask(slow));
  const running = runner.run('encode-1').catch((error: unknown) => error);
  await untilRunning();
  const job = await runner.deps.jobs.get(jobId(1));
  if (!job) throw new Error('the job is there');
  await runner.deps.jobs.update({ ...job, status: 'canceled', endedAt: at(1) });
  expect(await untilNoneIn(runner.root, 10_000)).toBeLessThan(3_000);
  expect(await running).toMatchObject({ name: 'conflict.state' });
  expect((await runner.stored()).filter((key) => key.startsWith('outputs/'))).toEqual([]);
  expect(await readdir(runner.root)).toEqual([]);
});

/** An hour in two minutes. */
const hurriedClock = (): Clock => {
  const start = Date.now();
  const factor = 30;
  return {
    now: () => start + (Date.now() - start) * factor,
    sleep: (ms, signal) => systemClock.sleep(ms / factor, signal),
  };
};

test('a job that spends its limit while FFmpeg works is stopped within 3 seconds, and says what was spent', async () => {
  const billing = billingOf(BillingConfig.parse({}));
  const maxUsd = 0.006;
  const limited = aJob({ status: 'running', attempt: 1, spec: aSpec({ limits: { maxUsd } }) });
  await runner.close();
  const stored = memoryJobStore([limited]);
  let lookedAt = 0;
  const watched = {
    ...stored,
    tasks: async (id: string) => {
      lookedAt = Date.now();
      return stored.tasks(id);
    },
  };
  runner = await startRunner({ billing, clock: hurriedClock(), jobs: watched });
  await fetchClip(await clips.path('long.mp4'));
  await runner.save(encodeTask(slow));
  const running = runner.run('encode-1').catch((error: unknown) => error);
  await untilRunning();
  // Two minutes of a function: four seconds of ours. Of a busy machine more: each second is thirty.
  const error = await running;
  expect(Date.now() - lookedAt).toBeLessThan(3_000);
  expect(await processesIn(runner.root)).toEqual([]);
  expect(error).toMatchObject({ name: 'limit.cost', message: expect.stringContaining('of its limit of $0.006') });
  const { jobs, objects, clock, log } = runner.deps;
  const deps = { jobs: ledgerJobs(jobs, billing), objects, clock, log, ids: ulidIds(), webhooks: memoryWebhookStore() };
  const failure = { Error: 'limit.cost', Cause: '{}' };
  expect(await failTask(deps, { jobId: jobId(1), attempt: 1, taskId: 'encode-1', error: failure })).toEqual({
    stop: true,
  });
  await failJob(deps, { jobId: jobId(1), attempt: 1, error: failure });
  const ended = await jobs.get(jobId(1));
  expect(ended).toMatchObject({
    status: 'failed',
    error: {
      code: 'limit.cost',
      message: expect.stringMatching(/^The job was stopped: \$0\.0\d+ of its limit of \$0/),
    },
  });
  // What it spent until FFmpeg was gone.
  expect(ended?.cost?.actual).toBeGreaterThanOrEqual(maxUsd);
  expect(ended?.cost?.actual).toBeLessThan(4 * maxUsd);
  expect((await runner.stored()).filter((key) => key.startsWith('outputs/'))).toEqual([]);
});

test('a runner that lost its claim stops and leaves the task to the other one', async () => {
  await fetchClip(await clips.path('long.mp4'));
  await runner.save(encodeTask(slow));
  const running = runner.run('encode-1').catch((error: unknown) => error);
  await untilRunning();
  const job = await runner.deps.jobs.get(jobId(1));
  if (!job) throw new Error('the job is there');
  const queued = await runner.deps.jobs.update({ ...job, status: 'queued', attempt: 2 });
  await runner.deps.jobs.update({ ...queued, status: 'running' });
  const other = { jobId: jobId(1), taskId: 'encode-1', attempt: 2, runner: runId(7) };
  await runner.deps.jobs.claimTask(other, { now: at(0), leaseUntil: at(900_000_000) });
  expect(await running).toMatchObject({ name: 'conflict.state' });
  expect(await runner.record('encode-1')).toMatchObject({ state: 'running', claim: other, error: null });
});

test('the signal of the host ends FFmpeg with its own reason', async () => {
  await fetchClip(await clips.path('long.mp4'));
  await runner.save(encodeTask(slow));
  const host = new AbortController();
  const running = runner.run('encode-1', host.signal).catch((error: unknown) => error);
  await untilRunning();
  host.abort(new Failure('platform.timeout', { detail: 'The time of the function is over.' }));
  expect(await untilNoneIn(runner.root, 10_000)).toBeLessThan(3_000);
  expect(await running).toMatchObject({ name: 'platform.timeout' });
  expect((await runner.record('encode-1')).error).toMatchObject({ code: 'platform.timeout', retryable: true });
});

test('FFmpeg is ended at its wall-clock limit', async () => {
  await fetchClip(await clips.path('long.mp4'));
  const limits = { wallSeconds: 1, cpuSeconds: 100, memoryBytes: 2 ** 31, outputBytes: 2 ** 30 };
  await runner.save(encodeTask(slow, { limits }));
  await expect(runner.run('encode-1')).rejects.toMatchObject({ name: 'limit.time' });
  expect(await processesIn(runner.root)).toEqual([]);
});

test('FFmpeg is ended when it has used up its CPU time', async () => {
  await fetchClip(await clips.path('long.mp4'));
  const limits = { wallSeconds: 60, cpuSeconds: 1, memoryBytes: 2 ** 31, outputBytes: 2 ** 30 };
  await runner.save(encodeTask(slow, { limits }));
  await expect(runner.run('encode-1')).rejects.toMatchObject({ name: 'limit.time' });
});

test('FFmpeg is ended when one file, or all together, grow too large', async () => {
  await fetchClip(await clips.path('long.mp4'));
  const limits = { wallSeconds: 60, cpuSeconds: 100, memoryBytes: 2 ** 31, outputBytes: 20_000_000 };
  const raw = ['-map', '0:v:0', '-c:v', 'rawvideo'];
  await runner.save(
    encodeTask([...raw, '-f', 'avi'], { limits }),
    encodeTask(
      [
        ...raw,
        '-f',
        'segment',
        '-segment_time',
        '0.2',
        '-segment_format',
        'avi',
        'file:s%03d.avi',
        ...raw,
        '-t',
        '0.1',
        '-f',
        'avi',
      ],
      {
        id: 'encode-2',
        limits,
      },
    ),
  );
  await expect(runner.run('encode-1')).rejects.toMatchObject({ name: 'limit.storage' });
  await expect(runner.run('encode-2')).rejects.toMatchObject({ name: 'limit.storage' });
  expect(await readdir(runner.root)).toEqual([]);
});

test('FFmpeg that stands still is ended, although its claim is kept', async () => {
  await runner.close();
  runner = await startRunner({
    limits: { maxBytes: 2 ** 30, maxSeconds: 3600, maxPixels: 1e8, wholeBytes: 2 ** 26, stallSeconds: 2 },
  });
  await fetchClip(await clips.path('long.mp4'));
  await runner.save(encodeTask(slow));
  const running = runner.run('encode-1').catch((error: unknown) => error);
  process.kill(await untilRunning(), 'SIGSTOP');
  expect(await running).toMatchObject({ name: 'platform.timeout', message: expect.stringMatching(/stood still/) });
  expect(await processesIn(runner.root)).toEqual([]);
});

test('a crash of FFmpeg may be tried again once', async () => {
  await fetchClip(await clips.path('long.mp4'));
  await runner.save(encodeTask(slow));
  const crash = async (): Promise<unknown> => {
    const running = runner.run('encode-1').catch((error: unknown) => error);
    process.kill(await untilRunning(), 'SIGKILL');
    return running;
  };
  expect(await crash()).toMatchObject({ name: 'platform.internal' });
  expect((await runner.record('encode-1')).error).toMatchObject({ code: 'platform.internal', retryable: true });
  expect(await crash()).toMatchObject({ name: 'encode.failed' });
});

test('FFmpeg gets no environment of ours, no stdin and few descriptors', async () => {
  await fetchClip(await clips.path('long.mp4'));
  await runner.save(encodeTask(slow));
  const host = new AbortController();
  const running = runner.run('encode-1', host.signal).catch((error: unknown) => error);
  const pid = await untilRunning();
  const environment = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0').filter(Boolean);
  expect(new Set(environment.map((pair) => pair.split('=')[0]))).toEqual(new Set(['LANG', 'PATH', 'SVT_LOG']));
  expect(await readFile(`/proc/${pid}/limits`, 'utf8')).toMatch(/Max open files +256 +256/);
  expect(existsSync(`/proc/${pid}/fd/0`)).toBe(true);
  expect(
    execFileSync('readlink', [`/proc/${pid}/fd/0`])
      .toString()
      .trim(),
  ).toBe('/dev/null');
  host.abort();
  await running;
});

test('an upload that fails leaves nothing of its claim behind', async () => {
  await runner.close();
  const whole = await startRunner();
  const objects = {
    ...whole.deps.objects,
    upload: async (...all: Parameters<typeof whole.deps.objects.upload>) => {
      await whole.deps.objects.upload(...all);
      throw new Failure('platform.throttled');
    },
  };
  runner = { ...whole, ...(await withDeps(whole, { objects })) };
  await fetchClip(await clips.path('short.mp4'));
  await runner.save(encodeTask(x264));
  await expect(runner.run('encode-1')).rejects.toMatchObject({ name: 'platform.throttled' });
  expect(await runner.stored()).toEqual([]);
});

const withDeps = async (whole: TestRunner, overrides: Partial<TestRunner['deps']>) => {
  const { runTask } = await import('#core/usecases/run-task.ts');
  const deps = { ...whole.deps, ...overrides };
  return {
    deps,
    run: (taskId: string, signal?: AbortSignal) => runTask(deps, { jobId: jobId(1), attempt: 1, taskId }, signal),
  };
};

const execShell = (script: string, cwd: string): { stderr: string } => {
  try {
    execFileSync('sh', ['-c', script], { cwd, stdio: 'pipe' });
    return { stderr: '' };
  } catch (error) {
    return { stderr: error instanceof Error && 'stderr' in error ? String(error.stderr) : '' };
  }
};

test('no listener, timer or process is left when many runs have ended', async () => {
  const media = ffmpegMediaTools();
  const host = new AbortController();
  await writeFile(join(runner.root, 'in0'), await readFile(await clips.path('short.mp4')));
  const { commands, limits } = encodeTask([...x264, '-y']);
  const before = process.getActiveResourcesInfo().length;
  for (let n = 0; n < 12; n += 1) {
    await media.run(commands[0] ?? { arguments: [], progressSeconds: 1 }, {
      folder: runner.root,
      limits,
      signal: host.signal,
    });
  }
  expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before + 1);
});
