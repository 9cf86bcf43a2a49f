/** What must hold of tasks in containers, whoever interprets the state machine: run by interpreter.test.ts and rig.test.ts. */
import { describe, expect, test } from 'vitest';
import { Failure, type FailureCode } from '#core/failures.ts';
import type { MakeTask, Plan } from '#core/job/plan.ts';
import { cancelJob } from '#core/usecases/cancel-job.ts';
import { BillingConfig, billingOf } from '#core/usecases/billing.ts';
import type { Containers } from '#statemachines/process-job.ts';
import { aJob, aSpec, aTask, jobId } from '#test/support/records.ts';
import { type Container, makeTask, platformError, type Stage } from './harness.ts';
import type { Staged } from './scenarios.ts';

export type ContainerOpen = (stage: Stage, containers: Containers) => Promise<Staged>;

const billing = billingOf(BillingConfig.parse({ FARGATE_VCPUS: '4' }));
/** As many vCPUs as one container has. */
export const oneAtATime = billingOf(BillingConfig.parse({ FARGATE_VCPUS: '2', FARGATE_CONCURRENT_VCPUS: '2' }));

/** Two hours of film, which no function could make in its time. */
export const longTask = (id: string, output: string): MakeTask =>
  aTask({
    id,
    commands: [{ arguments: ['-i', 'file:video.mp4', '-c:v', 'libx264', `file:${id}.mp4`], progressSeconds: 7200 }],
    writes: [
      {
        output,
        file: `${id}.mp4`,
        contentType: 'video/mp4',
        expects: { durationSeconds: 7200, video: { codec: 'h264', width: 1920, height: 1080 } },
      },
    ],
  });

const plan = (): Plan => ({
  ...{ hash: 'h', complete: true, skipped: {}, warnings: [] },
  tasks: [longTask('encode-1', 'mp4'), makeTask('encode-2', 'thumb')],
  stages: [['encode-1', 'encode-2']],
});

const spec = aSpec({ outputs: { mp4: { type: 'video' }, thumb: { type: 'image' } } });

/** Starts the job and keeps what ECS was asked for. */
const opened = async (open: ContainerOpen, stage: Stage, containers: Containers = 'spot') => {
  const asked: Container[] = [];
  const starts: Stage['starts'] = (container) => {
    asked.push(container);
    return stage.starts?.(container);
  };
  const world = await open({ jobs: [aJob({ spec })], plan, billing, ...stage, starts }, containers);
  await world.workflow.start({ jobId: jobId(1), attempt: 1 });
  const on = (): string[] => asked.map((container) => container.on);
  return { world, asked, on };
};

const run = async (...given: Parameters<typeof opened>) => {
  const { world, asked, on } = await opened(...given);
  await world.idle();
  return { world, asked, on: on(), job: await world.job() };
};

const ofEncode =
  (work: (calls: number) => void): NonNullable<Stage['play']> =>
  ({ id, calls }) => {
    if (id === 'encode-1') work(calls);
  };

const times = (count: number, name: string): string[] => Array.from({ length: count }, () => name);

/** What goes wrong each time, how often it is tried on spare capacity and on demand, and what the job's error is then. */
const forEver: readonly [name: string, spot: number, onDemand: number, code: FailureCode][] = [
  ['AmazonECS.Unknown', 3, 31, 'platform.capacity'],
  ['ECS.ThrottlingException', 3, 31, 'platform.throttled'],
  ['States.TaskFailed', 1, 2, 'platform.internal'],
  ['ECS.AccessDeniedException', 1, 2, 'platform.internal'],
];

