import { createServer, request } from 'node:http';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { dynamoIdempotencyStore } from '#adapters/dynamodb/idempotency-store.ts';
import { dynamoJobStore } from '#adapters/dynamodb/job-store.ts';
import { dynamoMediaStore } from '#adapters/dynamodb/media-store.ts';
import { dynamoTemplateStore } from '#adapters/dynamodb/template-store.ts';
import { dynamoUploadStore } from '#adapters/dynamodb/upload-store.ts';
import type { JobRecord } from '#core/job/state.ts';
import type { JobStore } from '#core/ports/job-store.ts';
import { localClient, noDynamo, startDynamo } from '#test/support/dynamodb.ts';
import type { Emulator } from '#test/support/dynamodb.ts';
import {
  aClaim,
  aJob,
  aJobError,
  aMedia,
  aResult,
  aStoredTemplate,
  aTask,
  anUpload,
  at,
  jobId,
  mediaId,
  runId,
  uploadId,
} from '#test/support/records.ts';

/** What happens to one write: applied and then the answer is lost, or the request is lost, or the service refuses it. */
type Fault = 'lose-answer' | 'lose-request' | 'throttle' | 'conflict';
/** Something else that happens just before one write. */
type Interference = () => Promise<unknown>;

const errorOf = (fault: Fault): Error => {
  if (fault === 'throttle') return Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
  if (fault === 'conflict') {
    const CancellationReasons = [{ Code: 'None' }, { Code: 'TransactionConflict' }];
    return new TransactionCanceledException({ message: 'conflict', $metadata: {}, CancellationReasons });
  }
  return Object.assign(new Error('no answer'), { name: 'TimeoutError' });
};

const isWrite = (command: string | undefined): boolean =>
  /^(?:Put|Delete|TransactWrite|BatchWrite)/.test(command ?? '');

const suffix = noDynamo === undefined ? '' : ` (skipped: ${noDynamo})`;

