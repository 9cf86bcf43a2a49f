/**
 * The image of the runner, built from its Dockerfile and run as Lambda and as Fargate run it: nothing of it is played
 * but AWS itself. `npm run test:image`; where it cannot be built it is skipped and says why.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCodes } from '#functions/ffmpeg-runner/container.ts';
import type { PinnedObject } from '#core/job/pinned-object.ts';
import type { Task } from '#core/job/plan.ts';
import type { TaskRecord } from '#core/job/state.ts';
import { presets } from '#core/presets/index.ts';
import type { AttackReport } from '#test/support/attack-program.ts';
import { references } from '#test/support/attacks.ts';
import { type Clips, makeClips } from '#test/support/clips.ts';
import { noDynamo } from '#test/support/dynamodb.ts';
import { type ImageServices, startImageServices } from '#test/support/image-services.ts';
import { inspect } from '#test/support/inspect.ts';
import { startLoopback } from '#test/support/loopback.ts';
import { planOf } from '#test/support/plans.ts';
import { aFetchTask, aJob, jobId, uploadId } from '#test/support/records.ts';
import { rigAvailable } from '#test/support/rig.ts';
import {
  type Container,
  noImage,
  openRunnerImage,
  runAsLambda,
  runAsTask,
  type RunnerImage,
} from '#test/support/runner-image.ts';

const missing = rigAvailable() ? (noDynamo ?? noImage()) : 'the rig (../shared/cloud-rig) is not here';
if (missing) console.log(`The image is not built: ${missing}.`);

describe.skipIf(missing !== undefined)(`the image of the runner${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let image: RunnerImage;
  let services: ImageServices;
  let clips: Clips;
  let lambda: Awaited<ReturnType<typeof runAsLambda>>;

  beforeAll(async () => {
    [image, clips] = await Promise.all([openRunnerImage(), makeClips()]);
    services = await startImageServices(image.gateway);
    lambda = await runAsLambda(image, services.env);
  }, 2_400_000); // FFmpeg is compiled by the first run
  afterAll(async () => {
    await lambda?.close();
    await services?.close();
    await clips?.close();
    await image?.close();
  }, 120_000);

  /** A running job of ana with this file as its one input, to be fetched. */
  const submit = async (n: number, bytes: Buffer): Promise<string> => {
    const id = jobId(n);
    const key = `uploads/ana/${uploadId(n)}/source`;
    const { etag } = await services.objects.write(key, bytes, { contentType: 'video/mp4' });
    const object: PinnedObject = { key, etag, bytes: bytes.length };
    await services.stores.jobs.create(aJob({ id, status: 'running', attempt: 1 }));
    await services.stores.jobs.saveTasks(id, [aFetchTask({ object })]);
    return id;
  };

  const record = async (id: string, taskId: string): Promise<TaskRecord> => {
    const found = await services.stores.jobs.task(id, taskId);
    if (!found) throw new Error(`there is no task ${taskId}`);
    return found;
  };

  /** Plans what the fetched input is to become, and saves the tasks. */
  const plan = async (id: string, outputs: Record<string, unknown>): Promise<readonly Task[]> => {
    const { result } = await record(id, 'input-video');
    if (!result?.input) throw new Error('the input was not fetched');
    const { tasks } = planOf(outputs, { video: result.input.probe });
    await services.stores.jobs.saveTasks(id, tasks);
    return tasks;
  };

  const made = async (id: string, taskId: string, output: string): Promise<Buffer> => {
    const { state, result, error } = await record(id, taskId);
    expect(error).toBeNull();
    expect(state).toBe('succeeded');
    const [file] = result?.outputs?.[output]?.files ?? [];
    const bytes = await services.objects.read(file?.key ?? '');
    return Buffer.from(bytes ?? []);
  };

  const outputs = {
    mp4: {
      type: 'video',
      from: 'video',
      encode: 'mp4-fast',
      edit: [{ text: { value: 'Kinoduct', at: 'bottom' } }],
    },
    poster: { type: 'image', from: 'video' },
  };

  const expectFilm = async (bytes: Buffer): Promise<void> => {
    const { video, audio, durationSeconds } = await inspect(bytes);
    expect(video).toMatchObject({ codec: 'h264', width: 320, height: 240, frames: 50 });
    expect(audio).toMatchObject({ codec: 'aac' });
    expect(durationSeconds).toBeCloseTo(2, 0);
  };

  test('as a function: fetches, looks into and encodes a video, and makes a picture of it', async () => {
    const id = await submit(1, readFileSync(await clips.path('short.mp4')));
    const answer = await lambda.invoke({ jobId: id, attempt: 1, taskId: 'input-video' });
    expect(answer).toMatchObject({ payload: { taskId: 'input-video' }, error: undefined });
    const tasks = await plan(id, outputs);
    for (const task of tasks)
      expect(await lambda.invoke({ jobId: id, attempt: 1, taskId: task.id })).toMatchObject({ error: undefined });
    const taskOf = (output: string): string =>
      tasks.find((task) => task.kind === 'make' && task.writes.some((write) => write.output === output))?.id ?? '';
    await expectFilm(await made(id, taskOf('mp4'), 'mp4'));
    expect((await made(id, taskOf('poster'), 'poster')).subarray(0, 3).toString('hex')).toBe('ffd8ff');
  });

  test('as a function: makes every preset, and clips that fade', async () => {
    const id = await submit(5, readFileSync(await clips.path('short.mp4')));
    await lambda.invoke({ jobId: id, attempt: 1, taskId: 'input-video' });
    const tasks = await plan(id, {
      ...Object.fromEntries(Object.entries(presets).map(([name, preset]) => [name, { ...preset, from: 'video' }])),
      faded: {
        type: 'video',
        from: { concat: ['video', 'video'], transition: { type: 'dissolve', seconds: 0.5 } },
        encode: 'mp4-fast',
      },
    });
    for (const { id: taskId } of tasks)
      expect(await lambda.invoke({ jobId: id, attempt: 1, taskId })).toMatchObject({ error: undefined });
    const states = await Promise.all(tasks.map(async (task) => (await record(id, task.id)).state));
    expect(new Set(states)).toEqual(new Set(['succeeded']));
  });

  test('as a function: answers a probe, and names a failure for the state machine', async () => {
    const bytes = readFileSync(await clips.path('silent.mp4'));
    const key = `uploads/ana/${uploadId(2)}/source`;
    const { etag } = await services.objects.write(key, bytes, { contentType: 'video/mp4' });
    const object = { key, etag, bytes: bytes.length };
    const { payload } = await lambda.invoke({ probe: object });
    expect(payload).toMatchObject({ probe: { container: 'mov', video: [{ codec: 'h264' }], audio: [] } });
    const { error } = await lambda.invoke({ probe: { ...object, etag: 'another' } });
    expect(error?.errorType).toMatch(/^(?:input|conflict)\./);
  });

  const task = (payload: unknown, env: Readonly<Record<string, string>> = {}): Promise<Container> =>
    runAsTask(image, { ...services.env, ...env }, payload);

  test('as a container task: carries out one payload and ends', async () => {
    const id = await submit(3, readFileSync(await clips.path('short.mp4')));
    const fetching = await task({ jobId: id, attempt: 1, taskId: 'input-video' });
    expect(await fetching.ended(), await fetching.log()).toBe(exitCodes.ended);
    const tasks = await plan(id, { mp4: outputs.mp4 });
    for (const { id: taskId } of tasks) {
      const container = await task({ jobId: id, attempt: 1, taskId });
      expect(await container.ended(), await container.log()).toBe(exitCodes.ended);
    }
    await expectFilm(await made(id, tasks.at(-1)?.id ?? '', 'mp4'));
  });

  test('as a container task: says that another may do better where it reaches no service', async () => {
    const nowhere = { AWS_ENDPOINT_URL_DYNAMODB: `http://${image.gateway}:1` };
    const failing = await task({ jobId: jobId(1), attempt: 1, taskId: 'input-video' }, nowhere);
    expect(await failing.ended(), await failing.log()).toBe(exitCodes.again);
  });

  test('as a container task: ends within 10 s when it is told to stop', async () => {
    const id = await submit(4, readFileSync(await clips.path('long.mp4')));
    await lambda.invoke({ jobId: id, attempt: 1, taskId: 'input-video' });
    const [encode] = await plan(id, { mp4: { type: 'video', from: 'video', encode: 'mp4' } });
    const taskId = encode?.id ?? '';
    const container = await task({ jobId: id, attempt: 1, taskId });
    await expect.poll(async () => (await record(id, taskId)).phase, { timeout: 60_000 }).toBe('encoding');
    const asked = Date.now();
    await container.stop(30);
    expect(Date.now() - asked).toBeLessThan(10_000);
    expect(await container.ended()).toBe(exitCodes.interrupted);
    expect((await record(id, taskId)).state).not.toBe('succeeded');
  });

  const printed = async (entrypoint: string, ...words: readonly string[]): Promise<string> => {
    const container = await image.run({ as: 'function', entrypoint, words });
    expect(await container.ended()).toBe(0);
    return container.log();
  };

  test('is smaller than 350 MB', async () => {
    const bytes = await image.engine.docker('image', 'inspect', '--format', '{{.Size}}', image.tag);
    expect(Number(bytes) / 1e6).toBeLessThan(350);
  });

  test('its FFmpeg writes, speaks, lays captions over and maps tones, and has no way to a network', async () => {
    const filters = await printed('/opt/bin/ffmpeg', '-hide_banner', '-filters');
    for (const name of ['drawtext', 'ass', 'zscale', 'flite', 'loudnorm'])
      expect(filters).toMatch(new RegExp(`^ \\S+ ${name} `, 'm'));
    const decoders = await printed('/opt/bin/ffmpeg', '-hide_banner', '-decoders');
    for (const name of ['libdav1d', 'libvpx-vp9', 'libopus']) expect(decoders).toContain(` ${name} `);
    expect(await printed('/opt/bin/ffmpeg', '-hide_banner', '-protocols')).not.toMatch(
      /^ {2}(?:tcp|udp|https?|unix)$/m,
    );
  });

  test('has the licence of each library in it, and tells where their sources are', async () => {
    const names = (await printed('/bin/ls', '/opt/licenses')).split('\n');
    expect(names).toEqual(
      expect.arrayContaining(['COPYING.GPLv2', 'COPYING.ffmpeg', 'COPYING.libc6', 'LICENSE.packages']),
    );
    const sources = await printed('/bin/cat', '/opt/licenses/LICENSE.packages');
    for (const name of ['ffmpeg', 'x264', 'x265', 'svt-av1', 'flite', 'libass'])
      expect(sources).toMatch(new RegExp(`^${name} \\d`, 'm'));
  });

  describe('attacks on the FFmpeg in it', () => {
    let report: AttackReport;
    let visits = 0;
    let hasStrace = false;

    /** strace of this machine and its libraries, in a folder that can be mounted. */
    const straceIn = (folder: string): Record<string, string> => {
      const { status, stdout } = spawnSync('sh', ['-c', 'ldd "$(command -v strace)"'], { encoding: 'utf8' });
      if (status !== 0) return {};
      const program = execFileSync('sh', ['-c', 'command -v strace'], { encoding: 'utf8' }).trim();
      copyFileSync(program, join(folder, 'strace'));
      for (const [, library] of stdout.matchAll(/(\/\S+) \(0x/g))
        copyFileSync(library ?? '', join(folder, /ld-linux/.test(library ?? '') ? 'ld.so' : basename(library ?? '')));
      return { '/strace': folder };
    };

    beforeAll(async () => {
      const folder = mkdtempSync(join(tmpdir(), 'kinoduct-attacks-'));
      chmodSync(folder, 0o755); // the container's user is another
      const canary = await startLoopback(() => {
        visits += 1;
        return { status: 200, body: 'seen' };
      }, image.gateway);
      try {
        buildSync({
          entryPoints: [join(import.meta.dirname, '../support/attack-program.ts')],
          outfile: join(folder, 'attacks.mjs'),
          bundle: true,
          platform: 'node',
          format: 'esm',
          logLevel: 'error',
        });
        const strace = straceIn(folder);
        hasStrace = strace['/strace'] !== undefined;
        const container = await image.run({
          as: 'function',
          env: { CANARY: canary.url, ...(hasStrace ? { STRACE: '/strace' } : {}) },
          entrypoint: '/var/lang/bin/node',
          words: ['/attacks.mjs'],
          mounts: { '/attacks.mjs': join(folder, 'attacks.mjs'), ...strace },
        });
        const code = await container.ended();
        const printed = await container.log();
        if (code !== 0) throw new Error(printed);
        report = JSON.parse(printed.trim().split('\n').at(-1) ?? '') as AttackReport; // true: it is what the program prints
      } finally {
        await canary.close();
        rmSync(folder, { recursive: true, force: true });
      }
    }, 600_000);

    test('are run against the vendored build', () => {
      expect(report.version).toMatch(/^ffmpeg version n?7\./);
    });

    test.for(Object.keys(references))('%s: neither FFmpeg nor ffprobe opens anything but the file itself', (name) => {
      const runs = report.attacked.filter(({ attack }) => attack === name);
      expect(runs.map(({ tool }) => tool)).toEqual(['ffmpeg', 'ffprobe']);
      for (const run of runs) {
        expect(run).toMatchObject({ endedBy: 'exit', foreign: [], writtenBytes: 0 });
        expect(run.exitCode).not.toBe(0);
      }
      expect(report.refused[name]).toMatch(/^input\./);
    });

    test('were watched, and reached nobody', () => {
      expect(report.attacked.filter(({ isTraced }) => isTraced !== hasStrace).map(({ attack }) => attack)).toEqual([]);
      expect(visits).toBe(0);
    });

    test('are alive: without the flags some of them succeed on this very build', () => {
      expect(report.alive).toContain('P10 concat list with a sibling');
    });

    test('that would eat the machine end at once', () => {
      expect(report.bomb.exitCode).not.toBe(0);
      expect(report.bomb.cpuSeconds ?? 0).toBeLessThan(3);
      expect(report.refused['B3 sound at 1 Hz']).toBe('input.corrupt');
    });
  });

  test('nothing of it can be written but /tmp, and nothing of it is root’s to run', async () => {
    const script = `
      import { accessSync, constants, writeFileSync } from 'node:fs';
      import { readFileSync } from 'node:fs';
      const tries = {};
      for (const file of ['/var/task/x', '/opt/bin/ffmpeg', '/etc/x', '/tmp/x']) {
        try { writeFileSync(file, 'x'); tries[file] = 'written'; } catch (error) { tries[file] = error.code; }
      }
      const status = readFileSync('/proc/self/status', 'utf8');
      console.log(JSON.stringify({ tries, uid: process.getuid(), capabilities: /CapEff:\\s+(\\w+)/.exec(status)[1] }));`;
    const container = await image.run({
      as: 'function',
      entrypoint: '/var/lang/bin/node',
      words: ['--input-type=module', '--eval', script],
    });
    await container.ended();
    const seen = JSON.parse(await container.log()) as unknown;
    expect(seen).toEqual({
      tries: { '/var/task/x': 'EROFS', '/opt/bin/ffmpeg': 'EROFS', '/etc/x': 'EROFS', '/tmp/x': 'written' },
      uid: 993,
      capabilities: '0000000000000000',
    });
  });
});
