import { describe, expect, test } from 'vitest';
import { EventType, JobEvent, jobEvents } from '#core/job/events.ts';
import { noticesOf } from '#core/job/notice-record.ts';
import type { JobRecord, OutputState } from '#core/job/state.ts';
import { addressProblem } from '#core/job/webhook-record.ts';
import { aJob, aSpec, at, aWebhook, jobId, uploadId, webhookId } from '#test/support/records.ts';
import { anOutput } from '#test/support/webhooks.ts';

const typesOf = (job: JobRecord): string[] => jobEvents(job).map(({ type }) => type);
const ended = (overrides: Partial<JobRecord> = {}): JobRecord =>
  aJob({ status: 'succeeded', startedAt: at(1), endedAt: at(9), outputs: { mp4: anOutput }, ...overrides });
const output = (overrides: Partial<OutputState>): OutputState => ({ ...anOutput, ...overrides });

describe('the events of a job', () => {
  test('are those that have happened, in order', () => {
    expect(typesOf(aJob())).toEqual(['job.queued']);
    expect(typesOf(aJob({ status: 'running', startedAt: at(1) }))).toEqual(['job.queued', 'job.running']);
    const outputs = {
      a: anOutput,
      b: output({ status: 'failed', files: [] }),
      c: output({ status: 'skipped', files: [] }),
      d: output({ store: false }),
    };
    const job = ended({ status: 'partial', outputs });
    expect(jobEvents(job).map(({ type, timestamp, data }) => [type, timestamp, Object.keys(data.outputs)])).toEqual([
      ['job.queued', at(0), []],
      ['job.running', at(1), []],
      ['output.succeeded', at(9), ['a']],
      ['output.failed', at(9), ['b']],
      ['job.partial', at(9), ['a', 'b', 'c', 'd']],
    ]);
    for (const event of jobEvents(job)) expect(JobEvent.parse(event)).toEqual(event);
    const files = Object.values(jobEvents(job).at(-1)?.data.outputs ?? {}).map((told) => told.files.length);
    expect(files).toEqual([1, 0, 0, 0]);
  });

  test.each(['succeeded', 'partial', 'failed', 'canceled', 'expired'] as const)(
    'tell that it ended as %s',
    (status) => {
      expect(typesOf(ended({ status, outputs: {} })).at(-1)).toBe(`job.${status}`);
      expect(EventType.options).toContain(`job.${status}`);
    },
  );

  test('a job that waited for its upload is queued when that came, and never where it did not', () => {
    const waiting = { awaits: uploadId(1), status: 'waiting' as const };
    expect(typesOf(aJob(waiting))).toEqual([]);
    expect(typesOf(ended({ ...waiting, status: 'expired', startedAt: null, outputs: {} }))).toEqual(['job.expired']);
    const [queued] = jobEvents(aJob({ ...waiting, status: 'queued', queuedAt: at(5) }));
    expect(queued).toMatchObject({ type: 'job.queued', timestamp: at(5), data: { job: { status: 'queued' } } });
  });

  test('have the same ids and words whenever they are told, all different, that rise with time', () => {
    const names = Array.from({ length: 300 }, (_, n) => `out${n}`);
    const job = ended({ outputs: Object.fromEntries(names.map((name) => [name, anOutput])) });
    const all = jobEvents(job);
    const earlier = jobEvents(aJob({ status: 'running', startedAt: at(1), version: 4 }));
    expect(all.slice(0, 2)).toEqual(earlier);
    const ids = all.map(({ id }) => id);
    expect(new Set(ids).size).toBe(303);
    expect(ids).toEqual(ids.toSorted());
    const neighbour = jobEvents(ended({ ...job, id: jobId(2) })).map(({ id }) => id);
    expect(new Set([...ids, ...neighbour]).size).toBe(606);
  });

  test('stay far below what a message may hold, and say so where something is left out', () => {
    const file = anOutput.files[0];
    if (!file) throw new Error('it has one');
    const many = Array.from({ length: 90 }, (_, n) => ({ ...file, name: `${n}.ts` }));
    const events = jobEvents(
      ended({
        spec: aSpec({ metadata: 'x'.repeat(4000) }),
        outputs: Object.fromEntries(
          Array.from({ length: 1000 }, (_, n) => [`out${n}`, output({ files: many, reason: 'y'.repeat(5000) })]),
        ),
      }),
    );
    const last = events.at(-1);
    expect(JSON.stringify(last).length).toBeLessThan(200_000);
    expect(last?.data.isCut).toBe(true);
    expect(Object.keys(last?.data.outputs ?? {})).toHaveLength(200);
    expect(events.find(({ type }) => type === 'output.succeeded')?.data).toMatchObject({ isCut: false });
  });

  test('tell the error of the job at its end only, without arguments or paths', () => {
    const error = {
      code: 'encode.failed',
      message: 'no',
      phase: 'encoding',
      output: 'mp4',
      retryable: false,
      hint: 'h',
      stderrTail: 'HUSH',
      arguments: ['HUSH'],
      repro: 'HUSH',
    };
    const events = jobEvents(ended({ status: 'failed', outputs: {}, error }));
    expect(JSON.stringify(events)).not.toContain('HUSH');
    expect(events.map(({ data }) => data.job.error?.code)).toEqual([undefined, undefined, 'encode.failed']);
  });
});

