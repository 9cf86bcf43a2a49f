import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '#core/failures.ts';
import { deliveryPath } from '#core/job/delivery-path.ts';
import { liveDeliveries } from '#core/job/deliveries.ts';
import type { DeliverTask } from '#core/job/plan.ts';
import type { OutputFile } from '#core/job/task-result.ts';
import { type JobRecord, JobRecord as JobRecordSchema } from '#core/job/state.ts';
import type { JobSpec } from '#core/job/spec.ts';
import { planDeliveries } from '#core/usecases/plan-deliveries.ts';
import { aClaim, aJob, aResult, aSpec, aTask, aTaskRecord, at, jobId, runId } from '#test/support/records.ts';
import { memoryJobStore } from '#adapters/memory/job-store.ts';
import { sha256, startTransfer, type TestTransfer } from '#test/support/transfer.ts';

const file = (name: string): OutputFile => ({
  name,
  key: `outputs/ana/${jobId(1)}/encode-1/${runId(1)}/${name}`,
  bytes: 4,
  type: 'video/mp4',
  sha256: sha256('film'),
});

const made = (output: string, id: string, ...names: readonly string[]) =>
  aTaskRecord({
    task: aTask({ id, writes: [{ output, file: names[0] ?? '', contentType: 'video/mp4', expects: {} }] }),
    state: 'succeeded',
    claim: aClaim({ taskId: id }),
    result: aResult({ outputs: { [output]: { files: names.map(file) } } }),
  });

const planned = { hash: 'h', round: 1, complete: true, skipped: {}, warnings: [], reused: {} };
const running = (spec: JobSpec, ...tasks: readonly string[]): JobRecord =>
  aJob({ status: 'running', attempt: 1, spec, plan: { ...planned, stages: [[...tasks]] } });

describe('the path of a delivered file', () => {
  const job = aJob({ spec: aSpec({ name: '../a/b' }) });
  const path = (options: Partial<Parameters<typeof deliveryPath>[1]>) =>
    deliveryPath(job, { folder: undefined, path: undefined, output: 'mp4', name: 'mp4.mp4', isOnly: true, ...options });

  test.each([
    ['is its name', {}, 'mp4.mp4'],
    ['lies in the folder of the delivery', { folder: 'out' }, 'out/mp4.mp4'],
    ['is what the output says', { folder: 'out/', path: 'films/{output}.mp4' }, 'out/films/mp4.mp4'],
    ['keeps its name in a folder that the output says', { path: 'films/' }, 'films/mp4.mp4'],
    ['of an output of several lies in a folder of the output', { isOnly: false, name: 'seg1.m4s' }, 'mp4/seg1.m4s'],
    ['of an output of several keeps its name', { isOnly: false, name: 'seg1.m4s', path: 'a/b.m3u8' }, 'a/seg1.m4s'],
    ['never leads up', { folder: '../..//x/./', path: '{job.name}/../{output}' }, 'x/-a-b/mp4'],
  ])('%s', (_what, options, expected) => {
    expect(path(options)).toBe(expected);
  });
});

describe('what is to be delivered', () => {
  const twice: JobSpec = aSpec({
    outputs: { mp4: { type: 'video' }, part: { type: 'video', store: false }, hls: { type: 'stream' } },
    deliver: [{ to: 's3://b' }, { to: 'https://example.com/x', outputs: ['part'], secret: 'key' }],
  });
  const records = [made('mp4', 'a', 'mp4.mp4'), made('part', 'b', 'part.mp4'), made('hls', 'c', 'm.m3u8', 's1.m4s')];
  const stage = (spec: JobSpec, tasks = records) => ({ jobs: memoryJobStore([running(spec, 'a', 'b', 'c')], tasks) });

  test('is every file of what is stored, and what a delivery names', async () => {
    const deps = stage(twice);
    expect(await planDeliveries(deps, { jobId: jobId(1), attempt: 1 })).toEqual({
      groups: [['deliver-1-1', 'deliver-1-2', 'deliver-1-3', 'deliver-2-1']],
    });
    const tasks = (await deps.jobs.tasks(jobId(1))).flatMap(({ task }) => (task.kind === 'deliver' ? task : []));
    expect(tasks.map(({ to, output, path }) => [to, output, path])).toEqual([
      ['s3://b', 'mp4', 'mp4.mp4'],
      ['s3://b', 'hls', 'hls/m.m3u8'],
      ['s3://b', 'hls', 'hls/s1.m4s'],
      ['https://example.com/x', 'part', 'part.mp4'],
    ]);
    expect(tasks.at(-1)?.secret).toBe('key');
  });

  test('is nothing of an output that was not finished', async () => {
    const half = [records[0], aTaskRecord({ task: aTask({ id: 'b', writes: [] }) }), records[2]].flatMap(
      (r) => r ?? [],
    );
    const deps = stage({ ...twice, deliver: [{ to: 's3://b', outputs: ['part', 'mp4'] }] }, half);
    expect(await planDeliveries(deps, { jobId: jobId(1), attempt: 1 })).toEqual({ groups: [['deliver-1-1']] });
  });

  test('is nothing of an output of which a part is missing', async () => {
    const part = aTaskRecord({
      task: aTask({ id: 'b', writes: [{ output: 'mp4', file: 'x', contentType: 'video/mp4', expects: {} }] }),
    });
    const deps = stage({ ...twice, deliver: [{ to: 's3://b', outputs: ['mp4'] }] }, [
      made('mp4', 'a', 'mp4.mp4'),
      part,
    ]);
    expect(await planDeliveries(deps, { jobId: jobId(1), attempt: 1 })).toEqual({ groups: [] });
  });

  test('is not what was delivered before, and repeating it changes nothing', async () => {
    const deps = stage(twice);
    await planDeliveries(deps, { jobId: jobId(1), attempt: 1 });
    const claim = aClaim({ taskId: 'deliver-1-2' });
    await deps.jobs.claimTask(claim, { now: at(1), leaseUntil: at(60) });
    const delivered = { url: null, id: null, bytes: 4 };
    const nothing = { warnings: [], timings: {}, stderrTail: '' };
    await deps.jobs.finishTask(claim, { at: at(2), result: { ...nothing, delivered } });
    expect(await planDeliveries(deps, { jobId: jobId(1), attempt: 1 })).toEqual({
      groups: [['deliver-1-1', 'deliver-1-3', 'deliver-2-1']],
    });
  });

  test('is a variant of an output under its own number', async () => {
    const spec = aSpec({
      inputs: { a: { test: { seconds: 1 } }, b: { test: { seconds: 1 } } },
      matrix: { axes: { clip: ['a', 'b'] } },
      outputs: { ad: { type: 'video', from: '$clip', path: 'out{variant}.mp4' } },
      deliver: [{ to: 's3://b', outputs: ['ad'] }],
    });
    const deps = stage(spec, [made('ad-1', 'a', 'ad-1.mp4'), made('ad-2', 'b', 'ad-2.mp4')]);
    await planDeliveries(deps, { jobId: jobId(1), attempt: 1 });
    const paths = (await deps.jobs.tasks(jobId(1))).flatMap(({ task }) => (task.kind === 'deliver' ? task.path : []));
    expect(paths).toEqual(['out1.mp4', 'out2.mp4']);
  });

  test('cannot be planned by an attempt that is over', async () => {
    await expect(planDeliveries(stage(twice), { jobId: jobId(1), attempt: 2 })).rejects.toMatchObject({
      code: 'conflict.state',
    });
  });
});

