/** What must hold whoever interprets the state machine: run by interpreter.test.ts and rig.test.ts. */
import { expect, test } from 'vitest';
import { Failure, type FailureCode } from '#core/failures.ts';
import { cancelJob } from '#core/usecases/cancel-job.ts';
import { aJob, aSpec, jobId } from '#test/support/records.ts';
import { makeTask, platformError, type Stage, type World, listedAndStored } from './harness.ts';

/** A world whose workflow is under test, and a way to wait until its executions have ended. */
export type Staged = World & { idle(): Promise<void> };
export type Open = (stage: Stage) => Promise<Staged>;

const failing = (error: (calls: number) => Error | undefined, id = 'encode-1'): NonNullable<Stage['play']> => {
  return (task) => {
    const thrown = task.id === id ? error(task.calls) : undefined;
    if (thrown) throw thrown;
  };
};

const run = async (world: Staged): Promise<Staged> => {
  await world.workflow.start({ jobId: jobId(1), attempt: 1 });
  await world.idle();
  return world;
};

const twoOutputs = aSpec({ outputs: { mp4: { type: 'video' }, thumb: { type: 'image' } } });

/** How often a task runs that always fails with this, before the job ends, and what the job's error is then. */
const classes: readonly [name: string, calls: number, code: FailureCode][] = [
  ['platform.capacity', 21, 'platform.capacity'],
  ['platform.throttled', 21, 'platform.throttled'],
  ['Lambda.TooManyRequestsException', 21, 'platform.capacity'],
  ['platform.internal', 4, 'platform.internal'],
  ['input.unreachable', 4, 'input.unreachable'],
  ['provider.speech', 4, 'provider.speech'],
  ['Lambda.ServiceException', 4, 'platform.internal'],
  ['Lambda.SdkClientException', 4, 'platform.internal'],
  ['platform.timeout', 2, 'platform.timeout'],
  ['States.Timeout', 2, 'platform.timeout'],
  ['Sandbox.Timedout', 2, 'platform.timeout'],
  ['Lambda.Unknown', 2, 'platform.internal'],
  ['Runtime.ExitError', 2, 'platform.internal'],
  ['Runtime.OutOfMemory', 1, 'platform.internal'],
  ['TypeError', 1, 'platform.internal'],
  ['encode.failed', 1, 'encode.failed'],
  ['encode.verify_failed', 1, 'encode.verify_failed'],
  ['input.corrupt', 1, 'input.corrupt'],
  ['limit.storage', 1, 'limit.storage'],
  ['conflict.state', 1, 'conflict.state'],
];

const errorOf = (name: string): Error => {
  const isOurs = /^(?:platform|input|provider|encode|limit|conflict)\./.test(name);
  return isOurs ? new Failure(name as FailureCode, { detail: `${name} it is` }) : platformError(name); // from the table above
};

