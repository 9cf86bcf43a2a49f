import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endedJob, frozenOutputs } from '#core/job/progress.ts';
import type { JobRecord, TaskRecord } from '#core/job/state.ts';
import { JobSummary, jobSummary, JobView, jobView } from '#core/job/view.ts';
import {
  aClaim,
  aFetchResult,
  aFetchTask,
  aJob,
  aProbe,
  aResult,
  aSpec,
  aTask,
  aTaskRecord,
  at,
  jobId,
} from '#test/support/records.ts';

const now = Date.parse(at(30));

const spec = aSpec({
  name: 'holiday',
  outputs: { mp4: { type: 'video' }, gif: { type: 'preview' }, audio: { type: 'audio' } },
});
const plan = {
  hash: 'h',
  round: 1,
  complete: true,
  stages: [['encode-1', 'encode-2']],
  skipped: { audio: 'The source has no sound.' },
  reused: {},
  warnings: ['w'],
};
const running = aJob({ status: 'running', attempt: 1, version: 3, startedAt: at(10), spec, plan });

const write = (output: string) => ({ output, file: `${output}.bin`, contentType: 'video/mp4', expects: {} });
const long = aTask({ commands: [{ arguments: [], progressSeconds: 90 }], writes: [write('mp4')] });
const short = aTask({ id: 'encode-2', commands: [{ arguments: [], progressSeconds: 10 }], writes: [write('gif')] });

const tasks = (progress: number): TaskRecord[] => [
  aTaskRecord({ task: aFetchTask(), state: 'succeeded', version: 3, result: aFetchResult(), claim: aClaim() }),
  aTaskRecord({ task: long, state: 'running', version: 5, phase: 'encoding', progress, claim: aClaim() }),
  aTaskRecord({ task: short, state: 'succeeded', version: 4, progress: 1, result: aResult(), claim: aClaim() }),
];

const check = (job: JobRecord, records: readonly TaskRecord[]): JobView => {
  const view = jobView(job, records, now);
  expect(JobView.parse(view)).toEqual(view);
  expect(JobSummary.parse(jobSummary(job, records))).toBeDefined();
  return view;
};

describe('a job as its owner sees it', () => {
  test('while it runs: progress by the seconds that each task writes, and when it will end', () => {
    const view = check(running, tasks(0.5));
    expect(view).toMatchObject({
      id: jobId(1),
      name: 'holiday',
      status: 'running',
      progress: 0.55,
      version: 15,
      // 20 s for 55 %
      eta: new Date(now + (20_000 * 0.45) / 0.55).toISOString(),
      plan: { hash: 'h', warnings: ['w'] },
      timings: { queued: 10, download: 0.1, probe: 0.1, encode: 1.5 },
      inputs: { video: { status: 'ready', sha256: 'b'.repeat(64) } },
      outputs: {
        mp4: { status: 'running', phase: 'encoding', progress: 0.5, files: [] },
        gif: { status: 'succeeded', files: [] },
        audio: { status: 'skipped', reason: 'The source has no sound.' },
      },
    });
  });

  test('shows what is to be known of an input', () => {
    const noted = aFetchResult();
    const input = noted.input && { ...noted.input, probe: aProbe({ notes: ['rotation 90° applied'] }) };
    const view = check(running, [aTaskRecord({ task: aFetchTask(), state: 'succeeded', result: { ...noted, input } })]);
    expect(view.inputs['video']?.notes).toEqual(['rotation 90° applied']);
  });

  test('before it runs: nothing is known yet', () => {
    expect(check(aJob(), [])).toMatchObject({ progress: 0, eta: null, version: 1, plan: null, startedAt: null });
  });

  test('progress is 1 only when it succeeded, and never falls within an attempt', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }), (reports) => {
        let progress = 0;
        let before = 0;
        for (const report of reports) {
          progress = Math.max(progress, report);
          const shown = jobView(running, tasks(progress), now).progress;
          expect(shown).toBeGreaterThanOrEqual(before);
          expect(shown).toBeLessThan(1);
          before = shown;
        }
        const view = jobView({ ...running, status: 'succeeded' }, tasks(1), now);
        expect(view.progress).toBe(1);
      }),
    );
  });

  test('the version rises with every write to the job or to a task', () => {
    const [fetch, encode, ...others] = tasks(0.5);
    const before = jobView(running, tasks(0.5), now).version;
    const beat = [fetch!, { ...encode!, version: encode!.version + 1 }, ...others];
    expect(jobView(running, beat, now).version).toBe(before + 1);
    expect(jobView({ ...running, version: 4 }, beat, now).version).toBe(before + 2);
  });
});

test('of a stream with very many files the first thousand are listed, and counted all', () => {
  const files = Array.from({ length: 2500 }, (_, n) => ({
    ...{ name: `v${n}.m4s`, key: `outputs/v${n}`, bytes: 1, type: 'video/mp4', sha256: null },
  }));
  const tasks = [
    aTaskRecord({ state: 'succeeded', claim: aClaim(), result: aResult({ outputs: { mp4: { files } } }) }),
  ];
  const job = aJob({ status: 'running', attempt: 1, plan: { ...plan, stages: [['encode-1']] } });
  const ended = endedJob(job, tasks, {
    ...{ status: 'succeeded', outputs: frozenOutputs(job, tasks, 'finished'), error: null, at: at(20) },
  });
  const view = check(ended, []);
  expect(view.outputs['mp4']).toMatchObject({ fileCount: 2500 });
  expect(view.outputs['mp4']?.files).toHaveLength(1000);
});