describe.skipIf(noDynamo)(`writes to DynamoDB whose answer is lost${suffix}`, () => {
  let emulator: Emulator;
  let lastId = 0;
  beforeAll(async () => {
    emulator = await startDynamo();
  });
  afterAll(() => emulator.close());

  /** Stores whose next writes meet these faults, in order; the ones after that go well. */
  const faulty = (faults: readonly (Fault | Interference)[] = []) => {
    const left = [...faults];
    const client = localClient(emulator.endpoint);
    onTestFinished(() => client.destroy());
    client.middlewareStack.add(
      (next, context) => async (args) => {
        const fault = isWrite(context['commandName']) ? left.shift() : undefined;
        if (typeof fault === 'function') await fault();
        if (fault === undefined || typeof fault === 'function') return next(args);
        if (fault === 'lose-answer') await next(args);
        throw errorOf(fault);
      },
      { step: 'initialize', name: 'faults' },
    );
    const options = { client, table: emulator.table };
    return {
      jobs: dynamoJobStore(options),
      uploads: dynamoUploadStore(options),
      library: dynamoMediaStore(options),
      templates: dynamoTemplateStore(options),
      idempotency: dynamoIdempotencyStore(options),
      left,
    };
  };
  const sound = (): JobStore => dynamoJobStore(emulator);
  const stored = async (overrides: Partial<JobRecord> = {}): Promise<JobRecord> => {
    const job = aJob({ id: jobId((lastId += 1)), status: 'running', attempt: 1, ...overrides });
    await sound().create(job);
    await sound().saveTasks(job.id, [aTask()]);
    return job;
  };
  const times = { now: at(10), leaseUntil: at(40) };

  const cases: readonly (readonly [string, readonly Fault[]])[] = [
    ['was applied, and its answer was lost', ['lose-answer']],
    ['was lost before it was applied', ['lose-request']],
    ['was throttled twice', ['throttle', 'throttle']],
    ['met another transaction', ['conflict']],
    ['was lost, then applied with its answer lost', ['lose-request', 'lose-answer']],
  ];

  describe.each(cases)('a write that %s', (_, faults) => {
    test('creates a job once', async () => {
      const { jobs, left } = faulty(faults);
      const job = aJob({ id: jobId((lastId += 1)) });
      await jobs.create(job);
      expect(await sound().get(job.id)).toEqual(job);
      expect(left).toEqual([]);
      await expect(jobs.create(job)).rejects.toMatchObject({ code: 'conflict.state' });
    });

    test('raises the version of a job once', async () => {
      const { jobs } = faulty(faults);
      const job = await stored();
      expect(await jobs.update({ ...job, status: 'canceled' })).toMatchObject({ version: 2 });
      expect(await sound().get(job.id)).toMatchObject({ version: 2, status: 'canceled' });
    });

    test('saves tasks once', async () => {
      const job = await stored();
      const { jobs } = faulty(faults);
      await jobs.saveTasks(job.id, [aTask({ id: 'a' }), aTask({ id: 'b' })]);
      expect((await sound().tasks(job.id)).map(({ id, version }) => [id, version])).toEqual([
        ['a', 1],
        ['b', 1],
        ['encode-1', 1],
      ]);
    });

    test('claims a task for the runner that asked, and for no other', async () => {
      const job = await stored();
      const { jobs } = faulty(faults);
      const claim = aClaim({ jobId: job.id });
      expect(await jobs.claimTask(claim, times)).toMatchObject({ claim, version: 2 });
      const other = aClaim({ jobId: job.id, runner: runId(2) });
      await expect(jobs.claimTask(other, times)).rejects.toMatchObject({ code: 'conflict.state' });
      expect(await sound().task(job.id, 'encode-1')).toMatchObject({ claim, version: 2 });
    });

    test('reports and ends a task once', async () => {
      const job = await stored();
      const claim = aClaim({ jobId: job.id });
      await sound().claimTask(claim, times);
      await faulty(faults).jobs.heartbeat(claim, { progress: 0.5, phase: 'encoding', leaseUntil: at(50) });
      expect(await sound().task(job.id, 'encode-1')).toMatchObject({ progress: 0.5, version: 3 });
      await faulty(faults).jobs.finishTask(claim, { at: at(20), result: aResult() });
      expect(await sound().task(job.id, 'encode-1')).toMatchObject({ state: 'succeeded', version: 4 });
    });

    test('removes a job with its tasks', async () => {
      const job = await stored();
      await faulty(faults).jobs.remove(job.id, at(60));
      expect(await sound().get(job.id)).toBeUndefined();
      expect(await sound().tasks(job.id)).toEqual([]);
    });

    test('creates, completes and removes an upload once', async () => {
      const upload = anUpload({ id: uploadId((lastId += 1)) });
      await faulty(faults).uploads.create(upload);
      expect(await faulty(faults).uploads.update({ ...upload, state: 'complete' })).toMatchObject({ version: 2 });
      await faulty(faults).uploads.remove(upload.id);
      expect(await faulty().uploads.get(upload.id)).toBeUndefined();
    });

    test('creates, updates and removes an item of the library once', async () => {
      const id = mediaId((lastId += 1));
      const media = aMedia({ id, sha256: String(lastId).padStart(64, '0'), source: `https://example.com/${id}` });
      await faulty(faults).library.create(media);
      expect(await faulty().library.get(id)).toEqual(media);
      await expect(faulty(faults).library.create(media)).rejects.toMatchObject({ code: 'conflict.state' });
      const source = `${media.source}/moved`;
      const after = await faulty(faults).library.update({ ...media, source });
      expect(after).toMatchObject({ version: 2 });
      const { library } = faulty();
      expect(await library.bySource('ana', source)).toEqual(after);
      expect(await library.bySource('ana', media.source ?? '')).toBeUndefined();
      await faulty(faults).library.remove(id);
      expect(await library.get(id)).toBeUndefined();
      expect(await library.bySha256('ana', media.sha256)).toBeUndefined();
    });

    test('stores a version of a template once, also when the next one came before the answer', async () => {
      const owner = `owner-${(lastId += 1)}`;
      const [first, second] = [aStoredTemplate({ owner }), aStoredTemplate({ owner, version: 2 })];
      const { templates } = faulty();
      const next = () => templates.put(second);
      const after: readonly (Fault | Interference)[] = faults.at(-1) === 'lose-answer' ? [...faults, next] : faults;
      await faulty(after).templates.put(first);
      expect(await templates.get(owner, 'still', 1)).toEqual(first);
      await expect(templates.put(first)).rejects.toMatchObject({ code: 'conflict.state' });
      await faulty(faults).templates.remove(owner, 'still');
      expect(await templates.get(owner, 'still')).toBeUndefined();
    });

    test('begins a request for the caller that asked', async () => {
      const key = { owner: 'ana', key: `key-${(lastId += 1)}` };
      const asked = { fingerprint: 'f', now: at(0), lockedUntil: at(30), expiresAt: at(3600) };
      const first = await faulty(faults).idempotency.begin(key, { ...asked, resourceId: jobId(1) });
      expect(first).toEqual({ outcome: 'begun', resourceId: jobId(1) });
      const second = await faulty().idempotency.begin(key, { ...asked, resourceId: jobId(2) });
      expect(second).toEqual({ outcome: 'in_progress' });
    });
  });

  const always = (fault: Fault): Fault[] => Array.from({ length: 20 }, () => fault);

  test('a write that is lost each time fails as a timeout, and has changed nothing', async () => {
    const job = await stored();
    const update = faulty(always('lose-request')).jobs.update({ ...job, status: 'canceled' });
    await expect(update).rejects.toMatchObject({ code: 'platform.timeout', retryable: true });
    expect(await sound().get(job.id)).toEqual(job);
  });

  test('a write that was applied and whose answers are all lost is found by reading', async () => {
    const job = await stored();
    const after = await faulty(always('lose-answer')).jobs.update({ ...job, status: 'canceled' });
    expect(await sound().get(job.id)).toEqual(after);
  });

  test('a write that was applied, and after which nothing gets through but a read, is found by reading', async () => {
    const job = await stored();
    const faults: readonly Fault[] = ['lose-answer', ...always('lose-request')];
    const after = await faulty(faults).jobs.update({ ...job, status: 'canceled' });
    expect(await sound().get(job.id)).toEqual(after);
  });

  test('a job that is canceled between reading and writing has no task claimed, ended or saved', async () => {
    const pending = await stored();
    const cancel = (job: JobRecord) => () => sound().update({ ...job, status: 'canceled' });
    const claiming = faulty([cancel(pending)]).jobs.claimTask(aClaim({ jobId: pending.id }), times);
    await expect(claiming).rejects.toMatchObject({ code: 'conflict.state' });
    expect(await sound().task(pending.id, 'encode-1')).toMatchObject({ state: 'pending' });

    const held = await stored();
    const claim = aClaim({ jobId: held.id });
    await sound().claimTask(claim, times);
    const ending = faulty([cancel(held)]).jobs.finishTask(claim, { at: at(20), result: aResult() });
    await expect(ending).rejects.toMatchObject({ code: 'conflict.state' });
    expect(await sound().task(held.id, 'encode-1')).toMatchObject({ state: 'running', result: null });

    const planned = await stored();
    const saving = faulty([cancel(planned)]).jobs.saveTasks(planned.id, [aTask({ id: 'late' })]);
    await expect(saving).rejects.toMatchObject({ code: 'conflict.state' });
    expect(await sound().task(planned.id, 'late')).toBeUndefined();
  });

  test('a task that another runner takes between reading and writing is not taken twice', async () => {
    const job = await stored();
    const first = aClaim({ jobId: job.id });
    const second = aClaim({ jobId: job.id, runner: runId(2) });
    const claiming = faulty([() => sound().claimTask(first, times)]).jobs.claimTask(second, times);
    await expect(claiming).rejects.toMatchObject({ code: 'conflict.state' });
    expect(await sound().task(job.id, 'encode-1')).toMatchObject({ claim: first });
  });

  test.each(['throttle', 'conflict'] as const)('a write that always meets a %s fails as throttled', async (fault) => {
    const job = await stored();
    const claiming = faulty(always(fault)).jobs.claimTask(aClaim({ jobId: job.id }), times);
    await expect(claiming).rejects.toMatchObject({ code: 'platform.throttled', retryable: true });
    expect(await sound().task(job.id, 'encode-1')).toMatchObject({ state: 'pending' });
  });

  test('a write is not taken for our own when another writer came first with the very same content', async () => {
    const job = await stored();
    await sound().update({ ...job, status: 'canceled' });
    const late = faulty(['lose-request']).jobs.update({ ...job, status: 'canceled' });
    await expect(late).rejects.toMatchObject({ code: 'conflict.state' });
    expect(await sound().get(job.id)).toMatchObject({ version: 2 });
  });

  test('of many claims at once, each of whose answers may be lost, exactly one wins', async () => {
    const job = await stored();
    const faults: readonly Fault[] = ['lose-answer', 'lose-request', 'throttle', 'conflict'];
    const claims = Array.from({ length: 40 }, (_, n) => aClaim({ jobId: job.id, runner: runId(n) }));
    const outcomes = await Promise.allSettled(
      claims.map((claim, n) => faulty(faults.slice(n % 4, (n % 4) + 2)).jobs.claimTask(claim, times)),
    );
    const winners = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(winners).toHaveLength(1);
    expect(await sound().task(job.id, 'encode-1')).toEqual(winners[0]);
  });

  test('a failed end whose answer was lost is not ended a second time by the retry that follows it', async () => {
    const job = await stored();
    const claim = aClaim({ jobId: job.id });
    await sound().claimTask(claim, times);
    await faulty(['lose-answer']).jobs.finishTask(claim, { at: at(20), error: aJobError() });
    expect(await sound().task(job.id, 'encode-1')).toMatchObject({ state: 'failed', version: 3 });
  });

  test('a connection that is cut after the request went through: the SDK sends it again, and we know it as ours', async () => {
    let cuts = 0;
    const proxy = createServer((incoming, outgoing) => {
      const options = { method: 'POST', path: incoming.url, headers: incoming.headers };
      const forwarded = request(emulator.endpoint, options, (answer) => {
        const isCut = String(incoming.headers['x-amz-target']).endsWith('.PutItem') && cuts === 0;
        if (isCut) {
          cuts += 1;
          answer.resume().on('end', () => incoming.socket.destroy());
        } else answer.pipe(outgoing.writeHead(answer.statusCode ?? 500, answer.headers));
      });
      incoming.pipe(forwarded);
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const address = proxy.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const client = localClient(`http://127.0.0.1:${port}`);
    onTestFinished(() => {
      client.destroy();
      proxy.close();
    });
    const job = await stored();
    const after = await dynamoJobStore({ client, table: emulator.table }).update({ ...job, status: 'succeeded' });
    expect(cuts).toBe(1);
    expect(await sound().get(job.id)).toEqual(after);
  });
});

describe.skipIf(noDynamo)(`large records in DynamoDB${suffix}`, () => {
  const files = (count: number) =>
    Array.from({ length: count }, (_, n) => ({
      name: `segment-${n}.m4s`,
      key: `outputs/ana/${jobId(1)}/encode-1/${runId(1)}/segment-${n}.m4s`,
      bytes: 1_000_000 + n,
      type: 'video/iso.segment',
      sha256: Array.from({ length: 8 }, (_, i) =>
        ((n * 2654435761 + i * 40503) >>> 0).toString(16).padStart(8, '0'),
      ).join(''),
    }));

  test('the manifest of a long stream fits; what does not fit is refused clearly and changes nothing', async () => {
    const emulator = await startDynamo();
    onTestFinished(() => emulator.close());
    const jobs = dynamoJobStore(emulator);
    const job = aJob({ status: 'running', attempt: 1 });
    await jobs.create(job);
    await jobs.saveTasks(job.id, [aTask()]);
    const claim = aClaim();
    await jobs.claimTask(claim, { now: at(10), leaseUntil: at(40) });
    const result = aResult({ outputs: { stream: { files: files(3000) } } });
    expect(JSON.stringify(result).length).toBeGreaterThan(500_000);
    await jobs.finishTask(claim, { at: at(20), result });
    expect(await jobs.task(job.id, 'encode-1')).toMatchObject({ result });

    // More than 16 MiB, compressed: these are all but random.
    const warnings = Array.from({ length: 2_300_000 }, (_, n) => Math.sin(n).toString(36));
    const plan = { hash: 'h', round: 1, complete: true, stages: [], skipped: {}, warnings, reused: {} };
    await expect(jobs.update({ ...job, plan, status: 'succeeded' })).rejects.toMatchObject({
      code: 'request.too_large',
    });
    expect(await jobs.get(job.id)).toMatchObject({ version: 1, status: 'running' });
  });
});
