/** What every job store must do: each sentence of core/ports/job-store.ts, as a test. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Claim, JobRecord, JobStatus } from '#core/job/state.ts';
import { JobStatus as Statuses, isTerminal, mayBecome } from '#core/job/state.ts';
import type { JobQuery, JobStore } from '#core/ports/job-store.ts';
import { aClaim, aFetchTask, aJob, aJobError, aResult, aSpec, aTask, at, jobId, runId } from '#test/support/records.ts';

const conflict = { code: 'conflict.state' };
const running = { status: 'running', attempt: 1, startedAt: at(1) } as const;

export const jobStoreContract = (
  name: string,
  open: () => Promise<{ readonly jobs: JobStore; close(): Promise<void> }>,
  { races = 1000, skip }: { readonly races?: number; readonly skip?: string | undefined } = {},
): void => {
  describe.skipIf(skip)(`${name}: jobs${skip ? ` (skipped: ${skip})` : ''}`, () => {
    let store: JobStore;
    let close: () => Promise<void>;
    let lastId = 0;
    const newId = (): string => jobId((lastId += 1));
    const created = async (overrides: Partial<JobRecord> = {}): Promise<JobRecord> => {
      const job = aJob({ id: newId(), ...overrides });
      await store.create(job);
      return job;
    };
    /** A running job with the pending task `encode-1`, and a claim of that. */
    const claimable = async (overrides: Partial<Claim> = {}): Promise<{ job: JobRecord; claim: Claim }> => {
      const job = await created({ ...running });
      await store.saveTasks(job.id, [aTask()]);
      return { job, claim: aClaim({ jobId: job.id, ...overrides }) };
    };
    const claimed = async (): Promise<{ job: JobRecord; claim: Claim }> => {
      const made = await claimable();
      await store.claimTask(made.claim, { now: at(10), leaseUntil: at(40) });
      return made;
    };
    const everyPage = async (query: Omit<JobQuery, 'cursor'>): Promise<readonly (readonly JobRecord[])[]> => {
      const pages: (readonly JobRecord[])[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.list({ ...query, ...(cursor === undefined ? {} : { cursor }) });
        pages.push(page.items);
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      return pages;
    };

    beforeAll(async () => {
      const opened = await open();
      store = opened.jobs;
      close = () => opened.close();
    });
    afterAll(() => close());

    describe('create and get', () => {
      test('a job is read as it was created', async () => {
        const job = await created({
          spec: aSpec({ labels: { 'team.name': 'ø "x"' }, metadata: { a: [1, null, '', { b: false }] } }),
          plan: { hash: 'h', stages: [['encode-1'], []], skipped: { gif: 'no video' }, warnings: [] },
        });
        expect(await store.get(job.id)).toEqual(job);
      });

      test('an absent job is undefined', async () => {
        expect(await store.get(newId())).toBeUndefined();
      });

      test('an id is taken once', async () => {
        const job = await created();
        await expect(store.create({ ...job, owner: 'ben' })).rejects.toMatchObject(conflict);
        expect(await store.get(job.id)).toEqual(job);
      });

      test('of many creations of one id at once, one wins', async () => {
        const id = newId();
        const tries = Array.from({ length: 20 }, (_, n) => store.create(aJob({ id, owner: `owner-${n}` })));
        const outcomes = await Promise.allSettled(tries);
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
        expect(await store.get(id)).toMatchObject({ owner: `owner-${winner}` });
      });

      test('a record that was read can be changed without changing what is stored', async () => {
        const job = await created();
        const copy = await store.get(job.id);
        if (copy) copy.spec.labels = { changed: 'yes' };
        expect(await store.get(job.id)).toEqual(job);
      });
    });

    describe('update', () => {
      test('an update replaces the record and raises its version by one', async () => {
        const job = await created();
        const after = await store.update({ ...job, ...running, spec: aSpec({ name: 'new name' }) });
        expect(after).toEqual({ ...job, ...running, spec: aSpec({ name: 'new name' }), version: 2 });
        expect(await store.get(job.id)).toEqual(after);
      });

      test('an update of an older version is refused', async () => {
        const job = await created();
        await store.update({ ...job, ...running });
        await expect(store.update({ ...job, status: 'canceled' })).rejects.toMatchObject(conflict);
        expect(await store.get(job.id)).toMatchObject({ status: 'running', version: 2 });
      });

      test('an update of a version that is still to come is refused', async () => {
        const job = await created();
        await expect(store.update({ ...job, version: 2 })).rejects.toMatchObject(conflict);
      });

      test('an update of a job that is not there is refused', async () => {
        await expect(store.update(aJob({ id: newId() }))).rejects.toMatchObject(conflict);
      });

      test('an attempt never falls', async () => {
        const job = await created({ ...running, attempt: 2 });
        await expect(store.update({ ...job, attempt: 1 })).rejects.toMatchObject(conflict);
        expect(await store.update({ ...job, attempt: 3 })).toMatchObject({ attempt: 3 });
      });

      const pairs = Statuses.options.flatMap((from) => Statuses.options.map((to) => ({ from, to })));
      test.each(pairs)(
        'a job that is $from may become $to exactly where the table of transitions says so',
        async ({ from, to }) => {
          const job = await created({ status: from });
          const update = store.update({ ...job, status: to });
          if (mayBecome(from, to)) expect(await update).toMatchObject({ status: to, version: 2 });
          else await expect(update).rejects.toMatchObject(conflict);
          expect((await store.get(job.id))?.status).toBe(mayBecome(from, to) ? to : from);
        },
      );

      test('of many updates of one version at once, one wins', async () => {
        const job = await created({ ...running });
        const tries = Array.from({ length: 20 }, (_, n) => store.update({ ...job, timings: { n } }));
        const won = (await Promise.allSettled(tries)).flatMap((o) => (o.status === 'fulfilled' ? [o.value] : []));
        expect(won).toHaveLength(1);
        expect(await store.get(job.id)).toEqual(won[0]);
      });

      test('a finish and a cancel at once: one wins and the other changes nothing', async () => {
        for (let round = 0; round < 10; round += 1) {
          const job = await created({ ...running });
          const tries = [store.update({ ...job, status: 'succeeded' }), store.update({ ...job, status: 'canceled' })];
          const [finish, cancel] = (await Promise.allSettled(tries)).map(({ status }) => status === 'fulfilled');
          expect(finish).not.toBe(cancel);
          expect((await store.get(job.id))?.status).toBe(finish ? 'succeeded' : 'canceled');
        }
      });
    });

    describe('list', () => {
      let owners = 0;
      const anOwner = (): string => `lister-${(owners += 1)}`;
      /** `count` jobs, oldest first. */
      const several = async (count: number, make: (n: number) => Partial<JobRecord>): Promise<string[]> => {
        const ids: string[] = [];
        for (let n = 0; n < count; n += 1) ids.push((await created(make(n))).id);
        return ids;
      };

      test('jobs come newest first, and only those of the owner', async () => {
        const owner = anOwner();
        const ids = await several(5, (n) => ({ owner: n === 2 ? `${owner}x` : owner }));
        const mine = ids.filter((_, n) => n !== 2).reverse();
        const page = await store.list({ owner, limit: 10 });
        expect(page.items.map(({ id }) => id)).toEqual(mine);
        expect(page.next).toBeNull();
      });

      test('an owner without jobs gets an empty last page', async () => {
        expect(await store.list({ owner: anOwner(), limit: 10 })).toEqual({ items: [], next: null });
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
        const first = await store.list({ owner, limit: 2 });
        await created({ owner });
        const second = await store.list({ owner, limit: 2, cursor: first.next ?? '' });
        expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids.reverse());
      });

      test('a removed job does not break the page after it', async () => {
        const owner = anOwner();
        const ids = await several(4, () => ({ owner }));
        const first = await store.list({ owner, limit: 2 });
        await store.remove(ids[2] ?? '', at(0));
        const second = await store.list({ owner, limit: 2, cursor: first.next ?? '' });
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
          (await store.list({ owner, limit: 10, ...query })).items.map(({ id }) => id);
        expect(await found({ status: 'failed' })).toEqual([ids[5], ids[2]]);
        expect(await found({ template: 'web-video' })).toEqual([ids[2], ids[1], ids[0]]);
        expect(await found({ template: 'web-video', status: 'running' })).toEqual([ids[1]]);
        expect(await found({ template: 'another' })).toEqual([]);
      });

      test('a job is found by the status that it has now', async () => {
        const owner = anOwner();
        const job = await created({ owner });
        await store.update({ ...job, status: 'canceled' });
        expect((await store.list({ owner, limit: 10, status: 'queued' })).items).toEqual([]);
        expect((await store.list({ owner, limit: 10, status: 'canceled' })).items).toHaveLength(1);
      });

      test('jobs are found from an instant on, however it is written', async () => {
        const owner = anOwner();
        const ids = await several(4, (n) => ({ owner, createdAt: at(n) }));
        const since = async (instant: string): Promise<(string | undefined)[]> =>
          (await store.list({ owner, limit: 10, since: instant })).items.map(({ id }) => id);
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
          (await store.list({ owner, limit: 10, labels: wanted })).items.map(({ id }) => id);
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
        const job = await created({ owner, spec: aSpec({ labels: { state: 'old' } }) });
        await store.update({ ...job, spec: aSpec({ labels: { state: 'new' } }) });
        expect((await store.list({ owner, limit: 10, labels: { state: 'old' } })).items).toEqual([]);
        expect((await store.list({ owner, limit: 10, labels: { state: 'new' } })).items).toHaveLength(1);
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
        await expect(store.list({ owner: 'ana', limit: 10, cursor })).rejects.toMatchObject({ code: 'spec.invalid' });
        await expect(store.unfinished({ limit: 10, cursor })).rejects.toMatchObject({ code: 'spec.invalid' });
      });

      test("a cursor of somebody else's list shows nothing of theirs", async () => {
        const [ana, ben] = [anOwner(), anOwner()];
        await several(2, () => ({ owner: ben }));
        const theirs = await several(3, () => ({ owner: ana }));
        const page = await store.list({ owner: ana, limit: 2 });
        const stolen = await store.list({ owner: ben, limit: 10, cursor: page.next ?? '' });
        expect(stolen.items).toHaveLength(2);
        expect(stolen.items.some(({ id }) => theirs.includes(id))).toBe(false);
      });
    });

    describe('remove', () => {
      test('a removed job is gone with its tasks', async () => {
        const { job } = await claimed();
        await store.remove(job.id, at(60));
        expect(await store.get(job.id)).toBeUndefined();
        expect(await store.tasks(job.id)).toEqual([]);
        expect(await store.task(job.id, 'encode-1')).toBeUndefined();
        expect((await store.list({ owner: job.owner, limit: 1000 })).items.some(({ id }) => id === job.id)).toBe(false);
        expect((await store.unfinished({ limit: 1000 })).items).not.toContain(job.id);
      });

      test('nothing brings a removed job back', async () => {
        const { job, claim } = await claimed();
        await store.remove(job.id, at(60));
        await expect(store.create({ ...job, createdAt: at(61) })).rejects.toMatchObject(conflict);
        await expect(store.update(job)).rejects.toMatchObject(conflict);
        await expect(store.saveTasks(job.id, [aTask()])).rejects.toMatchObject(conflict);
        await expect(store.claimTask(claim, { now: at(100), leaseUntil: at(130) })).rejects.toMatchObject(conflict);
        const beat = store.heartbeat(claim, { progress: 0.5, phase: 'encoding', leaseUntil: at(130) });
        await expect(beat).rejects.toMatchObject(conflict);
        await expect(store.finishTask(claim, { at: at(62), result: aResult() })).rejects.toMatchObject(conflict);
        expect(await store.get(job.id)).toBeUndefined();
        expect(await store.tasks(job.id)).toEqual([]);
      });

      test('removing twice is fine, and so is removing what never was; both leave a tombstone', async () => {
        const job = await created();
        await store.remove(job.id, at(60));
        await store.remove(job.id, at(70));
        const never = newId();
        await store.remove(never, at(60));
        await expect(store.create(job)).rejects.toMatchObject(conflict);
        await expect(store.create(aJob({ id: never }))).rejects.toMatchObject(conflict);
      });

      test('a tombstone is kept for fourteen days', async () => {
        const job = await created();
        const day = 86_400;
        await store.remove(job.id, at(0));
        await expect(store.create({ ...job, createdAt: at(14 * day - 1) })).rejects.toMatchObject(conflict);
        await store.create({ ...job, createdAt: at(14 * day + 1) });
        expect(await store.get(job.id)).toMatchObject({ id: job.id });
      });

      test('many tasks are removed', async () => {
        const job = await created({ ...running });
        await store.saveTasks(
          job.id,
          Array.from({ length: 60 }, (_, n) => aTask({ id: `task-${n}` })),
        );
        await store.remove(job.id, at(60));
        expect(await store.tasks(job.id)).toEqual([]);
      });
    });

    describe('unfinished and stats', () => {
      test('jobs that have not ended are listed oldest first, page by page, of every owner', async () => {
        const ids: string[] = [];
        for (const status of Statuses.options) ids.push((await created({ status, owner: `of-${status}` })).id);
        const live = Statuses.options.flatMap((status, n) => (isTerminal(status) ? [] : [ids[n]]));
        const seen: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await store.unfinished({ limit: 2, ...(cursor === undefined ? {} : { cursor }) });
          expect(page.items.length === 2 || page.next === null).toBe(true);
          seen.push(...page.items);
          cursor = page.next ?? undefined;
        } while (cursor !== undefined);
        expect(seen).toEqual(seen.toSorted());
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen.filter((id) => ids.includes(id))).toEqual(live);
      });

      test('a job leaves the list when it ends', async () => {
        const job = await created();
        expect((await store.unfinished({ limit: 1000 })).items).toContain(job.id);
        await store.update({ ...job, status: 'failed' });
        expect((await store.unfinished({ limit: 1000 })).items).not.toContain(job.id);
      });

      test('live jobs are counted by status, and the oldest is known', async () => {
        const fresh = await open();
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

    describe('saveTasks', () => {
      test('tasks are pending at first, and read by id', async () => {
        const job = await created({ ...running });
        await store.saveTasks(job.id, [aTask(), aFetchTask()]);
        const tasks = await store.tasks(job.id);
        expect(tasks.map(({ id }) => id)).toEqual(['encode-1', 'input-video']);
        expect(tasks[0]).toEqual({
          jobId: job.id,
          id: 'encode-1',
          version: 1,
          task: aTask(),
          state: 'pending',
          claim: null,
          leaseUntil: null,
          progress: 0,
          phase: 'waiting',
          result: null,
          error: null,
          startedAt: null,
          endedAt: null,
        });
        expect(await store.task(job.id, 'input-video')).toMatchObject({ task: aFetchTask() });
        expect(await store.task(job.id, 'nothing')).toBeUndefined();
      });

      test('hundreds of tasks are saved at once', async () => {
        const job = await created({ ...running });
        await store.saveTasks(
          job.id,
          Array.from({ length: 230 }, (_, n) => aTask({ id: `t-${n}` })),
        );
        expect(await store.tasks(job.id)).toHaveLength(230);
      });

      test('a finished task with an equal definition keeps its state and result, in a later attempt too', async () => {
        const { job, claim } = await claimed();
        await store.finishTask(claim, { at: at(20), result: aResult() });
        const before = await store.task(job.id, 'encode-1');
        const queued = await store.update({ ...job, status: 'queued', attempt: 2 });
        await store.update({ ...queued, status: 'running' });
        await store.saveTasks(job.id, [aTask(), aTask({ id: 'encode-2' })]);
        expect(await store.task(job.id, 'encode-1')).toEqual(before);
        expect(await store.task(job.id, 'encode-2')).toMatchObject({ state: 'pending' });
      });

      test('the order of fields does not make a definition another one', async () => {
        const { job, claim } = await claimed();
        await store.finishTask(claim, { at: at(20), result: aResult() });
        const { kind, id, ...rest } = aTask();
        await store.saveTasks(job.id, [{ ...rest, id, kind }]);
        expect(await store.task(job.id, 'encode-1')).toMatchObject({ state: 'succeeded' });
      });

      test('another definition replaces a task of an earlier attempt, finished or not, and raises its version', async () => {
        const { job, claim } = await claimed();
        await store.finishTask(claim, { at: at(20), result: aResult() });
        const before = await store.task(job.id, 'encode-1');
        await store.update({ ...job, attempt: 2 });
        await store.saveTasks(job.id, [aTask({ label: 'another' })]);
        expect(await store.task(job.id, 'encode-1')).toMatchObject({
          state: 'pending',
          result: null,
          claim: null,
          progress: 0,
          task: { label: 'another' },
          version: (before?.version ?? 0) + 1,
        });
      });

      test('another definition replaces a task that nobody has claimed', async () => {
        const { job } = await claimable();
        await store.saveTasks(job.id, [aTask({ label: 'another' })]);
        expect(await store.task(job.id, 'encode-1')).toMatchObject({ task: { label: 'another' }, version: 2 });
      });

      test('a task that the present attempt has claimed is left alone', async () => {
        const { job } = await claimed();
        const before = await store.task(job.id, 'encode-1');
        await store.saveTasks(job.id, [aTask({ label: 'another' })]);
        expect(await store.task(job.id, 'encode-1')).toEqual(before);
      });

      test('no tasks are saved for a job that has ended or is gone, not even none', async () => {
        const job = await created({ status: 'canceled' });
        await expect(store.saveTasks(job.id, [aTask()])).rejects.toMatchObject(conflict);
        await expect(store.saveTasks(job.id, [])).rejects.toMatchObject(conflict);
        await expect(store.saveTasks(newId(), [aTask()])).rejects.toMatchObject(conflict);
        expect(await store.tasks(job.id)).toEqual([]);
      });
    });

    describe('claimTask', () => {
      const times = { now: at(10), leaseUntil: at(40) };

      test('a claim makes the task run', async () => {
        const { job, claim } = await claimable();
        const task = await store.claimTask(claim, times);
        expect(task).toMatchObject({
          state: 'running',
          claim,
          leaseUntil: at(40),
          progress: 0,
          startedAt: at(10),
          version: 2,
        });
        expect(await store.task(job.id, 'encode-1')).toEqual(task);
      });

      test(`of ${races} claims at once exactly one wins`, async () => {
        const { job } = await claimable();
        const claims = Array.from({ length: races }, (_, n) => aClaim({ jobId: job.id, runner: runId(n) }));
        const outcomes = await Promise.allSettled(claims.map((claim) => store.claimTask(claim, times)));
        const winners = outcomes.flatMap((o) => (o.status === 'fulfilled' ? [o.value] : []));
        expect(winners).toHaveLength(1);
        expect(await store.task(job.id, 'encode-1')).toEqual(winners[0]);
        const losers = outcomes.flatMap((o) => (o.status === 'rejected' ? [o.reason] : []));
        expect(losers.every((reason) => (reason as { code?: unknown }).code === 'conflict.state')).toBe(true);
      });

      test('each of many tasks claimed at once is claimed', async () => {
        const job = await created({ ...running });
        const ids = Array.from({ length: 40 }, (_, n) => `t-${n}`);
        await store.saveTasks(
          job.id,
          ids.map((id) => aTask({ id })),
        );
        await Promise.all(
          ids.map((taskId, n) => store.claimTask(aClaim({ jobId: job.id, taskId, runner: runId(n) }), times)),
        );
        expect((await store.tasks(job.id)).every(({ state }) => state === 'running')).toBe(true);
      });

      test('a held task is free again after its lease, not before', async () => {
        const { job } = await claimed();
        const other = aClaim({ jobId: job.id, runner: runId(2) });
        await expect(store.claimTask(other, { now: at(39), leaseUntil: at(70) })).rejects.toMatchObject(conflict);
        expect(await store.claimTask(other, { now: at(41), leaseUntil: at(70) })).toMatchObject({ claim: other });
      });

      test('a later attempt takes the task at once', async () => {
        const { job } = await claimed();
        await store.update({ ...job, attempt: 2 });
        const other = aClaim({ jobId: job.id, attempt: 2, runner: runId(2) });
        expect(await store.claimTask(other, { now: at(11), leaseUntil: at(41) })).toMatchObject({
          claim: other,
          progress: 0,
        });
      });

      test('a failed task may be tried again, and starts anew', async () => {
        const { job, claim } = await claimed();
        await store.heartbeat(claim, { progress: 0.7, phase: 'encoding', leaseUntil: at(50) });
        await store.finishTask(claim, { at: at(20), error: aJobError() });
        const again = aClaim({ jobId: job.id, runner: runId(2) });
        expect(await store.claimTask(again, { now: at(21), leaseUntil: at(51) })).toMatchObject({
          state: 'running',
          claim: again,
          progress: 0,
          error: null,
          startedAt: at(21),
          endedAt: null,
        });
      });

      test('a task that has succeeded is returned as it is, unclaimed', async () => {
        const { job, claim } = await claimed();
        await store.finishTask(claim, { at: at(20), result: aResult() });
        const done = await store.task(job.id, 'encode-1');
        const again = await store.claimTask(aClaim({ jobId: job.id, runner: runId(2) }), {
          now: at(90),
          leaseUntil: at(120),
        });
        expect(again).toEqual(done);
        expect(again).toMatchObject({ state: 'succeeded', claim, result: aResult() });
        expect(await store.task(job.id, 'encode-1')).toEqual(done);
      });

      test.each(Statuses.options.filter((status) => status !== 'running'))(
        'no task of a job that is %s is claimed',
        async (status) => {
          const job = await created({ ...running });
          await store.saveTasks(job.id, [aTask()]);
          const other = await created({ status, attempt: 1 });
          if (!isTerminal(status)) await store.saveTasks(other.id, [aTask()]);
          await expect(store.claimTask(aClaim({ jobId: other.id }), times)).rejects.toMatchObject(conflict);
        },
      );

      test.each([1, 3])('attempt %i does not claim while the job runs attempt 2', async (attempt) => {
        const job = await created({ ...running, attempt: 2 });
        await store.saveTasks(job.id, [aTask()]);
        await expect(store.claimTask(aClaim({ jobId: job.id, attempt }), times)).rejects.toMatchObject(conflict);
      });

      test('a task or a job that is not there is not claimed', async () => {
        const { job } = await claimable();
        await expect(store.claimTask(aClaim({ jobId: job.id, taskId: 'no' }), times)).rejects.toMatchObject(conflict);
        await expect(store.claimTask(aClaim({ jobId: newId() }), times)).rejects.toMatchObject(conflict);
      });
    });

    describe('heartbeat', () => {
      test('a heartbeat records progress and prolongs the lease', async () => {
        const { job, claim } = await claimed();
        await store.heartbeat(claim, { progress: 0.25, phase: 'encoding', leaseUntil: at(60) });
        expect(await store.task(job.id, 'encode-1')).toMatchObject({
          progress: 0.25,
          phase: 'encoding',
          leaseUntil: at(60),
        });
        const other = aClaim({ jobId: job.id, runner: runId(2) });
        await expect(store.claimTask(other, { now: at(50), leaseUntil: at(80) })).rejects.toMatchObject(conflict);
      });

      test('heartbeats in any order leave the highest progress, and a version that rose with each', async () => {
        const { job, claim } = await claimed();
        for (const [n, progress] of [0.1, 0.6, 0.3, 0.5].entries()) {
          await store.heartbeat(claim, { progress, phase: 'encoding', leaseUntil: at(60 - n) });
        }
        expect(await store.task(job.id, 'encode-1')).toMatchObject({ progress: 0.6, leaseUntil: at(60), version: 6 });
      });

      test('heartbeats at once lose nothing', async () => {
        const { job, claim } = await claimed();
        const beats = Array.from({ length: 10 }, (_, n) => ({
          progress: (n + 1) / 20,
          phase: 'encoding',
          leaseUntil: at(60),
        }));
        await Promise.all(beats.map((beat) => store.heartbeat(claim, beat)));
        expect(await store.task(job.id, 'encode-1')).toMatchObject({ progress: 0.5, version: 12 });
      });

      const beat = { progress: 0.5, phase: 'encoding', leaseUntil: at(100) };

      test('after a cancel the next heartbeat fails and changes nothing', async () => {
        const { job, claim } = await claimed();
        await store.update({ ...job, status: 'canceled' });
        const before = await store.task(job.id, 'encode-1');
        await expect(store.heartbeat(claim, beat)).rejects.toMatchObject(conflict);
        expect(await store.task(job.id, 'encode-1')).toEqual(before);
      });

      test('after a restart the heartbeat of the attempt before fails', async () => {
        const { job, claim } = await claimed();
        await store.update({ ...job, attempt: 2 });
        await expect(store.heartbeat(claim, beat)).rejects.toMatchObject(conflict);
      });

      test('a runner that lost its claim cannot report any more', async () => {
        const { job, claim } = await claimed();
        await store.claimTask(aClaim({ jobId: job.id, runner: runId(2) }), { now: at(41), leaseUntil: at(70) });
        await expect(store.heartbeat(claim, beat)).rejects.toMatchObject(conflict);
        expect(await store.task(job.id, 'encode-1')).toMatchObject({ progress: 0, leaseUntil: at(70) });
      });

      test('nobody reports on a task that is unclaimed, ended, or not there', async () => {
        const { claim } = await claimable();
        await expect(store.heartbeat(claim, beat)).rejects.toMatchObject(conflict);
        const ended = await claimed();
        await store.finishTask(ended.claim, { at: at(20), result: aResult() });
        await expect(store.heartbeat(ended.claim, beat)).rejects.toMatchObject(conflict);
        await expect(store.heartbeat({ ...claim, taskId: 'no' }, beat)).rejects.toMatchObject(conflict);
        await expect(store.heartbeat({ ...claim, jobId: newId() }, beat)).rejects.toMatchObject(conflict);
      });
    });

    describe('finishTask', () => {
      test('a result ends the task as succeeded, at full progress', async () => {
        const { job, claim } = await claimed();
        await store.finishTask(claim, { at: at(20), result: aResult() });
        expect(await store.task(job.id, 'encode-1')).toMatchObject({
          state: 'succeeded',
          progress: 1,
          phase: 'done',
          result: aResult(),
          error: null,
          endedAt: at(20),
          claim,
        });
      });

      test('an error ends the task as failed, with the progress it had', async () => {
        const { job, claim } = await claimed();
        await store.heartbeat(claim, { progress: 0.4, phase: 'encoding', leaseUntil: at(60) });
        await store.finishTask(claim, { at: at(20), error: aJobError() });
        expect(await store.task(job.id, 'encode-1')).toMatchObject({
          state: 'failed',
          progress: 0.4,
          phase: 'encoding',
          result: null,
          error: aJobError(),
          endedAt: at(20),
        });
      });

      test('the same end again is fine and changes nothing', async () => {
        for (const end of [
          { at: at(20), result: aResult() },
          { at: at(20), error: aJobError() },
        ]) {
          const { job, claim } = await claimed();
          await store.finishTask(claim, end);
          const before = await store.task(job.id, 'encode-1');
          await store.finishTask(claim, { ...end, at: at(21) });
          expect(await store.task(job.id, 'encode-1')).toEqual(before);
        }
      });

      test('another end with the same claim is refused', async () => {
        const { job, claim } = await claimed();
        await store.finishTask(claim, { at: at(20), result: aResult() });
        const before = await store.task(job.id, 'encode-1');
        await expect(store.finishTask(claim, { at: at(20), error: aJobError() })).rejects.toMatchObject(conflict);
        const other = aResult({ warnings: ['other'] });
        await expect(store.finishTask(claim, { at: at(20), result: other })).rejects.toMatchObject(conflict);
        expect(await store.task(job.id, 'encode-1')).toEqual(before);
      });

      test('a runner that lost its claim ends nothing', async () => {
        const { job, claim } = await claimed();
        const other = aClaim({ jobId: job.id, runner: runId(2) });
        await store.claimTask(other, { now: at(41), leaseUntil: at(70) });
        await expect(store.finishTask(claim, { at: at(42), result: aResult() })).rejects.toMatchObject(conflict);
        expect(await store.task(job.id, 'encode-1')).toMatchObject({ state: 'running', claim: other, result: null });
      });

      test('after a cancel or a restart no task of the attempt ends', async () => {
        const canceled = await claimed();
        await store.update({ ...canceled.job, status: 'canceled' });
        const restarted = await claimed();
        await store.update({ ...restarted.job, attempt: 2 });
        for (const { claim } of [canceled, restarted]) {
          await expect(store.finishTask(claim, { at: at(20), result: aResult() })).rejects.toMatchObject(conflict);
          expect(await store.task(claim.jobId, 'encode-1')).toMatchObject({ state: 'running', result: null });
        }
      });
    });
  });
};
