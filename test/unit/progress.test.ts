import { describe, expect, test } from 'vitest';
import {
  firstTaskError,
  frozenOutputs,
  inputStates,
  jobProgress,
  jobTimings,
  outputStates,
} from '#core/job/progress.ts';
import type { JobRecord, TaskRecord } from '#core/job/state.ts';
import {
  aClaim,
  aFetchResult,
  aFetchTask,
  aJob,
  aJobError,
  aResult,
  aSpec,
  aTask,
  aTaskRecord,
  at,
} from '#test/support/records.ts';

const plan: JobRecord['plan'] = {
  hash: 'h',
  round: 1,
  complete: true,
  stages: [['encode-1']],
  skipped: {},
  reused: {},
  warnings: [],
};
const running = (overrides: Partial<JobRecord> = {}): JobRecord =>
  aJob({ status: 'running', attempt: 1, startedAt: at(2), plan, ...overrides });
const encoding = (overrides: Partial<TaskRecord> = {}): TaskRecord =>
  aTaskRecord({ state: 'running', claim: aClaim(), progress: 0.4, phase: 'encoding', ...overrides });
const made = aTaskRecord({ state: 'succeeded', claim: aClaim(), progress: 1, phase: 'done', result: aResult() });
const broken = encoding({ state: 'failed', error: aJobError() });

describe('an output in pieces', () => {
  const commands = [{ arguments: [], progressSeconds: 10 }];
  const piece = (id: string, changes: Partial<TaskRecord> = {}): TaskRecord =>
    aTaskRecord({ id, task: aTask({ id, commands, writes: [], partOf: ['mp4'] }), ...changes });
  const end = { state: 'succeeded', claim: aClaim(), progress: 1, phase: 'done' } as const;
  const limits = { wallSeconds: 1, cpuSeconds: 1, memoryBytes: 1, outputBytes: 1 };
  const write = { output: 'mp4', file: 'mp4.mp4', contentType: 'video/mp4', expects: {} };
  const join: TaskRecord = aTaskRecord({
    id: 'join-mp4',
    task: {
      ...{ kind: 'join', id: 'join-mp4', label: 'mp4', limits, write, sound: [] },
      picture: [{ output: 'pieces', file: 'c0.mp4', table: 'c0.json', task: 'chunk0-mp4' }],
    },
  });
  const job = running({ plan: { ...plan, stages: [['chunk0-mp4', 'chunk1-mp4'], ['join-mp4']] } });

  test('is as far as its pieces are, and succeeds with its join', () => {
    const one = [
      piece('chunk0-mp4', end),
      piece('chunk1-mp4', { ...end, state: 'running', progress: 0.5, phase: 'encoding' }),
    ];
    const state = outputStates(job, [...one, join])['mp4'];
    expect(state).toMatchObject({ status: 'running', phase: 'encoding' });
    expect(state?.progress).toBeCloseTo(0.5, 5);
    const both = [piece('chunk0-mp4', end), piece('chunk1-mp4', end)];
    expect(outputStates(job, [...both, join])['mp4']?.status).toBe('running');
    expect(outputStates(job, [...both, { ...join, ...end, result: aResult() }])['mp4']?.status).toBe('succeeded');
  });

  test('lists what names the others first, and its segments in their order', () => {
    const file = (name: string, bytes: number) => ({ name, key: name, bytes, type: 'video/mp4', sha256: null });
    const attestation = (frames: number) => ({
      engine: 'ffmpeg',
      commands: [[`${frames}`]],
      checks: {
        ...{ exit: 0, bytes: 1, durationSeconds: 2, frames, video: 'h264 2x2', audio: null, decodeErrors: 0 },
      },
    });
    const made = (id: string, names: readonly string[], frames?: number): TaskRecord => {
      const files = names.map((name) => file(name, 10));
      const outputs = { mp4: { files, ...(frames && { attestation: attestation(frames) }) } };
      return piece(id, { ...end, result: aResult({ outputs }) });
    };
    const stages = [['chunk2', 'chunk10'], ['assemble']];
    const whole = running({ plan: { ...plan, stages } });
    const tasks = [
      made('chunk10', ['v9.m4s', 'v10.m4s'], 30),
      made('assemble', ['master.m3u8', 'v.m3u8']),
      made('chunk2', ['v.mp4', 'v1.m4s', 'v2.m4s'], 60),
    ];
    const { mp4 } = frozenOutputs(whole, tasks, 'finished');
    expect(mp4?.files.map(({ name }) => name)).toEqual([
      ...['master.m3u8', 'v.m3u8', 'v.mp4', 'v1.m4s', 'v2.m4s', 'v9.m4s', 'v10.m4s'],
    ]);
    expect(mp4?.attestation).toMatchObject({ checks: { bytes: 50, frames: 90, durationSeconds: 4 } });
    expect(mp4?.tasks).toEqual({ total: 3, done: 3 });
  });

  test('says how many of its tasks are done, and what failed first', () => {
    const failed = (id: string, second: number, message: string): TaskRecord =>
      piece(id, { state: 'failed', claim: aClaim(), endedAt: at(second), error: aJobError({ message }) });
    const tasks = [failed('chunk0-mp4', 9, 'missed it'), failed('chunk1-mp4', 5, 'broke'), join];
    expect(outputStates(job, tasks)['mp4']).toMatchObject({ reason: 'broke', tasks: { total: 3, done: 0 } });
  });

  test('fails with one of its pieces, in its words', () => {
    const failed = piece('chunk0-mp4', { state: 'failed', claim: aClaim(), phase: 'encoding', error: aJobError() });
    expect(outputStates(job, [failed, join])['mp4']).toMatchObject({ status: 'failed', reason: aJobError().message });
  });

  test('waits where a piece failed that one encode may not need, and its error is not the job’s', () => {
    const task = aTask({ id: 'chunk0-mp4', commands, writes: [], partOf: ['mp4'], cut: ['mp4'] });
    const error = aJobError({ code: 'encode.verify_failed' });
    const failed = piece('chunk0-mp4', { task, state: 'failed', claim: aClaim(), phase: 'checking', error });
    expect(outputStates(job, [failed, join])['mp4']).toMatchObject({ status: 'waiting', reason: null });
    const replanned = running({ plan: { ...plan, stages: [['make-mp4']] } });
    expect(firstTaskError(replanned, [failed])).toBeNull();
    const limit = piece('chunk0-mp4', { ...failed, error: aJobError({ code: 'limit.storage' }) });
    expect(outputStates(job, [limit, join])['mp4']).toMatchObject({ status: 'failed' });
  });
});

