/** The deployed state machine file, run in this process. */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type AslInterpreter, aslInterpreter } from '#adapters/asl-interpreter/workflow.ts';
import { recordingLog } from '#adapters/memory/log.ts';
import { Failure } from '#core/failures.ts';
import { interruptJobs } from '#core/usecases/interrupt-jobs.ts';
import { sweep } from '#core/usecases/sweep.ts';
import type { JoinTask, MakeTask, Plan } from '#core/job/plan.ts';
import { mostTasks, stateMachineLimits } from '#core/planner/capacity.ts';
import { aJob, aSpec, jobId } from '#test/support/records.ts';
import { type ContainerOpen, containerScenarios } from './container-scenarios.ts';
import { type Container, hurried, type Json, makeTask, type Stage, withFields, world } from './harness.ts';
import { outsideScenarios } from './outside-scenarios.ts';
import { type Staged, scenarios } from './scenarios.ts';

const open = (
  stage: Stage,
  options: { definition?: unknown; maxRunners?: number } = {},
): Promise<Staged & { close(): Promise<void> }> => {
  const { promise, resolve } = Promise.withResolvers<AslInterpreter>();
  const opened = world(stage, ({ workflowFunction, runnerFunction, transferFunction, container, log }) => {
    const interpreter = aslInterpreter({
      definition: options.definition ?? hurried(),
      maxRunners: options.maxRunners ?? 4,
      workflowFunction,
      runnerFunction: (payload, signal) =>
        isContainer(payload) ? container(payload, signal) : runnerFunction(payload, signal),
      transferFunction,
      maxTransfers: 100,
      log,
    });
    resolve(interpreter);
    return interpreter;
  });
  return promise.then((interpreter) => ({
    ...opened,
    idle: () => interpreter.idle(),
    close: () => interpreter.close(),
  }));
};

const isContainer = (payload: unknown): payload is Container =>
  typeof payload === 'object' && payload !== null && 'on' in payload;

/** The interpreter knows functions only: here containers are called as one. */
const asFunctions = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(asFunctions);
  if (typeof value !== 'object' || value === null) return value;
  const state = value as Json; // an object of the file
  if (state['Resource'] !== 'arn:aws:states:::ecs:runTask.sync')
    return Object.fromEntries(Object.entries(state).map(([key, inner]) => [key, asFunctions(inner)]));
  const { CapacityProviderStrategy, Overrides } = state['Parameters'] as {
    CapacityProviderStrategy: [{ CapacityProvider: string }];
    Overrides: { ContainerOverrides: [{ Environment: [{ Value: string }] }] };
  }; // asl.test.ts checks it
  const Payload = {
    on: CapacityProviderStrategy[0].CapacityProvider,
    spot: Overrides.ContainerOverrides[0].Environment[0].Value,
    'size.$': '$.size',
    'payload.$': 'States.JsonToString($.task)',
  };
  const Parameters = { FunctionName: '${RunnerFunction}', Payload };
  return { ...state, Resource: 'arn:aws:states:::lambda:invoke', Parameters };
};

const openWithContainers: ContainerOpen = (stage, kind) => open(stage, { definition: asFunctions(hurried(kind)) });

/** The machine with another time for every task; that of the whole execution stays. */
const withTaskSeconds = (seconds: number): unknown => {
  const machine = hurried();
  return { ...machine, States: withFields(machine['States'], { TimeoutSeconds: seconds }) };
};

describe('on the interpreter', () => {
  scenarios(open);
  outsideScenarios(open);
  containerScenarios(openWithContainers);
});