export const scenarios = (open: Open): void => {
  test('a job runs from its inputs to its finished outputs', async () => {
    const world = await run(await open({}));
    const job = await world.job();
    expect(job).toMatchObject({
      status: 'succeeded',
      attempt: 1,
      error: null,
      inputs: { video: { status: 'ready' } },
      outputs: { mp4: { status: 'succeeded', progress: 1, files: [{ name: 'encode-1.mp4' }] } },
      timings: { download: 0.1, encode: 1.5 },
    });
    const { listed, stored } = await listedAndStored(world, job);
    expect(listed).toHaveLength(1);
    expect(stored).toEqual(listed);
    await expect(world.workflow.status({ jobId: job.id, attempt: 1 })).resolves.toBe('succeeded');
  });

  test.each(classes)(
    'a task that keeps failing with %s runs %d times, then the job has failed',
    async (name, calls, code) => {
      const world = await run(await open({ play: failing(() => errorOf(name)) }));
      expect(world.calls.get('encode-1')).toBe(calls);
      expect(await world.job()).toMatchObject({
        status: 'failed',
        error: { code },
        outputs: { mp4: { status: 'failed', files: [] } },
      });
      expect(await world.jobs.task(jobId(1), 'encode-1')).toMatchObject({ state: 'failed', error: { code } });
      await expect(world.workflow.status({ jobId: jobId(1), attempt: 1 })).resolves.toBe('failed');
    },
  );

  test('a task that was only unlucky is done again and the job succeeds', async () => {
    const unlucky = [errorOf('platform.capacity'), errorOf('Lambda.Unknown'), errorOf('platform.internal')];
    const world = await run(await open({ play: failing((calls) => unlucky[calls - 1]) }));
    expect(world.calls.get('encode-1')).toBe(4);
    expect(await world.job()).toMatchObject({ status: 'succeeded', error: null });
  });

  test('the error of a failed job is what the runner recorded, not what the state machine saw of it', async () => {
    const failure = new Failure('encode.failed', {
      stderrTail: 'moov atom not found',
      arguments: ['-i', 'file:in.mp4'],
      output: 'mp4',
    });
    const world = await run(await open({ play: failing(() => failure) }));
    expect(await world.job()).toMatchObject({
      error: {
        code: 'encode.failed',
        stderrTail: 'moov atom not found',
        arguments: ['-i', 'file:in.mp4'],
        output: 'mp4',
      },
    });
  });

  test('the words of an error that is not ours reach no owner', async () => {
    const world = await run(await open({ play: failing(() => new TypeError('cannot read /var/task/secret')) }));
    expect(JSON.stringify(await world.job())).not.toContain('secret');
  });

  test('an input that cannot be fetched ends the job before anything is made', async () => {
    const world = await run(await open({ play: failing(() => new Failure('input.corrupt'), 'input-video') }));
    expect(await world.job()).toMatchObject({
      status: 'failed',
      error: { code: 'input.corrupt' },
      inputs: { video: { status: 'failed' } },
      outputs: { mp4: { status: 'canceled' } },
    });
    expect(world.calls.has('encode-1')).toBe(false);
  });

  test('an input that does not exist ends the job', async () => {
    const missing = aSpec({ inputs: { video: { upload: 'upl_00000000000000000000000009' } } });
    const world = await run(await open({ jobs: [aJob({ spec: missing })] }));
    expect(await world.job()).toMatchObject({ status: 'failed', error: { code: 'input.not_found' } });
  });

  test('a plan that cannot be made ends the job', async () => {
    const plan = (): never => {
      throw new Failure('input.no_audio_stream', { detail: 'The input has no sound.', output: 'mp4' });
    };
    const world = await run(await open({ plan }));
    expect(await world.job()).toMatchObject({
      status: 'failed',
      error: { code: 'input.no_audio_stream', message: 'The input has no sound.' },
    });
  });

  test('with onError "continue" the other outputs are made and the job is partial', async () => {
    const spec = { ...twoOutputs, onError: 'continue' as const };
    const world = await run(await open({ jobs: [aJob({ spec })], play: failing(() => new Failure('encode.failed')) }));
    expect(await world.job()).toMatchObject({
      status: 'partial',
      error: { code: 'encode.failed' },
      outputs: {
        mp4: { status: 'failed', files: [] },
        thumb: { status: 'succeeded', files: [{ name: 'encode-2.mp4' }] },
      },
    });
  });

  test('with onError "continue" a lost input costs only the outputs that read it', async () => {
    const spec = aSpec({
      onError: 'continue',
      inputs: { video: { test: { seconds: 1 } }, bad: { test: { seconds: 1 } } },
      outputs: {
        good: { type: 'video', from: 'video' },
        lost: { type: 'video', from: 'bad' },
        after: { type: 'image', from: 'lost' },
      },
    });
    const world = await run(
      await open({ jobs: [aJob({ spec })], play: failing(() => new Failure('input.corrupt'), 'input-bad') }),
    );
    expect(await world.job()).toMatchObject({
      status: 'partial',
      error: { code: 'input.corrupt' },
      inputs: { video: { status: 'ready' }, bad: { status: 'failed' } },
      outputs: { good: { status: 'succeeded' }, lost: { status: 'failed' }, after: { status: 'failed' } },
    });
  });

  test('with onError "continue" a job that made nothing has failed', async () => {
    const spec = aSpec({ onError: 'continue' });
    const world = await run(
      await open({ jobs: [aJob({ spec })], play: failing(() => platformError('Lambda.Unknown')) }),
    );
    expect(await world.job()).toMatchObject({ status: 'failed', error: { code: 'platform.internal' } });
  });

  test('a task that succeeded although its answer was lost does not fail the job', async () => {
    const world = await run(await open({ losesAnswersOf: ['input-video', 'encode-1'] }));
    expect(world.calls.get('encode-1')).toBe(2);
    expect(await world.job()).toMatchObject({ status: 'succeeded', error: null });
  });

  test('stages run one after the other, a hundred tasks of one at once', async () => {
    const ids = Array.from({ length: 100 }, (_, n) => `encode-${n + 1}`);
    const order: string[] = [];
    const world = await run(
      await open({
        plan: () => ({
          hash: 'wide',
          tasks: [...ids, 'join'].map((id) => makeTask(id, 'mp4')),
          complete: true,
          stages: [ids, ['join']],
          skipped: {},
          warnings: [],
        }),
        play: ({ id }) => void order.push(id),
      }),
    );
    expect(await world.job()).toMatchObject({ status: 'succeeded' });
    expect(order).toHaveLength(102);
    expect(order.at(-1)).toBe('join');
  });

  test('ten jobs at once all end', async () => {
    const ids = Array.from({ length: 10 }, (_, n) => jobId(n + 1));
    const world = await open({ jobs: ids.map((id) => aJob({ id, spec: aSpec({ reuse: false }) })) });
    await Promise.all(ids.map((id) => world.workflow.start({ jobId: id, attempt: 1 })));
    await world.idle();
    const jobs = await Promise.all(ids.map((id) => world.job(id)));
    expect(jobs.map(({ status }) => status)).toEqual(ids.map(() => 'succeeded'));
    expect(
      new Set(jobs.flatMap((job) => Object.values(job.outputs).flatMap(({ files }) => files.map(({ key }) => key))))
        .size,
    ).toBe(10);
  });

  test('starting an execution again starts nothing', async () => {
    const world = await run(await open({}));
    await run(world);
    expect(world.calls.get('encode-1')).toBe(1);
    await expect(world.workflow.status({ jobId: jobId(1), attempt: 1 })).resolves.toBe('succeeded');
  });

  test('cancel stops a running job at once and shows no output', async () => {
    const started = Promise.withResolvers<AbortSignal>();
    const world = await open({
      play: async ({ id, signal }) => {
        if (id !== 'encode-1') return;
        started.resolve(signal);
        await new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Failure('conflict.state')), { once: true });
        });
      },
    });
    await world.workflow.start({ jobId: jobId(1), attempt: 1 });
    const signal = await started.promise;
    await cancelJob(world, { id: jobId(1), owner: 'ana' });
    await world.idle();
    expect(signal.aborted).toBe(true);
    expect(await world.job()).toMatchObject({
      status: 'canceled',
      outputs: { mp4: { status: 'canceled', files: [] } },
    });
    await expect(world.workflow.status({ jobId: jobId(1), attempt: 1 })).resolves.toBe('failed');
  });

  test.each(['prepare', 'plan', 'task-failed', 'finish', 'fail'])(
    'the step %s is repeated when it is unlucky',
    async (step) => {
      const errors = [
        platformError('Lambda.TooManyRequestsException'),
        new Failure('platform.throttled'),
        platformError('Lambda.Unknown'),
      ];
      const world = await run(
        await open({
          before: (called) => {
            const error = called === step ? errors.shift() : undefined;
            if (error) throw error;
          },
          play: ['task-failed', 'fail'].includes(step) ? failing(() => new Failure('encode.failed')) : undefined,
        }),
      );
      expect(errors).toHaveLength(0);
      expect((await world.job()).status).toBe(['task-failed', 'fail'].includes(step) ? 'failed' : 'succeeded');
    },
  );

  test.each(['prepare', 'plan', 'finish'])('a job whose step %s never works has failed', async (step) => {
    const world = await run(
      await open({
        before: (called) => {
          if (called === step) throw platformError('Runtime.ExitError');
        },
      }),
    );
    expect(await world.job()).toMatchObject({ status: 'failed', error: { code: 'platform.internal' } });
  });

  test('a job whose failure could not be recorded fails all the same', async () => {
    const world = await run(
      await open({
        play: failing(() => new Failure('encode.failed')),
        before: (called) => {
          if (called === 'task-failed') throw platformError('Lambda.Unknown');
        },
      }),
    );
    expect(await world.job()).toMatchObject({ status: 'failed', error: { code: 'encode.failed' } });
  });

  test('a job that the state machine could not end is started again by reconcile, and its finished work is kept', async () => {
    let isDown = true;
    const world = await run(
      await open({
        before: (called) => {
          if (isDown && ['finish', 'fail'].includes(called)) throw platformError('Lambda.Unknown');
        },
      }),
    );
    expect(await world.job()).toMatchObject({ status: 'running' });
    isDown = false;
    await world.workflowFunction({ step: 'reconcile', executionName: `${jobId(1)}-1` });
    await world.idle();
    expect(await world.job()).toMatchObject({ status: 'succeeded', attempt: 2 });
    expect([...world.calls]).toEqual([
      ['input-video', 1],
      ['encode-1', 1],
    ]);
  });

  test('a job that no attempt could end has failed after the third', async () => {
    let isDown = true;
    const world = await run(
      await open({
        before: (called) => {
          if (isDown && ['prepare', 'fail'].includes(called)) throw platformError('Lambda.Unknown');
        },
      }),
    );
    for (const attempt of [2, 3]) {
      await world.workflowFunction({ step: 'reconcile' });
      await world.idle();
      expect(await world.job()).toMatchObject({ status: 'queued', attempt });
    }
    isDown = false;
    await world.workflowFunction({ step: 'reconcile' });
    expect(await world.job()).toMatchObject({ status: 'failed', error: { code: 'platform.internal' } });
  });
};
