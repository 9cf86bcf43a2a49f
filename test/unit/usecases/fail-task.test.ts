import { describe, expect, test } from 'vitest';
import { manualClock, sequentialIds } from '#adapters/memory/clock.ts';
import { memoryJobStore } from '#adapters/memory/job-store.ts';
import type { JobRecord, TaskRecord } from '#core/job/state.ts';
import { failTask } from '#core/usecases/fail-task.ts';
import {
  aClaim,
  aFetchTask,
  aJob,
  aJobError,
  aResult,
  aSpec,
  aTask,
  aTaskRecord,
  at,
  jobId,
} from '#test/support/records.ts';

const stage = (task: Partial<TaskRecord>, job: Partial<JobRecord> = {}) => ({
  jobs: memoryJobStore([aJob({ status: 'running', attempt: 1, ...job })], [aTaskRecord(task)]),
  clock: manualClock(),
  ids: sequentialIds(),
});
const aDeliverTask = {
  kind: 'deliver',
  id: 'encode-1',
  delivery: 0,
  to: 's3://b',
  output: 'mp4',
  file: 'a.mp4',
  path: 'a.mp4',
} as const;
const lost = { jobId: jobId(1), attempt: 1, taskId: 'encode-1', error: { Error: 'Lambda.Unknown', Cause: '' } };
const held = { state: 'running', claim: aClaim(), leaseUntil: at(60) } as const;

test('a task whose runner was killed is recorded as failed, and its claim is void', async () => {
  const deps = stage(held);
  expect(await failTask(deps, lost)).toEqual({ stop: true });
  expect(await deps.jobs.task(jobId(1), 'encode-1')).toMatchObject({
    state: 'failed',
    error: { code: 'platform.internal' },
  });
  await expect(deps.jobs.finishTask(aClaim(), { at: at(1), result: aResult() })).rejects.toMatchObject({
    code: 'conflict.state',
  });
});

test.each([
  ['that no runner ever took', { state: 'pending' }],
  ['that an earlier attempt left running', { state: 'running', claim: aClaim({ attempt: 1 }), leaseUntil: at(60) }],
] as const)('a task %s is recorded as failed', async (_, task) => {
  const deps = stage(task, { attempt: 2 });
  expect(await failTask(deps, { ...lost, attempt: 2 })).toEqual({ stop: true });
  expect(await deps.jobs.task(jobId(1), 'encode-1')).toMatchObject({ state: 'failed', claim: { attempt: 2 } });
});

test('what the runner recorded is not written over, and doing it twice is fine', async () => {
  const deps = stage({ state: 'failed', claim: aClaim(), error: aJobError({ stderrTail: 'moov atom not found' }) });
  expect(await failTask(deps, lost)).toEqual({ stop: true });
  expect(await failTask(deps, lost)).toEqual({ stop: true });
  expect(await deps.jobs.task(jobId(1), 'encode-1')).toMatchObject({
    version: 1,
    error: { stderrTail: 'moov atom not found' },
  });
});

test('a task that did succeed stops nothing', async () => {
  expect(await failTask(stage({ state: 'succeeded', claim: aClaim(), result: aResult() }), lost)).toEqual({
    stop: false,
  });
});

test('with onError "continue" no task stops the job', async () => {
  expect(await failTask(stage(held, { spec: aSpec({ onError: 'continue' }) }), lost)).toEqual({ stop: false });
});

test.each([{ status: 'canceled' }, { attempt: 2 }] as const)(
  'an execution that has lost its job (%o) stops and writes nothing',
  async (job) => {
    const deps = stage(held, { spec: aSpec({ onError: 'continue' }), ...job });
    expect(await failTask(deps, lost)).toEqual({ stop: true });
    expect(await deps.jobs.task(jobId(1), 'encode-1')).toMatchObject({ state: 'running', version: 1 });
  },
);

test.each([
  ['a delivery', { task: aDeliverTask }, {}],
  [
    'an optional input',
    { task: aFetchTask({ id: 'encode-1' }) },
    { inputs: { video: { silence: 1, optional: true } } },
  ],
] as const)('%s that failed does not stop the job', async (_what, task, spec) => {
  const deps = stage(task, { spec: aSpec(spec) });
  expect(await failTask(deps, lost)).toEqual({ stop: false });
  expect(await deps.jobs.task(jobId(1), 'encode-1')).toMatchObject({ state: 'failed' });
});

test('an import that an input needs stops the job, whoever else could do without', async () => {
  const inputs = { video: { silence: 1, optional: true }, needed: { silence: 1 } } as const;
  const from = { url: 'https://example.com/film.mp4' };
  const importing = aTaskRecord({ id: 'encode-1', task: { kind: 'import', id: 'encode-1', input: 'video', from } });
  const readers = ['video', 'needed'].map((input) => {
    const task = { ...aFetchTask({ id: `input-${input}`, input }), imported: 'encode-1' };
    return aTaskRecord({ task });
  });
  const job = aJob({ status: 'running', attempt: 1, spec: aSpec({ inputs }) });
  const deps = { jobs: memoryJobStore([job], [importing, ...readers]), clock: manualClock(), ids: sequentialIds() };
  expect(await failTask(deps, lost)).toEqual({ stop: true });
});

describe('a piece of a film', () => {
  const plan = { hash: 'h', round: 1, complete: true, stages: [['encode-1']], skipped: {}, warnings: [], reused: {} };
  const films = ['large', 'half'];
  const piece = { task: aTask({ cut: films }), claim: aClaim(), state: 'failed' } as const;
  const why = 'large: piece 1 of 2: it holds 0 pictures; at least 10 were expected.';
  const failed = (code: string): Partial<TaskRecord> => ({ ...piece, error: aJobError({ code, message: why }) });

  test('that is not as planned stops nothing: the films that share it are to be made in one, and why is noted', async () => {
    const deps = stage(failed('encode.verify_failed'), { plan });
    expect(await Promise.all(Array.from({ length: 10 }, () => failTask(deps, lost)))).toContainEqual({ stop: false });
    expect(await deps.jobs.get(jobId(1))).toMatchObject({
      version: 2,
      plan: { complete: false, uncut: { large: why, half: why } },
    });
  });

  test.each(['limit.storage', 'limit.time', 'limit.cost', 'platform.capacity', 'input.changed'])(
    'that fails with %s stops the job',
    async (code) => {
      const deps = stage(failed(code), { plan });
      expect(await failTask(deps, lost)).toEqual({ stop: true });
      expect(await deps.jobs.get(jobId(1))).toMatchObject({ version: 1 });
    },
  );

  test('whose runner was lost leaves its films to one encode', async () => {
    const deps = stage({ ...held, task: aTask({ cut: films }) }, { plan });
    expect(await failTask(deps, lost)).toEqual({ stop: false });
  });
});