describe('a live output', () => {
  test('waits until it is planned', () => {
    expect(outputStates(aJob(), [])).toMatchObject({ mp4: { status: 'waiting', progress: 0, files: [] } });
  });

  test('shows phase and progress of its task', () => {
    expect(outputStates(running(), [encoding()])).toMatchObject({
      mp4: { status: 'running', phase: 'encoding', progress: 0.4 },
    });
  });

  test('that is made shows no file before the job has ended (S9)', () => {
    expect(outputStates(running(), [made])).toMatchObject({ mp4: { status: 'succeeded', progress: 1, files: [] } });
  });

  test('waits again where an earlier attempt was interrupted', () => {
    expect(outputStates(running({ attempt: 2 }), [encoding()])).toMatchObject({
      mp4: { status: 'waiting', progress: 0 },
    });
    expect(outputStates(running({ attempt: 2 }), [broken])).toMatchObject({ mp4: { status: 'waiting' } });
  });

  test('that is skipped says why', () => {
    const job = running({
      plan: { hash: 'h', round: 1, complete: true, stages: [], skipped: { mp4: 'no sound' }, warnings: [], reused: {} },
    });
    expect(outputStates(job, [])).toMatchObject({ mp4: { status: 'skipped', reason: 'no sound' } });
  });

  test('is not made of tasks that an earlier plan left behind', () => {
    const left = aTaskRecord({ ...made, id: 'old', task: aTask({ id: 'old' }) });
    expect(outputStates(running(), [left, encoding()])).toMatchObject({ mp4: { status: 'running', progress: 0.4 } });
  });

  test('of several tasks is as far as their mean', () => {
    const second = encoding({ id: 'encode-2', task: aTask({ id: 'encode-2' }), progress: 0.2 });
    const job = running({
      plan: {
        hash: 'h',
        round: 1,
        complete: true,
        stages: [['encode-1', 'encode-2']],
        skipped: {},
        warnings: [],
        reused: {},
      },
    });
    expect(outputStates(job, [made, second])).toMatchObject({ mp4: { status: 'running', progress: 0.6 } });
  });
});

