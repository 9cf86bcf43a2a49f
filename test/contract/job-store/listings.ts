/** How jobs are found. */
import { describe, expect, test } from 'vitest';
import type { JobRecord, JobStatus } from '#core/job/state.ts';
import { JobStatus as Statuses, isTerminal } from '#core/job/state.ts';
import type { JobQuery } from '#core/ports/job-store.ts';
import { aJob, aSpec, at, jobId } from '#test/support/records.ts';
import { type JobStoreContext, running } from './context.ts';

export const listingsContract = (it: JobStoreContext): void => {
  const everyPage = async (query: Omit<JobQuery, 'cursor'>): Promise<readonly (readonly JobRecord[])[]> => {
    const pages: (readonly JobRecord[])[] = [];
    let cursor: string | undefined;
    do {
      const page = await it.store.list({ ...query, ...(cursor === undefined ? {} : { cursor }) });
      pages.push(page.items);
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return pages;
  };

  describe('list', () => {
    let owners = 0;
    const anOwner = (): string => `lister-${(owners += 1)}`;
    /** `count` jobs, oldest first. */
    const several = async (count: number, make: (n: number) => Partial<JobRecord>): Promise<string[]> => {
      const ids: string[] = [];
      for (let n = 0; n < count; n += 1) ids.push((await it.created(make(n))).id);
      return ids;
    };

    test('jobs come newest first, and only those of the owner', async () => {
      const owner = anOwner();
      const ids = await several(5, (n) => ({ owner: n === 2 ? `${owner}x` : owner }));
      const mine = ids.filter((_, n) => n !== 2).reverse();
      const page = await it.store.list({ owner, limit: 10 });
      expect(page.items.map(({ id }) => id)).toEqual(mine);
      expect(page.next).toBeNull();
    });

    test('an owner without jobs gets an empty last page', async () => {
      expect(await it.store.list({ owner: anOwner(), limit: 10 })).toEqual({ items: [], next: null });
    });

    test('pages are full, share no job, miss none, and the last one says so', async () => {
      const owner = anOwner();
      const ids = await several(7, () => ({ owner }));
      const pages = await everyPage({ owner, limit: 3 });
      expect(pages.map((page) => page.length)).toEqual([3, 3, 1]);
      expect(pages.flat().map(({ id }) => id)).toEqual(ids.reverse());
    });

    test('a page that ends exactly at the last job is the last page', async () => {
      const owner = anOwner();
      await several(4, () => ({ owner }));
      expect((await everyPage({ owner, limit: 2 })).map((page) => page.length)).toEqual([2, 2]);
    });

    test('a job made between two pages is in neither', async () => {
      const owner = anOwner();
      const ids = await several(4, () => ({ owner }));
      const first = await it.store.list({ owner, limit: 2 });
      await it.created({ owner });
      const second = await it.store.list({ owner, limit: 2, cursor: first.next ?? '' });
      expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids.reverse());
    });

    test('a removed job does not break the page after it', async () => {
      const owner = anOwner();
      const ids = await several(4, () => ({ owner }));
      const first = await it.store.list({ owner, limit: 2 });
      await it.store.remove(ids[2] ?? '', at(0));
      const second = await it.store.list({ owner, limit: 2, cursor: first.next ?? '' });
      expect(second.items.map(({ id }) => id)).toEqual([ids[1], ids[0]]);
    });

    test('jobs are found by status, by template and by both', async () => {
      const owner = anOwner();
      const statuses: readonly JobStatus[] = ['queued', 'running', 'failed'];
      const ids = await several(6, (n) => ({
        owner,
        status: statuses[n % 3] ?? 'queued',
        template: n < 3 ? 'web-video' : null,
      }));
      const found = async (query: Partial<JobQuery>): Promise<(string | undefined)[]> =>
        (await it.store.list({ owner, limit: 10, ...query })).items.map(({ id }) => id);
      expect(await found({ status: 'failed' })).toEqual([ids[5], ids[2]]);
      expect(await found({ template: 'web-video' })).toEqual([ids[2], ids[1], ids[0]]);
      expect(await found({ template: 'web-video', status: 'running' })).toEqual([ids[1]]);
      expect(await found({ template: 'another' })).toEqual([]);
    });

    test('a job is found by the status that it has now', async () => {
      const owner = anOwner();
      const job = await it.created({ owner });
      await it.store.update({ ...job, status: 'canceled' });
      expect((await it.store.list({ owner, limit: 10, status: 'queued' })).items).toEqual([]);
      expect((await it.store.list({ owner, limit: 10, status: 'canceled' })).items).toHaveLength(1);
    });

    test('jobs are found from an instant on, however it is written', async () => {
      const owner = anOwner();
      const ids = await several(4, (n) => ({ owner, createdAt: at(n) }));
      const since = async (instant: string): Promise<(string | undefined)[]> =>
        (await it.store.list({ owner, limit: 10, since: instant })).items.map(({ id }) => id);
      expect(await since(at(2))).toEqual([ids[3], ids[2]]);
      expect(await since('2026-11-01T12:00:02Z')).toEqual([ids[3], ids[2]]);
      expect(await since('2026-11-01T12:00:01.5Z')).toEqual([ids[3], ids[2]]);
      expect(await since(at(100))).toEqual([]);
    });

    test('every label of the query must be there with that value', async () => {
      const owner = anOwner();
      const labels: readonly (Record<string, string> | undefined)[] = [
        { team: 'a', 'cost.center': '1' },
        { team: 'a' },
        { team: 'A' },
        { 'cost.center': '1' },
        undefined,
      ];
      const ids = await several(5, (n) => ({ owner, spec: aSpec(labels[n] ? { labels: labels[n] } : {}) }));
      const found = async (wanted: Readonly<Record<string, string>>): Promise<(string | undefined)[]> =>
        (await it.store.list({ owner, limit: 10, labels: wanted })).items.map(({ id }) => id);
      expect(await found({ team: 'a' })).toEqual([ids[1], ids[0]]);
      expect(await found({ team: 'a', 'cost.center': '1' })).toEqual([ids[0]]);
      expect(await found({ team: 'b' })).toEqual([]);
      expect(await found({ '%': '%' })).toEqual([]);
      expect(await found({})).toHaveLength(5);
    });

    test('pages of a rare label are full, although most jobs do not have it', async () => {
      const owner = anOwner();
      const ids = await several(60, (n) => ({
        owner,
        spec: aSpec({ labels: { rare: n % 12 === 0 ? 'yes' : 'no' } }),
      }));
      const pages = await everyPage({ owner, limit: 2, labels: { rare: 'yes' } });
      expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
      expect(pages.flat().map(({ id }) => id)).toEqual(ids.filter((_, n) => n % 12 === 0).reverse());
    });

    test('labels follow an update', async () => {
      const owner = anOwner();
      const job = await it.created({ owner, spec: aSpec({ labels: { state: 'old' } }) });
      await it.store.update({ ...job, spec: aSpec({ labels: { state: 'new' } }) });
      expect((await it.store.list({ owner, limit: 10, labels: { state: 'old' } })).items).toEqual([]);
      expect((await it.store.list({ owner, limit: 10, labels: { state: 'new' } })).items).toHaveLength(1);
    });

    test.each([
      '',
      'x',
      'after_',
      'after_!',
      jobId(1),
      jobId(1).replace('job_', 'before'),
      'eyJpZCI6MX0',
      "after_' or 1=1 --",
      'after_'.padEnd(5000, '0'),
    ])('the cursor %j was not made here and is refused', async (cursor) => {
      await expect(it.store.list({ owner: 'ana', limit: 10, cursor })).rejects.toMatchObject({ code: 'spec.invalid' });
      await expect(it.store.unfinished({ limit: 10, cursor })).rejects.toMatchObject({ code: 'spec.invalid' });
    });

    test("a cursor of somebody else's list shows nothing of theirs", async () => {
      const [ana, ben] = [anOwner(), anOwner()];
      await several(2, () => ({ owner: ben }));
      const theirs = await several(3, () => ({ owner: ana }));
      const page = await it.store.list({ owner: ana, limit: 2 });
      const stolen = await it.store.list({ owner: ben, limit: 10, cursor: page.next ?? '' });
      expect(stolen.items).toHaveLength(2);
      expect(stolen.items.some(({ id }) => theirs.includes(id))).toBe(false);
    });
  });

  describe('unfinished and stats', () => {
    test('jobs that have not ended are listed oldest first, page by page, of every owner', async () => {
      const ids: string[] = [];
      for (const status of Statuses.options) ids.push((await it.created({ status, owner: `of-${status}` })).id);
      const live = Statuses.options.flatMap((status, n) => (isTerminal(status) ? [] : [ids[n]]));
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await it.store.unfinished({ limit: 2, ...(cursor === undefined ? {} : { cursor }) });
        expect(page.items.length === 2 || page.next === null).toBe(true);
        seen.push(...page.items);
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      expect(seen).toEqual(seen.toSorted());
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.filter((id) => ids.includes(id))).toEqual(live);
    });

    test('a job leaves the list when it ends', async () => {
      const job = await it.created();
      expect((await it.store.unfinished({ limit: 1000 })).items).toContain(job.id);
      await it.store.update({ ...job, status: 'failed' });
      expect((await it.store.unfinished({ limit: 1000 })).items).not.toContain(job.id);
    });

    test('outdated are ended jobs that were to be kept until then, oldest first, at most `limit`', async () => {
      const ended = { status: 'succeeded', endedAt: at(0) } as const;
      const kept = (seconds: number, rest: Partial<JobRecord> = {}) =>
        it.created({ ...ended, spec: aSpec({ keep: { outputs: seconds } }), ...rest });
      const third = await kept(9003);
      const first = await kept(9001);
      const second = await kept(9002, { endedAt: '2026-11-01T12:00:00Z' });
      await kept(9060);
      await kept(9001, { status: 'running', attempt: 1, startedAt: at(0), endedAt: null });
      await it.created(ended);
      const removed = await kept(9001);
      await it.store.remove(removed.id, at(1));
      const late = await it.created({ ...running, spec: aSpec({ keep: { outputs: 9000 } }) });
      await it.store.update({ ...late, status: 'failed', endedAt: at(4) });
      expect(await it.store.outdated(at(9010), 1000)).toEqual([first.id, second.id, third.id, late.id]);
      expect(await it.store.outdated(at(9002.5), 1000)).toEqual([first.id, second.id]);
      expect(await it.store.outdated(at(9010), 2)).toEqual([first.id, second.id]);
      expect(await it.store.outdated(at(-1), 1000)).toEqual([]);
    });

    test('live jobs are counted by status, and the oldest is known', async () => {
      const fresh = await it.open();
      try {
        expect(await fresh.jobs.stats()).toEqual({ byStatus: {}, oldestCreatedAt: null });
        const make = (n: number, status: JobStatus, seconds: number): Promise<void> =>
          fresh.jobs.create(aJob({ id: jobId(n), status, createdAt: at(seconds) }));
        await make(1, 'queued', 5);
        await make(2, 'running', 3);
        await make(3, 'running', 4);
        await make(4, 'succeeded', 1);
        await make(5, 'waiting', 6);
        await fresh.jobs.remove(jobId(5), at(10));
        expect(await fresh.jobs.stats()).toEqual({ byStatus: { queued: 1, running: 2 }, oldestCreatedAt: at(3) });
      } finally {
        await fresh.close();
      }
    });
  });
};
