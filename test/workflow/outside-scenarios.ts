/** What must hold of imports, of rounds of planning and of deliveries, whoever interprets the state machine. */
import { describe, expect, test } from 'vitest';
import { Failure } from '#core/failures.ts';
import type { AnalyseTask, Plan, RecogniseTask } from '#core/job/plan.ts';
import type { JobSpec } from '#core/job/spec.ts';
import { cancelJob } from '#core/usecases/cancel-job.ts';
import { aJob, aSpec, aTask, jobId } from '#test/support/records.ts';
import { listedAndStored, makeTask, platformError, type Stage } from './harness.ts';
import type { Open, Staged } from './scenarios.ts';

const url = 'https://example.com/film.mp4';
const fromWeb = (more: Partial<JobSpec> = {}): JobSpec => aSpec({ inputs: { video: { url } }, ...more });
const delivered = (more: Partial<JobSpec> = {}): JobSpec =>
  aSpec({
    outputs: { mp4: { type: 'video' }, thumb: { type: 'image' } },
    deliver: [{ to: 'https://example.com/in' }],
    ...more,
  });

/** Fails a task by its id; `undefined` lets it pass. */
const failing = (id: string, error: (calls: number) => Error | undefined): NonNullable<Stage['play']> => {
  return (task) => {
    const thrown = task.id === id ? error(task.calls) : undefined;
    if (thrown) throw thrown;
  };
};

const run = async (open: Open, spec: JobSpec, stage: Stage = {}): Promise<Staged> => {
  const world = await open({ jobs: [aJob({ spec })], ...stage });
  await world.workflow.start({ jobId: jobId(1), attempt: 1 });
  await world.idle();
  return world;
};

/** Holds a task until it is stopped; `started` resolves with its signal. */
const holding = (id: string) => {
  const started = Promise.withResolvers<AbortSignal>();
  const play: NonNullable<Stage['play']> = async (task) => {
    if (task.id !== id) return;
    started.resolve(task.signal);
    await new Promise((_, reject) => {
      task.signal.addEventListener('abort', () => reject(new Failure('conflict.state')), { once: true });
    });
  };
  return { play, started: started.promise };
};

const analyseTask = (id: string): AnalyseTask => {
  const { writes: _writes, ...task } = aTask({ id });
  return { ...task, kind: 'analyse', analysis: { kind: 'scenes', threshold: 0.4 }, file: 'seen.txt' };
};

/** A planner whose outputs wait until `rounds` things were found one after the other. */
const inRounds =
  (rounds: number): NonNullable<Stage['plan']> =>
  ({ findings }): Plan => {
    const found = Object.keys(findings).length;
    const looked = Array.from({ length: Math.min(rounds, found + 1) }, (_, n) => analyseTask(`look-${n + 1}`));
    const complete = found >= rounds;
    const tasks = [...looked, ...(complete ? [makeTask('encode-1', 'mp4')] : [])];
    return { hash: `round ${found}`, tasks, complete, stages: tasks.map(({ id }) => [id]), skipped: {}, warnings: [] };
  };

/** A planner of one output that is recognised in what a task before it makes. */
const recognisedPlan: NonNullable<Stage['plan']> = (): Plan => {
  const task: RecogniseTask = {
    kind: 'recognise',
    id: 'recognise-mp4',
    label: 'mp4: labels',
    reads: [{ file: 'a.jpg', from: { output: 'pictures', file: 'a.jpg' } }],
    recognition: { kind: 'labels', at: [1], minConfidence: 0.7, max: 10 },
    write: { output: 'mp4', file: 'mp4.json', contentType: 'application/json' },
  };
  const tasks = [makeTask('make-pictures', 'pictures'), task];
  const stages = tasks.map(({ id }) => [id]);
  return { hash: 'recognised', tasks, complete: true, stages, skipped: {}, warnings: [] };
};

