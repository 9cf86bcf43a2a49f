/** What only the local server promises: it survives a kill, leaves nothing running, and keeps strangers out. */
import { readFile, stat } from 'node:fs/promises';
import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { Agent, EventSource, MessageEvent } from 'undici';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Client } from '#cli/client.ts';
import { EventType } from '#core/job/events.ts';
import type { JobView } from '#core/job/view.ts';
import { fileLog } from '#local/log.ts';
import { type Clips, makeClips } from '#test/support/clips.ts';
import { processesIn, untilNoneIn } from '#test/support/processes.ts';
import { newDataFolder, removeFolder, type Server, spawnServer, startServer } from '#test/support/server.ts';
import { clientOf } from './deployment.ts';
import { smallImage, smallVideo } from './specs.ts';

let clips: Clips;
let dataFolder: string;
let server: Server;
let ana: Client;

const start = async (): Promise<void> => {
  server = await startServer({ dataFolder });
  ana = await clientOf(server, 'ana');
};

beforeAll(async () => {
  clips = await makeClips();
});
afterAll(async () => {
  await clips.close();
});
beforeEach(async () => {
  dataFolder = await newDataFolder();
  await start();
});
afterEach(async () => {
  await server.end('SIGKILL');
  await removeFolder(dataFolder);
});

const workFolder = (): string => join(dataFolder, 'work');

/** A still from one stage, and then a slow encode that is under way when this resolves. */
const startStagedJob = async (): Promise<string> => {
  const upload = await ana.upload(await clips.path('long.mp4'));
  const { id } = await ana.submit({
    inputs: { in: upload },
    outputs: {
      small: smallVideo,
      slow: { type: 'video', from: 'small', size: { width: 640 }, encode: { preset: 'mp4', speed: 'veryslow' } },
      still: { ...smallImage, from: 'small' },
    },
  });
  const isSlow = ({ outputs }: JobView) => outputs['slow']?.phase === 'encoding' && outputs['slow'].progress > 0;
  const job = await ana.until(id, (job) => job.status !== 'queued' && (job.status !== 'running' || isSlow(job)));
  expect(job.status).toBe('running');
  return id;
};

/** How often the log says that a task of the job was started. */
const starts = async (jobId: string, taskId: string): Promise<number> => {
  const log = await readFile(join(dataFolder, 'log/kinoduct.log'), 'utf8');
  const lines = log.split('\n').filter((line) => line.includes('"task started"'));
  return lines.filter((line) => line.includes(jobId) && line.includes(`"taskId":"${taskId}"`)).length;
};