describe('what is queued of them', () => {
  const now = Date.parse(at(10));

  test('goes to active endpoints that asked for it before it happened', () => {
    const webhooks = [
      aWebhook({ id: webhookId(1), events: ['job.succeeded', 'job.queued'] }),
      aWebhook({ id: webhookId(2), events: ['job.failed'] }),
      aWebhook({ id: webhookId(3), state: 'disabled' }),
      aWebhook({ id: webhookId(4), createdAt: at(2), events: ['job.running', 'job.succeeded'] }),
      aWebhook({ id: webhookId(0), url: null }),
    ];
    const rows = noticesOf(ended(), webhooks, now);
    expect(rows.map(({ webhook, event }) => [webhook, event.type])).toEqual([
      [webhookId(1), 'job.queued'],
      [webhookId(1), 'job.succeeded'],
      [webhookId(4), 'job.succeeded'],
    ]);
  });

  test('names the same rows each time, however late', () => {
    const notify = [{ webhook: 'https://a.example' }, { webhook: 'https://a.example' }, { eventBridge: true as const }];
    const job = ended({ spec: aSpec({ notify }) });
    const keys = (ms: number) => noticesOf(job, [aWebhook()], ms).map(({ webhook, id }) => `${webhook}/${id}`);
    expect(keys(now)).toEqual(keys(now + 1e9));
    expect(new Set(keys(now)).size).toBe(16);
  });

  test('tells of a hundred outputs one by one at most', () => {
    const outputs = Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`out${n}`, anOutput]));
    const types = noticesOf(ended({ outputs }), [aWebhook()], now).map(({ event }) => event.type);
    expect(types.filter((type) => type === 'output.succeeded')).toHaveLength(100);
    expect(types.at(-1)).toBe('job.succeeded');
  });
});

describe('an address', () => {
  test.each([
    'https://example.com/hook',
    'https://example.com:443/?a=b',
    'https://EXAMPLE.com',
    'https://müller.example',
  ])('%s may be told', (url) => expect(addressProblem(url)).toBeUndefined());

  test.each([
    'http://example.com',
    'https://example.com:8443',
    'https://user:pass@example.com',
    'https://user@example.com',
    'https://localhost',
    'https://a.localhost.',
    'https://db.internal',
    'https://router.lan',
    'https://intranet',
    'https://intranet.',
    'https://127.0.0.1',
    'https://127.1',
    'https://0x7f.1',
    'https://2130706433',
    'https://①②⑦.0.0.1',
    'https://169.254.169.254/latest',
    'https://[::1]',
    'https://[fd00:ec2::254]/',
    'ftp://example.com',
    'file:///etc/passwd',
    'nonsense',
  ])('%s may not', (url) => expect(addressProblem(url)).toMatch(/^must /));

  test('of the own network may be told where the deployer lists its very port', () => {
    const own = ['127.0.0.1:3000', 'nas:443'];
    expect(addressProblem('http://127.0.0.1:3000/a', own)).toBeUndefined();
    expect(addressProblem('https://nas/a', own)).toBeUndefined();
    for (const url of ['http://127.0.0.1:3001', 'http://nas/a', 'http://u@127.0.0.1:3000'])
      expect(addressProblem(url, own)).toBeDefined();
  });
});