export const containerScenarios = (open: ContainerOpen): void => {
  describe('containers', () => {
    test('carry out what the plan gave a size, on spare capacity, and functions the rest', async () => {
      const { job, asked, world } = await run(open, {});
      expect(job).toMatchObject({
        status: 'succeeded',
        plan: { containers: { 'encode-1': { vcpus: 2, memoryMb: 4096 } } },
        outputs: { mp4: { status: 'succeeded' }, thumb: { status: 'succeeded' } },
      });
      expect(Object.keys(job.plan?.containers ?? {})).toEqual(['encode-1']);
      expect(asked).toEqual([
        {
          on: 'FARGATE_SPOT',
          spot: 'true',
          size: { cpu: '2048', memory: '4096', disk: expect.any(Number) },
          payload: JSON.stringify({ jobId: job.id, attempt: 1, taskId: 'encode-1' }),
        },
      ]);
      expect([world.calls.get('encode-1'), world.calls.get('encode-2')]).toEqual([1, 1]);
    });

    test('are on demand at once where a deployment wants no spare capacity', async () => {
      const { job, asked } = await run(open, {}, 'on-demand');
      expect(job.status).toBe('succeeded');
      expect(asked).toMatchObject([{ on: 'FARGATE', spot: 'false' }]);
    });

    test.each(['AmazonECS.Unknown', 'States.TaskFailed', 'States.Timeout'])(
      'are on demand where spare capacity ends with %s',
      async (name) => {
        const starts = ({ on }: Container): undefined => {
          if (on === 'FARGATE_SPOT') throw platformError(name);
        };
        const { job, on } = await run(open, { starts });
        expect(job.status).toBe('succeeded');
        expect(on).toEqual([...times(name === 'AmazonECS.Unknown' ? 3 : 1, 'FARGATE_SPOT'), 'FARGATE']);
      },
    );

    test('that lose their place give the task back, and one on demand goes on with it', async () => {
      const taken = new AbortController();
      const { job, on, world } = await run(open, {
        starts: (container) => (container.on === 'FARGATE_SPOT' ? taken.signal : undefined),
        play: async ({ id, calls, signal }) => {
          if (id !== 'encode-1' || calls > 1) return;
          taken.abort();
          await expect.poll(() => signal.aborted).toBe(true);
          throw new Failure('platform.timeout');
        },
      });
      expect(job).toMatchObject({ status: 'succeeded', error: null });
      expect(on).toEqual(['FARGATE_SPOT', 'FARGATE']);
      expect(world.calls.get('encode-1')).toBe(2);
    });

    test('that were lost without a word are run again', async () => {
      const play = ofEncode((calls) => {
        if (calls < 3) throw platformError('the host is gone');
      });
      const { job, on } = await run(open, { play });
      expect(job.status).toBe('succeeded');
      expect(on).toEqual(['FARGATE_SPOT', 'FARGATE', 'FARGATE']);
    });

    test.each(forEver)('that always end with %s are tried so often, then the job has failed', async (...row) => {
      const [name, spot, onDemand, code] = row;
      const starts = (): never => {
        throw platformError(name);
      };
      const { job, on, world } = await run(open, { starts });
      expect(job).toMatchObject({ status: 'failed', error: { code }, outputs: { mp4: { files: [] } } });
      expect(on).toEqual([...times(spot, 'FARGATE_SPOT'), ...times(onDemand, 'FARGATE')]);
      expect(await world.jobs.task(job.id, 'encode-1')).toMatchObject({ state: 'failed', error: { code } });
    });

    test('that take all their time fail the job', async () => {
      const starts = (): never => {
        throw platformError('States.Timeout');
      };
      const { job, on } = await run(open, { starts });
      expect(job).toMatchObject({ status: 'failed', error: { code: 'platform.timeout' } });
      // To the interpreter a time that is over is one more States.TaskFailed; to Step Functions it is none.
      expect([2, 3]).toContain(on.length);
    });

    test('that run out of memory each time fail the job', async () => {
      const play = ofEncode(() => {
        throw platformError('OutOfMemoryError');
      });
      const { job, on } = await run(open, { play });
      expect(job).toMatchObject({ status: 'failed', error: { code: 'platform.internal' } });
      expect(on).toEqual(['FARGATE_SPOT', 'FARGATE', 'FARGATE']);
    });

    test('are not run again for what another run would not change, and the job fails by its name', async () => {
      const play = ofEncode(() => {
        throw new Failure('encode.failed', { detail: 'FFmpeg said no.' });
      });
      const { job, on } = await run(open, { play });
      expect(job).toMatchObject({ status: 'failed', error: { code: 'encode.failed', message: 'FFmpeg said no.' } });
      expect(on).toEqual(['FARGATE_SPOT']);
    });

    test('that fail leave a job with onError "continue" what else was made', async () => {
      const play = ofEncode(() => {
        throw new Failure('encode.failed');
      });
      const jobs = [aJob({ spec: { ...spec, onError: 'continue' as const } })];
      const { job } = await run(open, { play, jobs });
      expect(job).toMatchObject({
        status: 'partial',
        outputs: { mp4: { status: 'failed' }, thumb: { status: 'succeeded' } },
      });
    });

    test('are stopped when their job is canceled', async () => {
      const started = Promise.withResolvers<AbortSignal>();
      const { world } = await opened(open, {
        play: async ({ id, signal }) => {
          if (id !== 'encode-1') return;
          started.resolve(signal);
          await new Promise((_, reject) => {
            signal.addEventListener('abort', () => reject(new Failure('conflict.state')), { once: true });
          });
        },
      });
      const signal = await started.promise;
      await cancelJob(world, { id: jobId(1), owner: 'ana' });
      await world.idle();
      expect(signal.aborted).toBe(true);
      expect(await world.job()).toMatchObject({ status: 'canceled', outputs: { mp4: { files: [] } } });
    });
  });
};