describe('a server that ends', () => {
  test('after kill -9 no FFmpeg is left, and the next start finishes the job without doing finished tasks again', async () => {
    const id = await startStagedJob();
    await server.end('SIGKILL');
    await untilNoneIn(workFolder(), 3000);
    await start();
    const job = await ana.ended(id);
    expect(job).toMatchObject({ status: 'succeeded', attempt: 2 });
    expect(await starts(id, 'make-small')).toBe(1);
    expect(await starts(id, 'make-slow')).toBe(2);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s ends it within three seconds, with all that it started',
    async (signal) => {
      const id = await startStagedJob();
      const asked = performance.now();
      expect(await server.end(signal)).toBe(0);
      expect(performance.now() - asked).toBeLessThan(3000);
      expect(await processesIn(dataFolder)).toEqual([]);
      await start();
      expect(await ana.ended(id)).toMatchObject({ status: 'succeeded' });
      expect(await starts(id, 'make-small')).toBe(1);
    },
  );

  test('being stopped again and again does not use up the attempts of a job', async () => {
    const id = await startStagedJob();
    for (let times = 0; times < 4; times += 1) {
      await server.end('SIGTERM');
      await start();
      await ana.until(id, ({ outputs }) => outputs['slow']?.phase === 'encoding');
    }
    expect((await ana.job(id)).status).toBe('running');
    expect((await ana.request('POST', `/v1/jobs/${id}/cancel`)).status).toBe(202);
  });
});

/** What a client of Server-Sent Events is told of a job, until it is told to stay away. */
const told = async (id: string, after?: string): Promise<{ type: string; id: string; data: unknown }[]> => {
  const headers = { authorization: `Bearer ${await server.token('ana')}`, ...(after && { 'last-event-id': after }) };
  const dispatcher = new Agent().compose(
    (dispatch) => (options, handler) =>
      dispatch(
        { ...options, headers: { ...headers, ...Object.fromEntries(Object.entries(options.headers ?? {})) } },
        handler,
      ),
  );
  const source = new EventSource(`${server.url}/v1/jobs/${id}/events`, { node: { dispatcher, reconnectionTime: 50 } });
  const { promise, resolve } = Promise.withResolvers<void>();
  const seen: { type: string; id: string; data: unknown }[] = [];
  for (const type of [...EventType.options, 'progress'])
    source.addEventListener(type, (event) => {
      if (!(event instanceof MessageEvent)) return;
      seen.push({ type, id: event.lastEventId, data: JSON.parse(String(event.data)) });
    });
  source.addEventListener('error', () => {
    if (source.readyState === EventSource.CLOSED) resolve();
  });
  await promise;
  await dispatcher.close();
  return seen;
};

test('tells what happens to a job while it happens, and whoever comes again what came since', async () => {
  const { id } = await ana.submit({
    inputs: { in: await ana.upload(await clips.path('short.mp4')) },
    outputs: { small: smallVideo },
  });
  const seen = await told(id);
  const events = seen.filter(({ type }) => type !== 'progress');
  expect(events.map(({ type }) => type)).toEqual(['job.queued', 'job.running', 'output.succeeded', 'job.succeeded']);
  expect(events.at(-1)?.data).toMatchObject({ id: events.at(-1)?.id, data: { job: { id, status: 'succeeded' } } });
  const running = seen.filter(({ type }) => type === 'progress');
  expect(running.length).toBeGreaterThan(0);
  expect(running[0]?.data).toMatchObject({
    status: expect.stringMatching(/queued|running/),
    progress: expect.any(Number),
  });
  expect((await told(id, events[1]?.id)).map(({ type }) => type)).toEqual(['output.succeeded', 'job.succeeded']);
  const ben = await clientOf(server, 'ben');
  const refused = await ben.request('GET', `/v1/jobs/${id}/events`, { headers: { accept: 'text/event-stream' } });
  expect(refused.status).toBe(404);
});

test('a port that is taken is named, with the way out', async () => {
  const folder = await newDataFolder();
  const second = spawnServer({ dataFolder: folder, args: ['--port', new URL(server.url).port] });
  expect(await second.ended).toBe(1);
  expect(second.printed()).toMatch(/Port \d+ is taken\. Choose another with --port/);
  await removeFolder(folder);
});

test('a log that has become large is kept once, and goes on in a new file', async () => {
  const { log, file, close } = fileLog(dataFolder, 200);
  for (let n = 0; n < 9; n += 1) log.info('a line of some length', { n });
  await close();
  const lines = async (name: string) => (await readFile(name, 'utf8')).trim().split('\n');
  const kept = await lines(file.replace('.log', '.1.log'));
  expect((await lines(file)).at(-1)).toContain('"n":8');
  expect(kept.at(-1)).toMatch(/"n":[1-7]/);
});

describe('a data folder', () => {
  test('is used by one server at a time; a second is told which one has it', async () => {
    const second = spawnServer({ dataFolder });
    onTestFinished(() => void second.child.kill('SIGKILL'));
    expect(await second.ended).toBe(1);
    expect(second.printed()).toContain(`the process ${server.pid}`);
    expect(second.printed()).toContain(server.url);
    expect((await ana.request('GET', '/v1/jobs')).status).toBe(200);
  });

  test('keeps its secrets to its user', async () => {
    for (const file of ['tokens/local', 'tokens/ana', 'signing-secret', 'identity-key'])
      expect((await stat(join(dataFolder, file))).mode & 0o777).toBe(0o600);
    expect((await stat(join(dataFolder, 'tokens'))).mode & 0o777).toBe(0o700);
  });
});

/** A request with headers that fetch would not send. */
const statusOf = (headers: OutgoingHttpHeaders, path = '/v1/jobs'): Promise<number> =>
  new Promise((resolve, reject) => {
    const request = httpRequest(`${server.url}${path}`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.once('error', reject);
    request.end();
  });

describe('a stranger', () => {
  test('that came by another name or from another page is turned away, token or not', async () => {
    const authorization = `Bearer ${await server.token('ana')}`;
    const port = new URL(server.url).port;
    expect(await statusOf({ authorization })).toBe(200);
    expect(await statusOf({ authorization, host: `localhost:${port}` })).toBe(200);
    expect(await statusOf({ authorization, host: `evil.example:${port}` })).toBe(421);
    expect(await statusOf({ authorization, origin: 'https://evil.example' })).toBe(403);
    expect(await statusOf({ authorization, origin: 'null' })).toBe(403);
    expect(await statusOf({ host: 'evil.example' }, '/health')).toBe(421);
  });

  test('gets no permission to read answers from another page', async () => {
    const answer = await ana.request('GET', '/v1/jobs');
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('cannot make the server read a body without end', async () => {
    const body = 'x'.repeat(11 * 1024 * 1024);
    const answer = await ana.request('POST', '/v1/jobs', { body });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ code: 'request.too_large' });
  });
});