describe('what is frozen', () => {
  test.each([
    ['finished', made, 'succeeded', 1],
    ['finished', encoding(), 'failed', 0],
    ['failed', made, 'succeeded', 1],
    ['failed', encoding(), 'canceled', 0],
    ['failed', broken, 'failed', 0],
    ['canceled', made, 'canceled', 0],
    ['canceled', encoding(), 'canceled', 0],
  ] as const)('of a job that %s (%#): the output is %s with %d files', (ending, task, status, files) => {
    const { mp4 } = frozenOutputs(running(), [task], ending);
    expect(mp4?.status).toBe(status);
    expect(mp4?.files).toHaveLength(files);
  });

  test('lists no file of an output that is not stored', () => {
    const spec = aSpec({ outputs: { mp4: { type: 'video', store: false } } });
    expect(frozenOutputs(running({ spec }), [made], 'finished')).toMatchObject({
      mp4: { status: 'succeeded', files: [] },
    });
  });

  test('is what an ended job shows, whatever its tasks say', () => {
    const outputs = frozenOutputs(running(), [made], 'finished');
    const ended = running({ status: 'succeeded', outputs });
    expect(outputStates(ended, [])).toEqual(outputs);
    expect(jobProgress(ended, [])).toBe(1);
  });
});

describe('inputs', () => {
  const fetching = (overrides: Partial<TaskRecord>): TaskRecord =>
    aTaskRecord({ task: aFetchTask(), claim: aClaim({ taskId: 'input-video' }), ...overrides });

  test('are ready with their probe, or failed', () => {
    const ready = fetching({ state: 'succeeded', result: aFetchResult() });
    expect(inputStates(running(), [ready])).toMatchObject({ video: { status: 'ready', sha256: 'b'.repeat(64) } });
    const failed = fetching({ state: 'failed', error: aJobError() });
    expect(inputStates(running(), [failed])).toMatchObject({ video: { status: 'failed', probe: null } });
    expect(inputStates(running(), [])).toMatchObject({ video: { status: 'waiting' } });
  });
});

describe('a job', () => {
  test('is never quite done before it has ended (S8)', () => {
    expect(jobProgress(running(), [made])).toBe(0.99);
    expect(jobProgress(running(), [encoding()])).toBe(0.4);
    expect(jobProgress(aJob(), [])).toBe(0);
  });

  test('weighs its tasks by what they write', () => {
    const long = aTask({ id: 'encode-2', commands: [{ arguments: [], progressSeconds: 15 }] });
    const job = running({
      plan: {
        hash: 'h',
        round: 1,
        complete: true,
        stages: [['encode-1', 'encode-2']],
        skipped: {},
        warnings: [],
        reused: {},
      },
    });
    expect(jobProgress(job, [made, aTaskRecord({ task: long })])).toBe(0.25);
  });

  test('sums the seconds of its tasks by phase', () => {
    const fetched = aTaskRecord({ task: aFetchTask(), result: aFetchResult() });
    expect(jobTimings(running(), [fetched, made, made])).toEqual({ queued: 2, download: 0.1, probe: 0.1, encode: 3 });
  });

  test('tells the failure with the code that ended it, else the first of the present attempt', () => {
    const early = encoding({ state: 'failed', endedAt: at(1), error: aJobError({ code: 'platform.internal' }) });
    const late = encoding({ state: 'failed', endedAt: at(5), error: aJobError({ code: 'encode.failed' }) });
    const old = encoding({
      state: 'failed',
      claim: aClaim({ attempt: 3 }),
      error: aJobError({ code: 'limit.storage' }),
    });
    expect(firstTaskError(running(), [late, early, old])?.code).toBe('platform.internal');
    expect(firstTaskError(running(), [late, early, old], 'encode.failed')?.code).toBe('encode.failed');
    expect(firstTaskError(running(), [old])).toBeNull();
  });
});