describe('slots', () => {
  test('no more runners work at once than are allowed, over all jobs', async () => {
    let now = 0;
    let most = 0;
    const ids = [1, 2, 3, 4].map(jobId);
    const opened = await open(
      {
        jobs: ids.map((id) => aJob({ id })),
        play: async () => {
          now += 1;
          most = Math.max(most, now);
          await new Promise(setImmediate);
          now -= 1;
        },
      },
      { maxRunners: 2 },
    );
    await Promise.all(ids.map((id) => opened.workflow.start({ jobId: id, attempt: 1 })));
    await opened.idle();
    expect(most).toBe(2);
  });

  test('tasks of jobs of higher priority go first where they wait for the same slots', async () => {
    const asked = ['low', 'normal', 'high', undefined, 'low', 'high'] as const;
    const begun: string[] = [];
    const gate = Promise.withResolvers<void>();
    const interpreter = aslInterpreter({
      definition: hurried(),
      maxRunners: 1,
      maxTransfers: 1,
      log: recordingLog(),
      workflowFunction: async (payload) =>
        z.looseObject({ step: z.string() }).parse(payload).step === 'prepare'
          ? { imports: [], tasks: ['input-video'], deliver: false }
          : { stages: [], again: false, groups: [] },
      transferFunction: async () => ({}),
      runnerFunction: async (payload) => {
        const n = Number(z.looseObject({ jobId: z.string() }).parse(payload).jobId.slice(-1));
        if (n === 9) await gate.promise;
        else begun.push(asked[n] ?? 'normal');
        return {};
      },
    });
    await interpreter.start({ jobId: jobId(9), attempt: 1 });
    await expect.poll(() => interpreter.load().running).toBe(1);
    await Promise.all(asked.map((priority, n) => interpreter.start({ jobId: jobId(n), attempt: 1, priority })));
    await expect.poll(() => interpreter.load().waiting).toBe(asked.length);
    gate.resolve();
    await interpreter.idle();
    expect(begun).toEqual(['high', 'high', 'normal', 'normal', 'low', 'low']);
  });

  test('waiting for a slot is not counted as time of the task', async () => {
    const ids = Array.from({ length: 50 }, (_, n) => jobId(n + 1));
    const opened = await open(
      { jobs: ids.map((id) => aJob({ id })), play: () => pause(20) },
      { maxRunners: 1, definition: withTaskSeconds(0.3) },
    );
    await Promise.all(ids.map((id) => opened.workflow.start({ jobId: id, attempt: 1 })));
    await opened.idle();
    const jobs = await Promise.all(ids.map((id) => opened.job(id)));
    expect(jobs.map(({ status }) => status)).toEqual(ids.map(() => 'succeeded'));
  });
});

