/** What one sees of the local server: its metrics, what Grafana draws of them, and its log, over two whole jobs. */
import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '#cli/client.ts';
import type { JobView } from '#core/job/view.ts';
import { type MetricName, metricNames, metrics } from '#core/ports/metrics.ts';
import { type Clips, makeClips } from '#test/support/clips.ts';
import { type Origin, startOrigin } from '#test/support/origin.ts';
import { metricsIn, readMetrics } from '#test/support/prometheus.ts';
import { newDataFolder, removeFolder, type Server, startServer } from '#test/support/server.ts';
import { clientOf } from './deployment.ts';
import { slowVideo, smallImage } from './specs.ts';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
/** In the query of addresses that ana's jobs name. */
const queryToken = 'query-token-5ecre7';

let clips: Clips;
let dataFolder: string;
let server: Server;
let outside: Origin;
let ana: Client;
let made: JobView;
let failed: JobView;
/** Where a result was read from, as the server signed it. */
let signed: URL;

beforeAll(async () => {
  clips = await makeClips();
  dataFolder = await newDataFolder();
  // Nothing is there, and the receiver of webhooks is out of order.
  outside = await startOrigin(({ method }, response) => void response.writeHead(method === 'GET' ? 404 : 500).end());
  server = await startServer({ dataFolder, args: ['--private-hosts', outside.host] });
  ana = await clientOf(server, 'ana');
  const upload = await ana.upload(await clips.path('short.mp4'));
  // Slow, because CPU seconds are looked at every quarter of a second.
  const job = { inputs: { in: upload }, outputs: { small: slowVideo, still: { ...smallImage, from: 'in' } } };
  const notify = [{ webhook: `${outside.url}/hook?key=${queryToken}` }];
  const { id } = await ana.submit({ ...job, notify }, { traceparent: `00-${trace}-00f067aa0ba902b7-01` });
  made = await ana.ended(id);
  const missing = { url: `${outside.url}/clip.mp4?token=${queryToken}` };
  failed = await ana.ended((await ana.submit({ ...job, inputs: { in: missing } })).id);
  signed = new URL((await ana.request('GET', `/v1/jobs/${id}/outputs/small`)).headers.get('location') ?? '');
  await ana.output(id, 'small');
  await fetch(new URL('/nothing', server.url), { headers: { authorization: 'Bearer ana.not-the-token' } });
});

afterAll(async () => {
  await server.end('SIGTERM');
  await removeFolder(dataFolder);
  await outside[Symbol.asyncDispose]();
  await clips.close();
});

test('both jobs ended as this file needs them to, and a webhook could not be sent', async () => {
  expect([made.status, failed.status]).toEqual(['succeeded', 'failed']);
  expect(signed.searchParams.get('signature')).toMatch(/^[\w-]{40,}$/);
  const told = () => outside.asked.filter(({ method }) => method === 'POST').length;
  await expect.poll(told, { timeout: 10_000 }).toBeGreaterThan(0);
});

const scrape = async () => {
  const response = await fetch(new URL('/metrics', server.url));
  return { response, families: readMetrics(await response.text()) };
};

describe('GET /metrics', () => {
  test('prints every metric that there is, as Prometheus reads it, and asks for no token', async () => {
    const { response, families } = await scrape();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    for (const name of metricNames) expect(families.get(name)?.type, name).toBe(metrics[name].kind);
  });

  test('tells of both jobs what became of them', async () => {
    // A job is seen to have ended a moment before it is counted.
    const ended = async (): Promise<number> =>
      ((await scrape()).families.get('worker_jobs_processed_total')?.samples ?? []).reduce(
        (n, { value }) => n + value,
        0,
      );
    await expect.poll(ended, { timeout: 10_000 }).toBe(2);
    const { families } = await scrape();
    const samples = (name: MetricName) => families.get(name)?.samples ?? [];
    const sum = (name: MetricName, labels: Readonly<Record<string, string>> = {}): number =>
      samples(name)
        .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
        .reduce((total, { value }) => total + value, 0);
    expect(sum('api_ingestion_rate_total', { source: 'api' })).toBe(2);
    expect(sum('worker_jobs_processed_total', { status: 'succeeded' })).toBe(1);
    expect(sum('worker_jobs_processed_total', { status: 'failed' })).toBe(1);
    expect(sum('job_failures_total', { code: failed.error?.code ?? '' })).toBe(1);
    expect(sum('worker_failure_rate_total', { code: failed.error?.code ?? '' })).toBeGreaterThan(0);
    expect(sum('api_requests_total', { method: 'POST', route: '/v1/jobs', status: '202' })).toBe(2);
    expect(sum('worker_cpu_seconds_total')).toBeGreaterThan(0);
    const counted = (family: MetricName): number =>
      samples(family).reduce((total, { name, value }) => (name === `${family}_count` ? total + value : total), 0);
    const timed: readonly MetricName[] = [
      'api_request_duration_seconds',
      'worker_conversion_time_seconds',
      'worker_download_time_seconds',
      'worker_upload_time_seconds',
      'worker_task_seconds',
      'job_seconds',
      'job_cost_usd',
    ];
    for (const name of timed) expect(counted(name), name).toBeGreaterThan(0);
  });

  test('says that nothing waits any more, as soon as it has looked again', async () => {
    const left = async (): Promise<number> => {
      const { families } = await scrape();
      const gauges = ['queue_depth', 'worker_active_jobs', 'queue_oldest_age_seconds'] as const;
      return gauges.flatMap((name) => families.get(name)?.samples ?? []).reduce((sum, { value }) => sum + value, 0);
    };
    await expect.poll(left, { timeout: 10_000 }).toBe(0);
  });

  test('has few series, and none that names a job, an owner or an address', async () => {
    const text = await (await fetch(new URL('/metrics', server.url))).text();
    expect(text.split('\n').length).toBeLessThan(1000);
    for (const secret of [made.id, failed.id, 'ana', outside.host, queryToken]) expect(text).not.toContain(secret);
  });

  test('answers programs of this machine only, not pages that reach it by another name', async () => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const { port } = new URL(server.url);
    const headers = { host: 'evil.example' };
    httpRequest({ host: '127.0.0.1', port, path: '/metrics', headers }, ({ statusCode }) =>
      resolve(statusCode ?? 0),
    ).end();
    expect(await promise).toBe(421);
  });
});

