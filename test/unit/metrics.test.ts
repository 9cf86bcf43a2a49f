import { describe, expect, test } from 'vitest';
import { emfMetrics } from '#adapters/cloudwatch/metrics.ts';
import { manualClock } from '#adapters/memory/clock.ts';
import { memoryJobStore } from '#adapters/memory/job-store.ts';
import { recordingMetrics } from '#adapters/memory/metrics.ts';
import { Failure } from '#core/failures.ts';
import type { JobCost } from '#core/job/cost.ts';
import { type Labels, type MetricName, metricNames, metrics } from '#core/ports/metrics.ts';
import { measuredJobs, measureQueue } from '#core/usecases/measure-jobs.ts';
import { measuredMedia } from '#core/usecases/measure-media.ts';
import { measuredTask } from '#core/usecases/measure-task.ts';
import { apiHarness } from '#test/support/api.ts';
import { readEmf } from '#test/support/emf.ts';
import { aFetchTask, aJob, aJobError, aResult, aTask, at, jobId } from '#test/support/records.ts';
import { world } from '../workflow/harness.ts';

/** A value of each label. */
const some = <Name extends MetricName>(name: Name): Labels<Name> =>
  Object.fromEntries(metrics[name].labels.map((label) => [label, `a-${label}`])) as Labels<Name>; // true: all of its labels

describe('what is measured', () => {
  test('has the seven names of the converter, with its buckets', () => {
    expect(metricNames.slice(0, 7)).toEqual([
      'api_requests_total',
      'api_request_duration_seconds',
      'api_ingestion_rate_total',
      'worker_jobs_processed_total',
      'worker_conversion_time_seconds',
      'worker_failure_rate_total',
      'worker_active_jobs',
    ]);
    const bucketsOf = (name: MetricName) => [metrics[name].buckets?.[0], metrics[name].buckets?.at(-1)];
    expect(bucketsOf('api_request_duration_seconds')).toEqual([0.01, 10]);
    expect(bucketsOf('worker_conversion_time_seconds')).toEqual([1, 3600]);
  });

  test('has no label that could be an id, an owner or a name that somebody chose', () => {
    const labels = new Set(metricNames.flatMap((name) => metrics[name].labels));
    expect([...labels].sort()).toEqual(['code', 'kind', 'method', 'outcome', 'route', 'source', 'status']);
    for (const name of metricNames)
      expect(metrics[name].labels, name).toEqual(expect.arrayContaining([...metrics[name].dimensions]));
  });
});

describe('in CloudWatch', () => {
  test.each(metricNames)('%s is a line that becomes a metric, by stage and by each of its dimensions', (name) => {
    const lines: string[] = [];
    emfMetrics({ stage: 'prod', write: (line) => lines.push(line), now: () => 1_764_000_000_000 }).record(
      name,
      2.5,
      some(name),
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]?.endsWith('\n')).toBe(true);
    expect(readEmf(lines[0] ?? '')).toEqual([
      {
        namespace: 'Kinoduct',
        name,
        unit: { count: 'Count', seconds: 'Seconds', usd: 'None' }[metrics[name].unit],
        value: 2.5,
        under: [
          { stage: 'prod' },
          ...metrics[name].dimensions.map((dimension) => ({ stage: 'prod', [dimension]: `a-${dimension}` })),
        ],
      },
    ]);
  });

  test('labels that are no dimensions stay in the line, for a search', () => {
    const lines: string[] = [];
    const inCloudWatch = emfMetrics({ stage: 'prod', write: (line) => lines.push(line) });
    inCloudWatch.record('api_requests_total', 1, { method: 'GET', route: '/v1/jobs/{id}', status: '200' });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ method: 'GET', route: '/v1/jobs/{id}' });
  });
});