describe('time and stopping', () => {
  const hanging =
    (seen: AbortSignal[]): NonNullable<Stage['play']> =>
    ({ id, signal }) => {
      if (id !== 'encode-1') return;
      seen.push(signal);
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true });
      });
    };

  test('a task that outlives its time is stopped, tried once more, and fails the job', async () => {
    const signals: AbortSignal[] = [];
    const opened = await open({ play: hanging(signals) }, { definition: withTaskSeconds(0.05) });
    await opened.workflow.start({ jobId: jobId(1), attempt: 1 });
    await opened.idle();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    expect(await opened.job()).toMatchObject({ status: 'failed', error: { code: 'platform.timeout' } });
  });

  test('a pause before a repetition ends when the execution is stopped', async () => {
    const called = Promise.withResolvers<void>();
    const busy: Stage['play'] = ({ id }) => {
      if (id !== 'encode-1') return;
      called.resolve();
      throw new Failure('platform.capacity');
    };
    const slow = withFields(hurried(), { IntervalSeconds: 3600, MaxDelaySeconds: 3600, JitterStrategy: 'NONE' });
    const opened = await open({ play: busy }, { definition: slow });
    await opened.workflow.start({ jobId: jobId(1), attempt: 1 });
    await called.promise;
    await expect.poll(async () => (await opened.jobs.task(jobId(1), 'encode-1'))?.state).toBe('failed');
    await opened.workflow.stop({ jobId: jobId(1), attempt: 1 });
    await opened.idle();
    expect(opened.calls.get('encode-1')).toBe(1);
  });

  test('an interrupted job goes on in the next process where it was, and the interruption does not count', async () => {
    const signals: AbortSignal[] = [];
    const first = await open({ play: hanging(signals) });
    await first.workflow.start({ jobId: jobId(1), attempt: 1 });
    await expect.poll(() => signals.length).toBe(1);
    await interruptJobs(first);
    await first.close();
    expect(signals[0]?.aborted).toBe(true);
    expect(await first.job()).toMatchObject({ status: 'queued', attempt: 2, interruptions: 1 });

    await first.workflow.start({ jobId: jobId(1), attempt: 2 });
    expect(await first.workflow.status({ jobId: jobId(1), attempt: 2 })).toBe('unknown');

    const second = await open({ stores: first });
    await sweep(second, { graceSeconds: 0 });
    await second.idle();
    expect(await second.job()).toMatchObject({ status: 'succeeded', attempt: 2 });
    expect([...second.calls]).toEqual([['encode-1', 1]]);
  });

  test('a film in pieces goes on with the pieces that it has', async () => {
    const piece = (id: string): MakeTask => ({ ...makeTask(id, 'pieces'), partOf: ['mp4'] });
    const makers = ['chunk0', 'chunk1', 'chunk2', 'sound'].map(piece);
    const write = { output: 'mp4', file: 'mp4.mp4', contentType: 'video/mp4', expects: {} };
    const join: JoinTask = {
      ...{ kind: 'join', id: 'join-mp4', label: 'mp4', picture: [], sound: [], write },
      limits: piece('x').limits,
    };
    const picture = makers.map(({ id }) => ({ output: 'pieces', file: `${id}.mp4`, table: `${id}.json`, task: id }));
    const stages = [makers.map(({ id }) => id), [join.id]];
    const plan = () => ({
      ...{ hash: 'h', complete: true, skipped: {}, warnings: [], stages },
      tasks: [...makers, { ...join, picture }],
    });
    const signals: AbortSignal[] = [];
    const wait = hanging(signals);
    const first = await open({
      plan,
      play: (task) => (task.id === 'chunk1' ? wait({ ...task, id: 'encode-1' }) : undefined),
    });
    await first.workflow.start({ jobId: jobId(1), attempt: 1 });
    const isMade = async (id: string) => (await first.jobs.task(jobId(1), id))?.state === 'succeeded';
    await expect
      .poll(async () => (await Promise.all(['chunk0', 'chunk2', 'sound'].map(isMade))).every(Boolean))
      .toBe(true);
    await interruptJobs(first);
    await first.close();

    const second = await open({ stores: first, plan });
    await sweep(second, { graceSeconds: 0 });
    await second.idle();
    const job = await second.job();
    expect(job).toMatchObject({ status: 'succeeded', attempt: 2 });
    expect([...second.calls]).toEqual([
      ['chunk1', 1],
      ['join-mp4', 1],
    ]);
    expect(job.outputs['mp4']).toMatchObject({ files: [{ name: 'mp4.mp4' }], tasks: { total: 5, done: 5 } });
  });

  test('a process that was killed leaves a job that the next one goes on with', async () => {
    const killed = world({ jobs: [aJob({ status: 'running', attempt: 1, startedAt: aJob().createdAt })] });
    const next = await open({ stores: killed });
    await sweep(next, { graceSeconds: 0 });
    await next.idle();
    expect(await next.job()).toMatchObject({ status: 'succeeded', attempt: 2, interruptions: 0 });
  });
});