describe('the Grafana dashboard', () => {
  interface Panel {
    readonly type: string;
    readonly title: string;
    readonly datasource?: { readonly uid: string };
    readonly targets?: readonly { readonly expr: string }[];
  }
  const file = (path: string): Promise<string> =>
    readFile(new URL(`../../observability/${path}`, import.meta.url), 'utf8');
  const panels = async (): Promise<readonly Panel[]> =>
    (JSON.parse(await file('grafana/dashboards/kinoduct.json')) as { panels: Panel[] }).panels; // true: a dashboard has panels

  test('has the sections of the one in CloudWatch', async () => {
    const rows = (await panels()).filter(({ type }) => type === 'row');
    expect(rows.map(({ title }) => title)).toEqual([
      'Throughput',
      'Queue and workers',
      'Errors',
      'Time',
      'Processor and memory',
      'Cost',
      'Requests',
    ]);
  });

  test('asks only for what the server prints', async () => {
    const { families } = await scrape();
    const printed = new Set([...families.values()].flatMap(({ series }) => series));
    const queries = (await panels()).flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    expect(queries.length).toBeGreaterThan(25);
    for (const query of queries) {
      expect(metricsIn(query).length, query).toBeGreaterThan(0);
      for (const name of metricsIn(query)) expect(printed, query).toContain(name);
    }
  });

  test('reads from the data source that is provided with it', async () => {
    const source = await file('grafana/provisioning/datasources/kinoduct.yaml');
    const uid = /^ {4}uid: (\w+)$/m.exec(source)?.[1];
    for (const { type, title, datasource } of await panels())
      if (type !== 'row') expect(datasource?.uid, title).toBe(uid);
    expect(await file('prometheus.yml')).toMatch(/targets: \[.127\.0\.0\.1:8787.\]/);
  });
});

describe('the log', () => {
  const read = (): Promise<string> => readFile(join(dataFolder, 'log/kinoduct.log'), 'utf8');
  const lines = async (): Promise<readonly Readonly<Record<string, unknown>>[]> =>
    (await read())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>); // true: each line is an object

  test('holds no signature, no token and no query, whatever happened', async () => {
    const text = await read();
    expect(text).toContain(made.id);
    const signature = signed.searchParams.get('signature') ?? '';
    const tokens = await Promise.all(['ana', 'local'].map((owner) => server.token(owner)));
    for (const secret of [
      signature,
      ...tokens,
      'not-the-token',
      queryToken,
      'signature=',
      'expires=',
      'Bearer',
      'whsec_',
    ])
      expect(text).not.toContain(secret);
    expect(text).not.toMatch(/https?:\/\/[^\s"]*\?(?!…)/);
  });

  test('names the job, and the request that made it', async () => {
    const request = (await lines()).find(({ message, jobId }) => message === 'request' && jobId === made.id);
    expect(request).toMatchObject({ method: 'POST', path: '/v1/jobs', status: 202 });
    expect(request?.['requestId']).toMatch(/^req_/);
  });

  test('leads from a request to every task of its job by one trace, which the sender may choose', async () => {
    const all = await lines();
    const tasks = (job: JobView) => all.filter(({ message, jobId }) => message === 'task started' && jobId === job.id);
    expect(tasks(made).length).toBeGreaterThan(1);
    expect(new Set(tasks(made).map(({ traceId }) => traceId))).toEqual(new Set([trace]));
    const [own] = new Set(tasks(failed).map(({ traceId }) => traceId));
    expect(own).toMatch(/^[0-9a-f]{32}$/);
    expect(own).not.toBe(trace);
    const submission = all.find(
      ({ message, jobId, method }) => message === 'request' && jobId === failed.id && method === 'POST',
    );
    expect(submission?.['traceId']).toBe(own);
  });

  test('leads from an answer that is a problem to the line about it', async () => {
    const problem = (await (await ana.request('GET', '/v1/jobs/job_00000000000000000000000000')).json()) as {
      requestId: string;
    }; // true: every problem has one
    const line = (await lines()).find(({ requestId }) => requestId === problem.requestId);
    expect(line).toMatchObject({ message: 'request', status: 404 });
    expect(line?.['traceId']).toMatch(/^[0-9a-f]{32}$/);
  });
});
