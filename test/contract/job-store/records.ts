/** How jobs are stored, changed and removed. */
import { describe, expect, test } from 'vitest';
import { JobStatus as Statuses, mayBecome } from '#core/job/state.ts';
import { aJob, aResult, aSpec, aTask, at } from '#test/support/records.ts';
import { running } from './context.ts';
import type { JobStoreContext } from './context.ts';

const conflict = { code: 'conflict.state' };

export const recordsContract = (it: JobStoreContext): void => {
  describe('create and get', () => {
    test('a job is read as it was created', async () => {
      const job = await it.created({
        spec: aSpec({ labels: { 'team.name': 'ø "x"' }, metadata: { a: [1, null, '', { b: false }] } }),
        plan: {
          hash: 'h',
          round: 1,
          complete: true,
          stages: [['encode-1'], []],
          skipped: { gif: 'no video' },
          reused: {},
          warnings: [],
        },
      });
      expect(await it.store.get(job.id)).toEqual(job);
    });

    test('an absent job is undefined', async () => {
      expect(await it.store.get(it.newId())).toBeUndefined();
    });

    test('an id is taken once', async () => {
      const job = await it.created();
      await expect(it.store.create({ ...job, owner: 'ben' })).rejects.toMatchObject(conflict);
      expect(await it.store.get(job.id)).toEqual(job);
    });

    test('of many creations of one id at once, one wins', async () => {
      const id = it.newId();
      const tries = Array.from({ length: 20 }, (_, n) => it.store.create(aJob({ id, owner: `owner-${n}` })));
      const outcomes = await Promise.allSettled(tries);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
      expect(await it.store.get(id)).toMatchObject({ owner: `owner-${winner}` });
    });

    test('a record that was read can be changed without changing what is stored', async () => {
      const job = await it.created();
      const copy = await it.store.get(job.id);
      if (copy) copy.spec.labels = { changed: 'yes' };
      expect(await it.store.get(job.id)).toEqual(job);
    });
  });

  describe('update', () => {
    test('an update replaces the record and raises its version by one', async () => {
      const job = await it.created();
      const after = await it.store.update({ ...job, ...running, spec: aSpec({ name: 'new name' }) });
      expect(after).toEqual({ ...job, ...running, spec: aSpec({ name: 'new name' }), version: 2 });
      expect(await it.store.get(job.id)).toEqual(after);
    });

    test('an update of an older version is refused', async () => {
      const job = await it.created();
      await it.store.update({ ...job, ...running });
      await expect(it.store.update({ ...job, status: 'canceled' })).rejects.toMatchObject(conflict);
      expect(await it.store.get(job.id)).toMatchObject({ status: 'running', version: 2 });
    });

    test('an update of a version that is still to come is refused', async () => {
      const job = await it.created();
      await expect(it.store.update({ ...job, version: 2 })).rejects.toMatchObject(conflict);
    });

    test('an update of a job that is not there is refused', async () => {
      await expect(it.store.update(aJob({ id: it.newId() }))).rejects.toMatchObject(conflict);
    });

    test('an attempt never falls', async () => {
      const job = await it.created({ ...running, attempt: 2 });
      await expect(it.store.update({ ...job, attempt: 1 })).rejects.toMatchObject(conflict);
      expect(await it.store.update({ ...job, attempt: 3 })).toMatchObject({ attempt: 3 });
    });

    const pairs = Statuses.options.flatMap((from) => Statuses.options.map((to) => ({ from, to })));
    test.each(pairs)(
      'a job that is $from may become $to exactly where the table of transitions says so',
      async ({ from, to }) => {
        const job = await it.created({ status: from });
        const update = it.store.update({ ...job, status: to });
        if (mayBecome(from, to)) expect(await update).toMatchObject({ status: to, version: 2 });
        else await expect(update).rejects.toMatchObject(conflict);
        expect((await it.store.get(job.id))?.status).toBe(mayBecome(from, to) ? to : from);
      },
    );

    test('of many updates of one version at once, one wins', async () => {
      const job = await it.created({ ...running });
      const tries = Array.from({ length: 20 }, (_, n) => it.store.update({ ...job, timings: { n } }));
      const won = (await Promise.allSettled(tries)).flatMap((o) => (o.status === 'fulfilled' ? [o.value] : []));
      expect(won).toHaveLength(1);
      expect(await it.store.get(job.id)).toEqual(won[0]);
    });

    test('a finish and a cancel at once: one wins and the other changes nothing', async () => {
      for (let round = 0; round < 10; round += 1) {
        const job = await it.created({ ...running });
        const tries = [
          it.store.update({ ...job, status: 'succeeded' }),
          it.store.update({ ...job, status: 'canceled' }),
        ];
        const [finish, cancel] = (await Promise.allSettled(tries)).map(({ status }) => status === 'fulfilled');
        expect(finish).not.toBe(cancel);
        expect((await it.store.get(job.id))?.status).toBe(finish ? 'succeeded' : 'canceled');
      }
    });
  });

  describe('remove', () => {
    test('a removed job is gone with its tasks', async () => {
      const { job } = await it.claimed();
      await it.store.remove(job.id, at(60));
      expect(await it.store.get(job.id)).toBeUndefined();
      expect(await it.store.tasks(job.id)).toEqual([]);
      expect(await it.store.task(job.id, 'encode-1')).toBeUndefined();
      expect((await it.store.list({ owner: job.owner, limit: 1000 })).items.some(({ id }) => id === job.id)).toBe(
        false,
      );
      expect((await it.store.unfinished({ limit: 1000 })).items).not.toContain(job.id);
    });

    test('nothing brings a removed job back', async () => {
      const { job, claim } = await it.claimed();
      await it.store.remove(job.id, at(60));
      await expect(it.store.create({ ...job, createdAt: at(61) })).rejects.toMatchObject(conflict);
      await expect(it.store.update(job)).rejects.toMatchObject(conflict);
      await expect(it.store.saveTasks(job.id, [aTask()])).rejects.toMatchObject(conflict);
      await expect(it.store.claimTask(claim, { now: at(100), leaseUntil: at(130) })).rejects.toMatchObject(conflict);
      const beat = it.store.heartbeat(claim, { progress: 0.5, phase: 'encoding', leaseUntil: at(130) });
      await expect(beat).rejects.toMatchObject(conflict);
      await expect(it.store.finishTask(claim, { at: at(62), result: aResult() })).rejects.toMatchObject(conflict);
      expect(await it.store.get(job.id)).toBeUndefined();
      expect(await it.store.tasks(job.id)).toEqual([]);
    });

    test('removing twice is fine, and so is removing what never was; both leave a tombstone', async () => {
      const job = await it.created();
      await it.store.remove(job.id, at(60));
      await it.store.remove(job.id, at(70));
      const never = it.newId();
      await it.store.remove(never, at(60));
      await expect(it.store.create(job)).rejects.toMatchObject(conflict);
      await expect(it.store.create(aJob({ id: never }))).rejects.toMatchObject(conflict);
    });

    test('a tombstone is kept for fourteen days', async () => {
      const job = await it.created();
      const day = 86_400;
      await it.store.remove(job.id, at(0));
      await expect(it.store.create({ ...job, createdAt: at(14 * day - 1) })).rejects.toMatchObject(conflict);
      await it.store.create({ ...job, createdAt: at(14 * day + 1) });
      expect(await it.store.get(job.id)).toMatchObject({ id: job.id });
    });

    test('many tasks are removed', async () => {
      const job = await it.created({ ...running });
      await it.store.saveTasks(
        job.id,
        Array.from({ length: 60 }, (_, n) => aTask({ id: `task-${n}` })),
      );
      await it.store.remove(job.id, at(60));
      expect(await it.store.tasks(job.id)).toEqual([]);
    });
  });
};