describe('a film that cannot be made in pieces after all', () => {
  const why = 'mp4: piece 2 of 2: it holds 0 pictures; at least 10 were expected.';
  const about = { complete: true, skipped: {}, warnings: [] };
  const pieces = (): Plan => {
    const makers = ['chunk0', 'chunk1', 'sound'].map(
      (id): MakeTask => ({ ...makeTask(id, 'pieces'), partOf: ['mp4'], cut: ['mp4'] }),
    );
    const { limits } = makeTask('x', 'x');
    const write = { output: 'mp4', file: 'mp4.mp4', contentType: 'video/mp4', expects: {} };
    const picture = [{ output: 'pieces', file: 'chunk0.mp4', table: 'chunk0.json', task: 'chunk0' }];
    const join: JoinTask = {
      ...{ kind: 'join', id: 'join-mp4', label: 'mp4', picture, sound: [], write, limits },
      cut: ['mp4'],
    };
    const stages = [[...makers.map(({ id }) => id), 'make-still'], [join.id], ['make-poster']];
    const others = [makeTask('make-still', 'thumb'), makeTask('make-poster', 'mp4')];
    return { ...about, hash: 'pieces', tasks: [...makers, join, ...others], stages };
  };
  const whole = (warning: string): Plan => {
    const tasks = [makeTask('make-mp4', 'mp4'), makeTask('make-still', 'thumb'), makeTask('make-poster', 'mp4')];
    const stages = [['make-mp4', 'make-still'], ['make-poster']];
    return { ...about, hash: 'whole', tasks, stages, warnings: [warning] };
  };
  const outputs = { mp4: { type: 'video' }, thumb: { type: 'image' } } as const;
  const opened = (failing: Readonly<Record<string, Failure>>, spec: Parameters<typeof aSpec>[0] = {}) => {
    const order: string[] = [];
    return open({
      jobs: [aJob({ spec: aSpec({ outputs, ...spec }) })],
      plan: ({ uncut = {} }) => (uncut['mp4'] === undefined ? pieces() : whole(uncut['mp4'])),
      play: ({ id }) => {
        order.push(id);
        if (failing[id]) throw failing[id];
      },
    }).then(async (world) => {
      await world.workflow.start({ jobId: jobId(1), attempt: 1 });
      await world.idle();
      return { world, job: await world.job(), order: order.filter((id) => !id.startsWith('input')) };
    });
  };

  test.each([
    ['a piece', 'chunk1', 'encode.verify_failed'],
    ['the sound', 'sound', 'encode.failed'],
    ['the join', 'join-mp4', 'encode.verify_failed'],
    ['a piece of a source that seems damaged', 'chunk0', 'input.corrupt'],
  ] as const)('is made in one where %s fails, and the plan says why', async (_, id, code) => {
    const { job, order } = await opened({ [id]: new Failure(code, { detail: why }) });
    expect(job).toMatchObject({ status: 'succeeded', error: null, plan: { complete: true, warnings: [why] } });
    expect(job.outputs['mp4']?.files.map(({ name }) => name)).toEqual(['make-poster.mp4', 'make-mp4.mp4']);
    // What else was made is not made again, and what is made of the film waits for it.
    expect(order.filter((each) => each === 'make-still')).toHaveLength(1);
    expect(order.slice(-2)).toEqual(['make-mp4', 'make-poster']);
    expect(order.includes('join-mp4')).toBe(id === 'join-mp4');
  });

  test('is made in one with onError "continue" as well', async () => {
    const { job } = await opened({ chunk0: new Failure('encode.failed') }, { onError: 'continue' });
    expect(job).toMatchObject({ status: 'succeeded', error: null });
  });

  test('fails with what the one encode fails with', async () => {
    const failing = { chunk1: new Failure('encode.failed', { detail: why }), 'make-mp4': new Failure('input.corrupt') };
    const { job } = await opened(failing);
    expect(job).toMatchObject({ status: 'failed', error: { code: 'input.corrupt' }, outputs: { mp4: { files: [] } } });
  });

  test('is not made at all where a piece reaches a limit', async () => {
    const { job, order } = await opened({ chunk1: new Failure('limit.storage') });
    expect(job).toMatchObject({ status: 'failed', error: { code: 'limit.storage' } });
    expect(order).not.toContain('make-mp4');
  });

  test('a film whose pieces are there is planned once, and joined', async () => {
    let plans = 0;
    const world = await open({
      jobs: [aJob({ spec: aSpec({ outputs }) })],
      plan: () => {
        plans += 1;
        return pieces();
      },
    });
    await world.workflow.start({ jobId: jobId(1), attempt: 1 });
    await world.idle();
    expect(await world.job()).toMatchObject({ status: 'succeeded', plan: { round: 1 } });
    expect(plans).toBe(1);
  });
});

test('a job of as many tasks as one may have runs them all, and tells its states nothing but their ids', async () => {
  const name = 'n'.repeat(60);
  const tasks = Array.from({ length: mostTasks }, (_, n) => makeTask(`chunk${n}-${name}`, 'mp4'));
  const stages = [tasks.map(({ id }) => id)];
  let largest = 0;
  const opened = await open(
    {
      plan: () => ({ hash: 'h', tasks, complete: true, stages, skipped: {}, warnings: [] }),
      answered: (answer) => {
        largest = Math.max(largest, JSON.stringify(answer).length);
      },
    },
    { maxRunners: 64 },
  );
  await opened.workflow.start({ jobId: jobId(1), attempt: 1 });
  await opened.idle();
  expect((await opened.job()).status).toBe('succeeded');
  const counts = tasks.map(({ id }) => opened.calls.get(id));
  expect(new Set(counts)).toEqual(new Set([1]));
  // The plan's answer lies in the state beside the rest of it.
  expect(largest).toBeLessThan(stateMachineLimits.payloadBytes / 2);
  await opened.close();
}, 120_000);
