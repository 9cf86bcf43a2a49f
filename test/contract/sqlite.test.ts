import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSqlite } from '#adapters/sql/sqlite.ts';
import { aClaim, aJob, aTask, anUpload, at, jobId, runId, uploadId } from '#test/support/records.ts';

describe('the SQLite file', () => {
  test('what was stored is there after closing and opening again', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'kinoduct-sqlite-'));
    const file = join(folder.path, 'new', 'folder', 'kinoduct.sqlite');
    const first = await openSqlite({ file });
    await first.jobs.create(aJob());
    await first.uploads.create(anUpload());
    await first.close();
    const second = await openSqlite({ file });
    expect(await second.jobs.get(jobId(1))).toEqual(aJob());
    expect(await second.uploads.get(uploadId(1))).toEqual(anUpload());
    await second.close();
  });

  test('a claim and a cancel at once: no claim is given once the cancel has been answered', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'kinoduct-sqlite-'));
    const stores = await openSqlite({ file: join(folder.path, 'kinoduct.sqlite') });
    const job = aJob({ status: 'running', attempt: 1 });
    await stores.jobs.create(job);
    await stores.jobs.saveTasks(job.id, [aTask()]);
    const answered: string[] = [];
    // On one connection the cancel comes in between the claim's reading and its writing.
    await Promise.allSettled([
      stores.jobs.claimTask(aClaim(), { now: at(10), leaseUntil: at(40) }).then(() => answered.push('claim')),
      stores.jobs.update({ ...job, status: 'canceled' }).then(() => answered.push('cancel')),
    ]);
    expect(answered).toEqual(['cancel']);
    expect(await stores.jobs.task(job.id, 'encode-1')).toMatchObject({ state: 'pending' });
    await stores.close();
  });

  test('two connections to one file race for claims as callers of one do', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'kinoduct-sqlite-'));
    const file = join(folder.path, 'kinoduct.sqlite');
    const [a, b] = [await openSqlite({ file }), await openSqlite({ file })];
    await a.jobs.create(aJob({ status: 'running', attempt: 1 }));
    await a.jobs.saveTasks(jobId(1), [aTask()]);
    const claims = Array.from({ length: 100 }, (_, n) => aClaim({ runner: runId(n) }));
    const times = { now: at(10), leaseUntil: at(40) };
    const outcomes = await Promise.allSettled(claims.map((claim, n) => (n % 2 ? a : b).jobs.claimTask(claim, times)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await Promise.all([a.close(), b.close()]);
  });
});