describe('a delivery', () => {
  let transfer: TestTransfer;
  const task: DeliverTask = {
    kind: 'deliver',
    id: 'deliver-1-1',
    delivery: 0,
    to: 'https://user:word@example.com/in?token=hush#x',
    secret: 'key',
    output: 'mp4',
    file: 'mp4.mp4',
    path: 'a/film.mp4',
  };
  const start = async (body = 'film') => {
    const record = made('mp4', 'a', 'mp4.mp4');
    const jobs = memoryJobStore([running(aSpec({ name: 'Summer' }), 'a')], [record]);
    transfer = await startTransfer({ jobs });
    await transfer.deps.objects.write(file('mp4.mp4').key, body, { contentType: 'video/mp4' });
  };
  beforeEach(() => start());
  afterEach(() => transfer.close());

  test('gives the target the file, its secret, and a key that is the same for every attempt', async () => {
    const result = await transfer.run(task);
    expect(result?.delivered).toEqual({ url: 'https://example.com/there', id: null, bytes: 4 });
    expect(transfer.taken[0]).toMatchObject({
      file: { bytes: 4, contentType: 'video/mp4', sha256: sha256('film'), path: 'a/film.mp4' },
      target: {
        to: task.to,
        secret: 'the secret key',
        title: 'Summer',
        idempotencyKey: `${jobId(1)}/0/mp4/mp4.mp4`,
      },
    });
  });

  test('of bytes that are not those that were checked is refused', async () => {
    await transfer.close();
    await start('fake');
    await expect(transfer.run(task)).rejects.toMatchObject({ code: 'platform.internal' });
    expect(transfer.taken).toEqual([]);
  });

  test('to what the deployment does not speak is refused', async () => {
    await expect(transfer.run({ ...task, to: 'ftp://example.com' })).rejects.toMatchObject({
      code: 'spec.unsupported',
    });
  });

  test('whose secret does not exist says so, and nothing is sent', async () => {
    await transfer.close();
    const jobs = memoryJobStore([running(aSpec(), 'a')], [made('mp4', 'a', 'mp4.mp4')]);
    const read = (): Promise<never> => Promise.reject(new Failure('spec.unknown_reference'));
    transfer = await startTransfer({ jobs, secrets: { read } });
    await expect(transfer.run(task)).rejects.toMatchObject({ code: 'spec.unknown_reference' });
    expect(transfer.taken).toEqual([]);
  });

  test('is shown without what may be a permission', async () => {
    await transfer.run(task);
    const job = running(aSpec(), 'a');
    const shown = liveDeliveries(job, await transfer.deps.jobs.tasks(jobId(1)));
    expect(shown).toEqual([
      {
        to: 'https://example.com/in',
        output: 'mp4',
        file: 'mp4.mp4',
        path: 'a/film.mp4',
        status: 'succeeded',
        url: 'https://example.com/there',
        error: null,
      },
    ]);
  });
});

test('a record from before there were deliveries is read as one without', () => {
  const { deliveries: _deliveries, ...old } = aJob();
  expect(JobRecordSchema.parse(old).deliveries).toEqual([]);
});