describe('a request', () => {
  const routesOf = ({ metrics: { recorded } }: ReturnType<typeof apiHarness>) =>
    recorded.filter(({ name }) => name === 'api_requests_total').map(({ labels }) => labels);

  test('is counted by method, route and status, whatever its ids', async () => {
    const api = apiHarness({ jobs: [aJob()] });
    await api.call('GET', `/v1/jobs/${jobId(1)}`, { owner: 'ana' });
    await api.call('GET', `/v1/jobs/${jobId(2)}`, { owner: 'ben' });
    expect(routesOf(api)).toEqual([
      { method: 'GET', route: '/v1/jobs/{id}', status: '200' },
      { method: 'GET', route: '/v1/jobs/{id}', status: '404' },
    ]);
    const times = api.metrics.recorded.filter(({ name }) => name === 'api_request_duration_seconds');
    expect(new Set(times.map(({ labels }) => JSON.stringify(labels)))).toEqual(
      new Set(['{"method":"GET","route":"/v1/jobs/{id}"}']),
    );
  });

  test('for what is not there is one of a kind, whatever it asks for', async () => {
    const api = apiHarness();
    for (const path of ['/wp-admin', '/v1/jobs/x/y/z']) await api.call('GET', path);
    await api.call('PATCH', '/v1/jobs');
    expect(routesOf(api)).toEqual([
      { method: 'other', route: 'none', status: '404' },
      { method: 'other', route: 'none', status: '404' },
      { method: 'other', route: 'none', status: '405' },
    ]);
  });

  test('is logged with its job, and with the trace of whoever sent it', async () => {
    const api = apiHarness({ jobs: [aJob()] });
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    await api.call('GET', `/v1/jobs/${jobId(1)}`, {
      headers: { traceparent: `00-${trace}-00f067aa0ba902b7-01` },
    });
    await api.call('GET', '/', { headers: { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` } });
    const [first, second] = api.log.entries.filter(({ message }) => message === 'request');
    expect(first?.fields).toMatchObject({
      jobId: jobId(1),
      callerTraceId: trace,
      path: `/v1/jobs/${jobId(1)}`,
    });
    expect(second?.fields).not.toHaveProperty('callerTraceId');
  });
});

describe('a run of a task', () => {
  const run = (work: () => Promise<ReturnType<typeof aResult>>, task: Parameters<typeof measuredTask>[1] = aTask()) => {
    const clock = manualClock(at(0));
    const metrics = recordingMetrics();
    const timed = () => {
      clock.advance(90_000);
      return work();
    };
    return { metrics, ended: measuredTask({ metrics, clock }, task, timed) };
  };

  test('that succeeded gives its time, and that of encoding, download and upload', async () => {
    const timings = { download: 1, encode: 70, verify: 2, upload: 3 };
    const { metrics, ended } = run(async () => aResult({ timings }));
    await ended;
    expect(metrics.recorded).toEqual([
      { name: 'worker_task_seconds', value: 90, labels: { kind: 'make', outcome: 'succeeded' } },
      { name: 'worker_download_time_seconds', value: 1, labels: {} },
      { name: 'worker_upload_time_seconds', value: 3, labels: {} },
      { name: 'worker_conversion_time_seconds', value: 70, labels: {} },
    ]);
  });

  test('that made an input is no conversion', async () => {
    const { metrics, ended } = run(async () => aResult({ timings: { encode: 5 } }), aFetchTask());
    await ended;
    expect(metrics.recorded.map(({ name }) => name)).toEqual(['worker_task_seconds']);
  });

  test.each([
    [new Failure('encode.failed'), 'failed', 'encode.failed'],
    [new TypeError('x is not a function'), 'failed', 'platform.internal'],
    [new Failure('conflict.state'), 'lost', undefined],
  ])('that ended with %s is %s', async (error, outcome, code) => {
    const { metrics, ended } = run(() => Promise.reject(error));
    await expect(ended).rejects.toBe(error);
    expect(metrics.recorded).toEqual([
      { name: 'worker_task_seconds', value: 90, labels: { kind: 'make', outcome } },
      ...(code ? [{ name: 'worker_failure_rate_total', value: 1, labels: { kind: 'make', code } }] : []),
    ]);
  });

  test('gives the processor time of FFmpeg, where the machine can tell', async () => {
    const metrics = recordingMetrics();
    const how = { exitCode: 0, endedBy: 'exit', stderrTail: '', errorLines: 0 } as const;
    const media = (cpuSeconds: number | null) =>
      measuredMedia({ engine: never, probe: never, run: async () => ({ ...how, cpuSeconds }) }, metrics);
    const never = (): never => {
      throw new Error('nobody asks for it');
    };
    const options = { folder: '', limits: aTask().limits };
    for (const cpuSeconds of [1.5, null]) await media(cpuSeconds).run({ arguments: [], progressSeconds: 1 }, options);
    expect(metrics.recorded).toEqual([{ name: 'worker_cpu_seconds_total', value: 1.5, labels: {} }]);
  });
});

describe('a job', () => {
  test('is counted when it is accepted and when it ends, once each', async () => {
    const metrics = recordingMetrics();
    const jobs = measuredJobs(memoryJobStore(), metrics);
    await jobs.create(aJob());
    const queued = await jobs.get(jobId(1));
    if (!queued) throw new Error('it was not stored');
    const running = await jobs.update({ ...queued, status: 'running', attempt: 1, startedAt: at(5) });
    const end = { ...running, status: 'failed' as const, error: aJobError({ code: 'input.corrupt' }), endedAt: at(60) };
    await jobs.update(end);
    await expect(jobs.update(end)).rejects.toMatchObject({ code: 'conflict.state' });
    expect(metrics.recorded).toEqual([
      { name: 'api_ingestion_rate_total', value: 1, labels: { source: 'api' } },
      { name: 'worker_jobs_processed_total', value: 1, labels: { status: 'failed' } },
      { name: 'job_seconds', value: 60, labels: { status: 'failed' } },
      { name: 'job_failures_total', value: 1, labels: { code: 'input.corrupt' } },
    ]);
  });

  test.each([
    ['on AWS', { actual: 0.0023, onAws: null }, [0.0023]],
    ['on one machine what it would have cost there', { actual: 0, onAws: 0.0031 }, [0.0031]],
    ['nothing where it was not measured', { actual: null, onAws: null }, []],
  ])('that ends tells what it cost: %s', async (_, cost, told) => {
    const metrics = recordingMetrics();
    const job = aJob({ status: 'running', attempt: 1 });
    const planned: JobCost = { currency: 'USD', estimate: 0.01, pricesAsOf: '2026-11-01', items: [], ...cost };
    await measuredJobs(memoryJobStore([job]), metrics).update({
      ...job,
      status: 'succeeded',
      cost: planned,
    });
    const costs = metrics.recorded.filter(({ name }) => name === 'job_cost_usd');
    expect(costs.map(({ value }) => value)).toEqual(told);
  });

  test('that cannot be stored is not counted', async () => {
    const metrics = recordingMetrics();
    const jobs = measuredJobs(memoryJobStore([aJob()]), metrics);
    await expect(jobs.create(aJob())).rejects.toMatchObject({ code: 'conflict.state' });
    expect(metrics.recorded).toEqual([]);
  });
});

describe('the queue', () => {
  test('is measured when the schedule says so', async () => {
    const jobs = [
      aJob({ createdAt: at(0) }),
      aJob({ id: jobId(2), createdAt: at(30), status: 'running', attempt: 1 }),
      aJob({ id: jobId(3), createdAt: at(40) }),
    ];
    const { workflowFunction, metrics, clock } = world({ jobs });
    clock.advance(Date.parse(at(90)) - clock.now());
    await workflowFunction({ step: 'measure' });
    expect(metrics.recorded).toEqual([
      { name: 'queue_depth', value: 2, labels: {} },
      { name: 'worker_active_jobs', value: 1, labels: {} },
      { name: 'queue_oldest_age_seconds', value: 90, labels: {} },
    ]);
  });

  test('is nothing where there is nothing to do', async () => {
    const metrics = recordingMetrics();
    await measureQueue({ jobs: memoryJobStore(), metrics, clock: manualClock() });
    expect(metrics.recorded.map(({ value }) => value)).toEqual([0, 0, 0]);
  });
});