export const outsideScenarios = (open: Open): void => {
  describe('recognition', () => {
    test('is done by the transfer function, and asked for again where the service fails, but not for ever', async () => {
      const error = () => new Failure('provider.recognition');
      const unlucky = {
        plan: recognisedPlan,
        play: failing('recognise-mp4', (calls) => (calls < 3 ? error() : undefined)),
      };
      const world = await run(open, aSpec(), unlucky);
      expect(await world.job()).toMatchObject({
        status: 'succeeded',
        outputs: { mp4: { files: [{ name: 'mp4.json' }] } },
      });
      const lost = await run(open, aSpec(), { plan: recognisedPlan, play: failing('recognise-mp4', error) });
      expect(lost.calls.get('recognise-mp4')).toBe(4);
      expect(await lost.job()).toMatchObject({ status: 'failed', error: { code: 'provider.recognition' } });
    });
  });

  describe('imports', () => {
    test('each source is imported once, before the inputs that read it are fetched', async () => {
      const order: string[] = [];
      const spec = fromWeb({
        inputs: { video: { url }, again: { url, start: 5 }, voice: { speech: { text: 'Hi', voice: 'Joanna' } } },
        outputs: { mp4: { type: 'video', from: 'video' } },
      });
      const world = await run(open, spec, { play: ({ id }) => void order.push(id) });
      expect(await world.job()).toMatchObject({ status: 'succeeded' });
      expect(order.slice(0, 2).toSorted()).toEqual(['import-video', 'import-voice']);
      expect(order.slice(2, 5).toSorted()).toEqual(['input-again', 'input-video', 'input-voice']);
    });

    test('one that fails ends the job before anything is fetched, and the input has failed', async () => {
      const world = await run(open, fromWeb(), { play: failing('import-video', () => new Failure('input.not_found')) });
      expect(await world.job()).toMatchObject({
        status: 'failed',
        error: { code: 'input.not_found' },
        inputs: { video: { status: 'failed' } },
        outputs: { mp4: { status: 'canceled' } },
      });
      expect(world.calls.has('input-video')).toBe(false);
    });

    test.each([
      ['that cannot be reached', () => new Failure('input.unreachable'), 4],
      ['whose function is killed', () => platformError('Lambda.Unknown'), 2],
    ])('one %s is tried again, and not for ever', async (_what, error, calls) => {
      const unlucky = await run(open, fromWeb(), {
        play: failing('import-video', (count) => (count < calls ? error() : undefined)),
      });
      expect(await unlucky.job()).toMatchObject({ status: 'succeeded', error: null });
      const lost = await run(open, fromWeb(), { play: failing('import-video', error) });
      expect(lost.calls.get('import-video')).toBe(calls);
      expect(await lost.job()).toMatchObject({ status: 'failed', inputs: { video: { status: 'failed' } } });
    });

    test('one that was recorded although its answer was lost is not done again', async () => {
      const done: string[] = [];
      const world = await run(open, fromWeb(), {
        losesAnswersOf: ['import-video'],
        play: ({ id }) => void done.push(id),
      });
      expect(await world.job()).toMatchObject({ status: 'succeeded', error: null });
      expect(done.filter((id) => id === 'import-video')).toHaveLength(1);
    });

    const withLogo = (logo: object): JobSpec =>
      fromWeb({
        inputs: { video: { test: { seconds: 1 } }, logo: { url, ...logo } },
        outputs: { mp4: { type: 'video', from: 'video' }, still: { type: 'image', from: 'logo' } },
      });
    const noLogo = failing('import-logo', () => new Failure('input.not_found'));

    test('an optional one that fails is nobody’s error: what reads it is skipped', async () => {
      const world = await run(open, withLogo({ optional: true }), { play: noLogo });
      expect(await world.job()).toMatchObject({
        status: 'succeeded',
        error: null,
        inputs: { logo: { status: 'failed' } },
        outputs: { mp4: { status: 'succeeded' }, still: { status: 'skipped' } },
      });
    });

    test('with onError "continue" one that fails costs the outputs that read it', async () => {
      const world = await run(open, { ...withLogo({}), onError: 'continue' }, { play: noLogo });
      expect(await world.job()).toMatchObject({
        status: 'partial',
        error: { code: 'input.not_found' },
        outputs: { mp4: { status: 'succeeded' }, still: { status: 'failed' } },
      });
    });

    test('an optional input that is needed by nothing else does not hide why the job failed', async () => {
      const play: Stage['play'] = (task) => {
        if (task.id === 'make-1') throw new Failure('encode.failed');
        return noLogo(task);
      };
      for (const onError of ['fail', 'continue'] as const) {
        // Its id comes after that of the import: nothing but the rule puts its error first.
        const plan = (): Plan => {
          const planned = { hash: 'h', complete: true, skipped: {}, warnings: [] };
          return { ...planned, tasks: [makeTask('make-1', 'mp4')], stages: [['make-1']] };
        };
        const world = await run(open, { ...withLogo({ optional: true }), onError }, { play, plan });
        expect(await world.job()).toMatchObject({ status: 'failed', error: { code: 'encode.failed' } });
      }
    });
  });

  describe('rounds', () => {
    test('planning goes on until nothing waits any more, and nothing is run twice', async () => {
      const world = await run(open, aSpec(), { plan: inRounds(3) });
      expect(await world.job()).toMatchObject({ status: 'succeeded', plan: { round: 4, complete: true } });
      expect([...world.calls]).toEqual([
        ['input-video', 1],
        ['look-1', 1],
        ['look-2', 1],
        ['look-3', 1],
        ['encode-1', 1],
      ]);
    });

    test('a task that grows from one round to the next is not mistaken for the one that was made', async () => {
      const spec = aSpec({ outputs: { mp4: { type: 'video' }, thumb: { type: 'image' } } });
      const both = {
        ...makeTask('encode-1', 'mp4'),
        writes: ['mp4', 'thumb'].flatMap((output) => makeTask(output, output).writes),
      };
      const world = await run(open, spec, {
        plan: ({ findings }) => {
          const complete = Object.keys(findings).length > 0;
          const tasks = [analyseTask('look-1'), complete ? both : makeTask('encode-1', 'mp4')];
          return {
            hash: String(complete),
            tasks,
            complete,
            stages: [tasks.map(({ id }) => id)],
            skipped: {},
            warnings: [],
          };
        },
      });
      expect(await world.job()).toMatchObject({
        status: 'succeeded',
        outputs: { mp4: { files: [{}] }, thumb: { files: [{}] } },
      });
      expect([...world.calls.keys()].toSorted()).toEqual(['encode-1', 'encode-1-2', 'input-video', 'look-1']);
    });

    test('what could not be found is not looked for in every round again', async () => {
      const spec = aSpec({ onError: 'continue' });
      const world = await run(open, spec, {
        plan: inRounds(2),
        play: failing('look-2', () => new Failure('encode.failed')),
      });
      expect(world.calls.get('look-2')).toBe(1);
      expect(await world.job()).toMatchObject({ status: 'failed', error: { code: 'encode.failed' } });
    });

    test('a planner that never comes to an end does not keep the job', async () => {
      const world = await run(open, aSpec(), { plan: inRounds(Infinity) });
      expect(await world.job()).toMatchObject({ status: 'failed', error: { code: 'spec.unsupported' } });
      expect(world.calls.size).toBeLessThan(15);
    });
  });

  describe('deliveries', () => {
    test('every finished file is taken to where the job wants it', async () => {
      const world = await run(open, delivered());
      expect(await world.job()).toMatchObject({
        status: 'succeeded',
        deliveries: [
          { to: 'https://example.com/in', output: 'mp4', file: 'encode-1.mp4', status: 'succeeded', error: null },
          { output: 'thumb', status: 'succeeded', url: 'https://example.com/made.mp4' },
        ],
      });
    });

    test('a hundred files go forty at a time', async () => {
      let [now, most, count] = [0, 0, 0];
      const ids = Array.from({ length: 100 }, (_, n) => `encode-${n + 1}`);
      const tasks = ids.map((id) => makeTask(id, 'mp4'));
      const world = await run(open, delivered({ outputs: { mp4: { type: 'video' } } }), {
        plan: () => ({ hash: 'wide', tasks, complete: true, stages: [ids], skipped: {}, warnings: [] }),
        play: async ({ id }) => {
          if (!id.startsWith('deliver-')) return;
          [now, count] = [now + 1, count + 1];
          most = Math.max(most, now);
          await new Promise(setImmediate);
          now -= 1;
        },
      });
      expect(await world.job()).toMatchObject({ status: 'succeeded' });
      expect(count).toBe(100);
      expect(most).toBeLessThanOrEqual(40);
    });

    test('one that fails leaves the outputs and the others, and the job is partial', async () => {
      const world = await run(open, delivered(), {
        play: failing('deliver-1-1', () => new Failure('auth.invalid', { detail: 'The key is refused.' })),
      });
      const job = await world.job();
      expect(job).toMatchObject({
        status: 'partial',
        error: { code: 'auth.invalid' },
        outputs: { mp4: { status: 'succeeded' }, thumb: { status: 'succeeded' } },
        deliveries: [
          { output: 'mp4', status: 'failed', error: { code: 'auth.invalid', message: 'The key is refused.' } },
          { output: 'thumb', status: 'succeeded' },
        ],
      });
      const { listed, stored } = await listedAndStored(world, job);
      expect(listed).toHaveLength(2);
      expect(stored).toEqual(listed);
      await expect(world.workflow.status({ jobId: job.id, attempt: 1 })).resolves.toBe('succeeded');
    });

    test('one whose function is killed is tried again; what it recorded before is not done again', async () => {
      const taken: string[] = [];
      const world = await run(open, delivered(), {
        losesAnswersOf: ['deliver-1-2'],
        play: ({ id, calls }) => {
          if (id === 'deliver-1-1' && calls === 1) throw platformError('Lambda.Unknown');
          taken.push(id);
        },
      });
      expect(await world.job()).toMatchObject({ status: 'succeeded' });
      expect(taken.filter((id) => id.startsWith('deliver')).toSorted()).toEqual(['deliver-1-1', 'deliver-1-2']);
    });

    test('a job that is started again delivers only what was not delivered', async () => {
      let isDown = true;
      const world = await run(open, delivered(), {
        before: (step) => {
          if (isDown && ['finish', 'fail'].includes(step)) throw platformError('Lambda.Unknown');
        },
      });
      isDown = false;
      await world.workflowFunction({ step: 'reconcile', executionName: `${jobId(1)}-1` });
      await world.idle();
      expect(await world.job()).toMatchObject({ status: 'succeeded', attempt: 2 });
      expect([world.calls.get('deliver-1-1'), world.calls.get('deliver-1-2')]).toEqual([1, 1]);
    });

    test('with onError "continue" what was made is delivered although something else was not', async () => {
      const world = await run(open, delivered({ onError: 'continue' }), {
        play: failing('encode-1', () => new Failure('encode.failed')),
      });
      expect(await world.job()).toMatchObject({
        status: 'partial',
        error: { code: 'encode.failed' },
        deliveries: [{ output: 'thumb', status: 'succeeded' }],
      });
    });

    test('nothing of a job that failed is delivered', async () => {
      const world = await run(open, delivered(), { play: failing('encode-1', () => new Failure('encode.failed')) });
      expect(await world.job()).toMatchObject({ status: 'failed', deliveries: [] });
    });

    test('a job that cannot say what to deliver has failed, and keeps what it made', async () => {
      const world = await run(open, delivered(), {
        before: (step) => {
          if (step === 'plan-deliveries') throw platformError('Runtime.ExitError');
        },
      });
      expect(await world.job()).toMatchObject({
        status: 'failed',
        error: { code: 'platform.internal' },
        outputs: { mp4: { status: 'succeeded' } },
      });
    });

    test('a server that may not be spoken to without encryption is refused before anything is made', async () => {
      const world = await run(open, delivered({ deliver: [{ to: 'http://example.com/in' }] }));
      expect(await world.job()).toMatchObject({ status: 'failed', error: { code: 'input.forbidden_host' } });
      expect(world.calls.size).toBe(0);
    });
  });

  test.each([
    ['an import', 'import-video', { ...delivered(), inputs: { video: { url } } }],
    ['a delivery', 'deliver-1-1', delivered()],
  ])('cancel in the middle of %s stops it at once and shows no output', async (_what, id, spec) => {
    const { play, started } = holding(id);
    const world = await open({ jobs: [aJob({ spec })], play });
    await world.workflow.start({ jobId: jobId(1), attempt: 1 });
    const signal = await started;
    await cancelJob(world, { id: jobId(1), owner: 'ana' });
    await world.idle();
    expect(signal.aborted).toBe(true);
    const job = await world.job();
    expect(job).toMatchObject({ status: 'canceled', outputs: { mp4: { status: 'canceled', files: [] } } });
    expect(job.deliveries.filter(({ status }) => status !== 'canceled' && status !== 'succeeded')).toEqual([]);
    expect(await listedAndStored(world, job)).toEqual({ listed: [], stored: [] });
  });

  test('the step plan-deliveries is repeated when it is unlucky', async () => {
    const errors = [platformError('Lambda.TooManyRequestsException'), platformError('Lambda.Unknown')];
    const world = await run(open, delivered(), {
      before: (step) => {
        const error = step === 'plan-deliveries' ? errors.shift() : undefined;
        if (error) throw error;
      },
    });
    expect(errors).toHaveLength(0);
    expect(await world.job()).toMatchObject({ status: 'succeeded', deliveries: [{}, {}] });
  });
};
