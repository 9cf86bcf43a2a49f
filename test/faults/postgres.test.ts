import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Stores } from '#adapters/sql/stores.ts';
import type { JobRecord } from '#core/job/state.ts';
import { type Database, freshDatabase, noPostgres } from '#test/support/postgres.ts';
import {
  aClaim,
  aJob,
  aMedia,
  aNotice,
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
import { type Fault, startTcpProxy } from '#test/support/tcp-proxy.ts';

const suffix = noPostgres === undefined ? '' : ` (skipped: ${noPostgres})`;
const times = { now: at(10), leaseUntil: at(40) };
const commit = /commit/;
const statement = /insert into|update |delete from/;

let database: Database;
let proxy: Awaited<ReturnType<typeof startTcpProxy>>;
/** Of the server itself. */
let sound: Stores;
/** Through the proxy. */
let faulty: Stores;
let lastId = 0;

const stored = async (): Promise<JobRecord> => {
  const job = aJob({ id: jobId((lastId += 1)), status: 'running', attempt: 1 });
  await sound.jobs.create(job);
  await sound.jobs.saveTasks(job.id, [aTask()]);
  return job;
};

describe.skipIf(noPostgres)(`connections to PostgreSQL that break${suffix}`, () => {
  beforeAll(async () => {
    database = await freshDatabase();
    proxy = await startTcpProxy(database.server.port);
    sound = database.open();
    faulty = database.open({ server: { ...database.server, port: proxy.port } });
  });
  afterAll(async () => {
    await Promise.all([sound?.close(), faulty?.close()]);
    proxy?.close();
    await database?.remove();
  });
  beforeEach(() => void proxy.faults.splice(0));

  const cases: readonly (readonly [string, readonly Fault[]])[] = [
    ['whose COMMIT was carried out, and its answer lost', [{ cut: 'lose-answer', at: commit }]],
    ['whose COMMIT never came', [{ cut: 'lose-request', at: commit }]],
    ['whose COMMIT the server waits for in vain', [{ cut: 'swallow', at: commit }]],
    ['whose statement had no answer', [{ cut: 'lose-answer', at: statement }]],
    ['that could not begin', [{ cut: 'lose-request', at: /begin/ }]],
    [
      'that broke twice, and then lost the answer to its COMMIT',
      [
        { cut: 'lose-request', at: statement },
        { cut: 'lose-request', at: commit },
        { cut: 'lose-answer', at: commit },
      ],
    ],
  ];

  describe.each(cases)('a write %s', (_, faults) => {
    /** The write meets the faults, all of them. */
    const met = async <T>(work: () => Promise<T>): Promise<T> => {
      proxy.faults.push(...faults);
      const result = await work();
      expect(proxy.faults).toEqual([]);
      return result;
    };

    test('creates a job once, with its labels', async () => {
      const job = aJob({ id: jobId((lastId += 1)), spec: { ...aJob().spec, labels: { show: 'news' } } });
      await met(() => faulty.jobs.create(job));
      expect(await sound.jobs.get(job.id)).toEqual(job);
      await expect(sound.jobs.create(job)).rejects.toMatchObject({ code: 'conflict.state' });
    });

    test('raises the version of a job once', async () => {
      const job = await stored();
      expect(await met(() => faulty.jobs.update({ ...job, status: 'canceled' }))).toMatchObject({ version: 2 });
      expect(await sound.jobs.get(job.id)).toMatchObject({ version: 2, status: 'canceled' });
    });

    test('saves, claims, reports and ends tasks once', async () => {
      const job = await stored();
      await met(() => faulty.jobs.saveTasks(job.id, [aTask({ id: 'a' }), aTask({ id: 'b' })]));
      const tasks = await sound.jobs.tasks(job.id);
      expect(tasks.map(({ id, version }) => [id, version])).toEqual([
        ['a', 1],
        ['b', 1],
        ['encode-1', 1],
      ]);
      const claim = aClaim({ jobId: job.id });
      expect(await met(() => faulty.jobs.claimTask(claim, times))).toMatchObject({ claim, version: 2 });
      const other = aClaim({ jobId: job.id, runner: runId(2) });
      await expect(sound.jobs.claimTask(other, times)).rejects.toMatchObject({ code: 'conflict.state' });
      await met(() => faulty.jobs.heartbeat(claim, { progress: 0.5, phase: 'encoding', leaseUntil: at(50) }));
      expect(await sound.jobs.task(job.id, 'encode-1')).toMatchObject({ progress: 0.5, version: 3 });
      await met(() => faulty.jobs.finishTask(claim, { at: at(20), result: aResult() }));
      expect(await sound.jobs.task(job.id, 'encode-1')).toMatchObject({ state: 'succeeded', version: 4 });
      await met(() => faulty.jobs.remove(job.id, at(60)));
      expect(await sound.jobs.get(job.id)).toBeUndefined();
      expect(await sound.jobs.tasks(job.id)).toEqual([]);
    });

    test('creates, completes and removes an upload once', async () => {
      const upload = anUpload({ id: uploadId((lastId += 1)) });
      await met(() => faulty.uploads.create(upload));
      expect(await met(() => faulty.uploads.update({ ...upload, state: 'complete' }))).toMatchObject({ version: 2 });
      await met(() => faulty.uploads.remove(upload.id));
      expect(await sound.uploads.get(upload.id)).toBeUndefined();
    });

    test('keeps an item of the library, a template and a notice once', async () => {
      const id = mediaId((lastId += 1));
      const media = aMedia({ id, sha256: String(lastId).padStart(64, '0') });
      await met(() => faulty.library.create(media));
      await expect(sound.library.create(media)).rejects.toMatchObject({ code: 'conflict.state' });
      const template = aStoredTemplate({ owner: `owner-${lastId}` });
      await met(() => faulty.templates.put(template));
      expect(await sound.templates.lastVersion(template.owner, template.template.name)).toBe(1);
      const notice = aNotice({ owner: template.owner });
      await sound.webhooks.queue(notice);
      expect(await met(() => faulty.webhooks.updateNotice(notice))).toMatchObject({ version: 2 });
    });

    test('begins a request for the caller that asked', async () => {
      const key = { owner: 'ana', key: `key-${(lastId += 1)}` };
      const asked = { fingerprint: 'f', now: at(0), lockedUntil: at(30), expiresAt: at(3600) };
      const first = await met(() => faulty.idempotency.begin(key, { ...asked, resourceId: jobId(1) }));
      expect(first).toEqual({ outcome: 'begun', resourceId: jobId(1) });
      const second = await sound.idempotency.begin(key, { ...asked, resourceId: jobId(2) });
      expect(second).toEqual({ outcome: 'in_progress' });
    });
  });

  const always = (fault: Fault): Fault[] => Array.from({ length: 50 }, () => fault);

  test('a write that is lost each time fails as a timeout, and has changed nothing', async () => {
    const job = await stored();
    proxy.faults.push(...always({ cut: 'lose-request', at: commit }));
    const update = faulty.jobs.update({ ...job, status: 'canceled' });
    await expect(update).rejects.toMatchObject({ code: 'platform.timeout', retryable: true });
    expect(await sound.jobs.get(job.id)).toEqual(job);
  });

  test('a write is not taken for our own when another writer came first with the very same content', async () => {
    const job = await stored();
    await sound.jobs.update({ ...job, status: 'canceled' });
    proxy.faults.push({ cut: 'lose-answer', at: commit });
    const late = faulty.jobs.update({ ...job, status: 'canceled' });
    await expect(late).rejects.toMatchObject({ code: 'conflict.state' });
    expect(await sound.jobs.get(job.id)).toMatchObject({ version: 2 });
  });

  test('of many claims at once, whose connections break here and there, exactly one wins', async () => {
    const job = await stored();
    const cuts = ['lose-answer', 'lose-request', 'swallow'] as const;
    proxy.faults.push(...Array.from({ length: 9 }, (_, n) => ({ cut: cuts[n % 3] ?? 'swallow', at: commit })));
    const claims = Array.from({ length: 40 }, (_, n) => aClaim({ jobId: job.id, runner: runId(n) }));
    const outcomes = await Promise.allSettled(claims.map((claim) => faulty.jobs.claimTask(claim, times)));
    const winners = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(winners).toHaveLength(1);
    expect(await sound.jobs.task(job.id, 'encode-1')).toEqual(winners[0]);
  });

  test('connections that died while nobody used them are replaced, for reading as for writing', async () => {
    const job = await stored();
    await faulty.jobs.get(job.id);
    const kill = `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
    await database.query(kill);
    expect(await faulty.jobs.get(job.id)).toEqual(job);
    await database.query(kill);
    expect(await faulty.jobs.update({ ...job, status: 'canceled' })).toMatchObject({ version: 2 });
  });

  test('a server that is not there fails as a timeout that may be tried again', async () => {
    const nobody = database.open({ server: { ...database.server, port: 9 } });
    await expect(nobody.jobs.get(jobId(1))).rejects.toMatchObject({ code: 'platform.timeout', retryable: true });
    await nobody.close();
  });
});
