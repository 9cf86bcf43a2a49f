import { describe, expect, test } from 'vitest';
import { JobSpec } from '#core/job/spec.ts';
import type { JobRecord, OutputState } from '#core/job/state.ts';
import { frozenOutputs, outputStates } from '#core/job/progress.ts';
import { jobView } from '#core/job/view.ts';
import { aJob, anUpload, aTask, aTaskRecord, jobId, uploadId } from '#test/support/records.ts';
import { apiHarness } from '#test/support/api.ts';

const inputs = Object.fromEntries(
  ['a1', 'a2', 'b1', 'bg1', 'bg2'].map((name, n) => [name, { upload: uploadId(n + 1) }]),
);
const spec = JobSpec.parse({
  seed: 7,
  inputs,
  matrix: { axes: { one: ['a1', 'a2'], two: ['b1'] } },
  outputs: {
    ad: {
      type: 'video',
      from: { concat: ['$one', '$two'] },
      audio: [{ from: { pick: ['bg1', 'bg2'] }, loop: true }],
      store: false,
    },
    poster: { type: 'image', from: 'ad' },
    sound: { type: 'audio', from: 'b1' },
  },
});

describe('the state of a job with variants', () => {
  test('names each variant, what it is and what it picked', () => {
    const job = aJob({ spec });
    const view = jobView(job, [], 0);
    expect(Object.keys(view.outputs)).toEqual(['ad-1', 'ad-2', 'poster-1', 'poster-2', 'sound']);
    expect(view.outputs['poster-2']?.variant).toEqual({ n: 2, axes: { one: 'a2', two: 'b1' } });
    expect(view.outputs['sound']?.variant).toBeNull();
    expect(Object.keys(view.picks)).toEqual(['ad-1', 'ad-2']);
    expect(view.picks['ad-1']?.['/audio/0/from']).toMatch(/^bg[12]$/);
    expect(jobView(job, [], 0).picks).toEqual(view.picks);
  });

  test('follows the tasks of each variant, and lists no file of an intermediate', () => {
    const job = aJob({ spec, status: 'running', attempt: 1 });
    expect(outputStates(job, [])).toMatchObject({
      'ad-1': { status: 'waiting', store: false },
      'poster-1': { store: true },
    });
    expect(Object.keys(frozenOutputs(job, [], 'failed'))).toHaveLength(5);
  });

  test('of a thousand variants lists all of them', () => {
    const axes = Object.fromEntries(
      ['one', 'two', 'three'].map((axis) => [axis, Array.from({ length: 10 }, (_, n) => ({ clip: 'a1', end: n + 1 }))]),
    );
    const large = JobSpec.parse({
      inputs,
      limits: { maxVariants: 1000 },
      matrix: { axes },
      outputs: { ad: { type: 'video', from: { concat: ['$one', '$two', '$three'] } } },
    });
    const ids = Array.from({ length: 1000 }, (_, n) => `make-ad-${n + 1}`);
    const plan = { hash: 'h', round: 1, complete: true, stages: [ids], skipped: {}, warnings: [], reused: {} };
    const job = aJob({ spec: large, status: 'running', attempt: 1, plan });
    const tasks = ids.map((id, n) => {
      const base = aTask();
      const writes = base.writes.map((write) => ({ ...write, output: `ad-${n + 1}` }));
      return aTaskRecord({ id, task: { ...base, id, writes } });
    });
    expect(Object.keys(jobView(job, tasks, 0).outputs)).toHaveLength(1000);
  });
});

describe('submitting and retrying variants', () => {
  const uploads = Object.keys(inputs).map((_, n) => {
    const [id, key] = [uploadId(n + 1), `uploads/ana/${uploadId(n + 1)}/source`];
    return anUpload({ id, key, state: 'complete', object: { key, etag: 'e', bytes: 1 } });
  });
  const output = (overrides: Partial<OutputState>): OutputState => ({
    status: 'succeeded',
    phase: 'done',
    progress: 1,
    files: [],
    attestation: null,
    warnings: [],
    reason: null,
    store: true,
    reused: false,
    ...overrides,
  });
  const failed = output({ status: 'failed' });
  const ended: JobRecord = aJob({
    status: 'partial',
    spec,
    outputs: { 'ad-1': output({}), 'ad-2': failed, 'poster-1': output({}), 'poster-2': failed, sound: output({}) },
  });

  test('a retry makes the variants that failed, under their names and with their picks', async () => {
    const { call, jobs } = apiHarness({ jobs: [ended], uploads });
    const { status, json } = await call('POST', `/v1/jobs/${jobId(1)}/retry`);
    expect(status).toBe(202);
    const again = await jobs.get(json.id);
    expect(again?.spec.matrix?.only).toEqual([2]);
    expect(Object.keys(json.outputs)).toEqual(['ad-2', 'poster-2']);
    expect(json.picks['ad-2']).toEqual(jobView(ended, [], 0).picks['ad-2']);
  });

  test('a declared name stands for all its variants; what does not vary needs no matrix', async () => {
    const { call, jobs } = apiHarness({ jobs: [ended], uploads });
    const all = await call('POST', `/v1/jobs/${jobId(1)}/retry`, { body: { outputs: ['ad'] } });
    expect(Object.keys(all.json.outputs)).toEqual(['ad-1', 'ad-2']);
    const one = await call('POST', `/v1/jobs/${jobId(1)}/retry`, { body: { outputs: ['sound'] } });
    expect(Object.keys(one.json.outputs)).toEqual(['sound']);
    const { spec: kept } = (await jobs.get(one.json.id)) ?? ended;
    expect([kept.matrix, Object.keys(kept.inputs)]).toEqual([undefined, ['b1']]);
    const none = await call('POST', `/v1/jobs/${jobId(1)}/retry`, { body: { outputs: ['ad-3'] } });
    expect([none.status, none.json.errors[0].pointer]).toEqual([422, '/outputs/0']);
  });

  test('a job that picks records its seed', async () => {
    const { call, jobs } = apiHarness({ uploads });
    const { seed: _, ...unseeded } = spec;
    const { json } = await call('POST', '/v1/jobs', { body: unseeded });
    const stored = await jobs.get(json.id);
    expect(stored?.spec.seed).toBeTypeOf('number');
    expect(stored && jobView(stored, [], 0).picks).toEqual(json.picks);
  });
});
