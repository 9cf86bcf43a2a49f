/** How tasks are planned and claimed. */
import { describe, expect, test } from 'vitest';
import { JobStatus as Statuses, isTerminal } from '#core/job/state.ts';
import { aClaim, aFetchTask, aJobError, aResult, aTask, at, runId } from '#test/support/records.ts';
import { running } from './context.ts';
import type { JobStoreContext } from './context.ts';

const conflict = { code: 'conflict.state' };

export const tasksContract = (it: JobStoreContext): void => {
  describe('saveTasks', () => {
    test('tasks are pending at first, and read by id', async () => {
      const job = await it.created({ ...running });
      await it.store.saveTasks(job.id, [aTask(), aFetchTask()]);
      const tasks = await it.store.tasks(job.id);
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
      expect(await it.store.task(job.id, 'input-video')).toMatchObject({ task: aFetchTask() });
      expect(await it.store.task(job.id, 'nothing')).toBeUndefined();
    });

    test('hundreds of tasks are saved at once', async () => {
      const job = await it.created({ ...running });
      await it.store.saveTasks(
        job.id,
        Array.from({ length: 230 }, (_, n) => aTask({ id: `t-${n}` })),
      );
      expect(await it.store.tasks(job.id)).toHaveLength(230);
    });

    test('a finished task with an equal definition keeps its state and result, in a later attempt too', async () => {
      const { job, claim } = await it.claimed();
      await it.store.finishTask(claim, { at: at(20), result: aResult() });
      const before = await it.store.task(job.id, 'encode-1');
      const queued = await it.store.update({ ...job, status: 'queued', attempt: 2 });
      await it.store.update({ ...queued, status: 'running' });
      await it.store.saveTasks(job.id, [aTask(), aTask({ id: 'encode-2' })]);
      expect(await it.store.task(job.id, 'encode-1')).toEqual(before);
      expect(await it.store.task(job.id, 'encode-2')).toMatchObject({ state: 'pending' });
    });

    test('the order of fields does not make a definition another one', async () => {
      const { job, claim } = await it.claimed();
      await it.store.finishTask(claim, { at: at(20), result: aResult() });
      const { kind, id, ...rest } = aTask();
      await it.store.saveTasks(job.id, [{ ...rest, id, kind }]);
      expect(await it.store.task(job.id, 'encode-1')).toMatchObject({ state: 'succeeded' });
    });

    test('another definition replaces a task of an earlier attempt, finished or not, and raises its version', async () => {
      const { job, claim } = await it.claimed();
      await it.store.finishTask(claim, { at: at(20), result: aResult() });
      const before = await it.store.task(job.id, 'encode-1');
      await it.store.update({ ...job, attempt: 2 });
      await it.store.saveTasks(job.id, [aTask({ label: 'another' })]);
      expect(await it.store.task(job.id, 'encode-1')).toMatchObject({
        state: 'pending',
        result: null,
        claim: null,
        progress: 0,
        task: { label: 'another' },
        version: (before?.version ?? 0) + 1,
      });
    });

    test('another definition replaces a task that nobody has claimed', async () => {
      const { job } = await it.claimable();
      await it.store.saveTasks(job.id, [aTask({ label: 'another' })]);
      expect(await it.store.task(job.id, 'encode-1')).toMatchObject({ task: { label: 'another' }, version: 2 });
    });

    test('a task that the present attempt has claimed is left alone', async () => {
      const { job } = await it.claimed();
      const before = await it.store.task(job.id, 'encode-1');
      await it.store.saveTasks(job.id, [aTask({ label: 'another' })]);
      expect(await it.store.task(job.id, 'encode-1')).toEqual(before);
    });

    test('no tasks are saved for a job that has ended or is gone, not even none', async () => {
      const job = await it.created({ status: 'canceled' });
      await expect(it.store.saveTasks(job.id, [aTask()])).rejects.toMatchObject(conflict);
      await expect(it.store.saveTasks(job.id, [])).rejects.toMatchObject(conflict);
      await expect(it.store.saveTasks(it.newId(), [aTask()])).rejects.toMatchObject(conflict);
      expect(await it.store.tasks(job.id)).toEqual([]);
    });
  });

  describe('claimTask', () => {
    const times = { now: at(10), leaseUntil: at(40) };

    test('a claim makes the task run', async () => {
      const { job, claim } = await it.claimable();
      const task = await it.store.claimTask(claim, times);
      expect(task).toMatchObject({
        state: 'running',
        claim,
        leaseUntil: at(40),
        progress: 0,
        startedAt: at(10),
        version: 2,
      });
      expect(await it.store.task(job.id, 'encode-1')).toEqual(task);
    });

    test(`of ${it.races} claims at once exactly one wins`, async () => {
      const { job } = await it.claimable();
      const claims = Array.from({ length: it.races }, (_, n) => aClaim({ jobId: job.id, runner: runId(n) }));
      const outcomes = await Promise.allSettled(claims.map((claim) => it.store.claimTask(claim, times)));
      const winners = outcomes.flatMap((o) => (o.status === 'fulfilled' ? [o.value] : []));
      expect(winners).toHaveLength(1);
      expect(await it.store.task(job.id, 'encode-1')).toEqual(winners[0]);
      const losers = outcomes.flatMap((o) => (o.status === 'rejected' ? [o.reason] : []));
      expect(losers.every((reason) => (reason as { code?: unknown }).code === 'conflict.state')).toBe(true);
    });

    test('each of many tasks claimed at once is claimed', async () => {
      const job = await it.created({ ...running });
      const ids = Array.from({ length: 40 }, (_, n) => `t-${n}`);
      await it.store.saveTasks(
        job.id,
        ids.map((id) => aTask({ id })),
      );
      await Promise.all(
        ids.map((taskId, n) => it.store.claimTask(aClaim({ jobId: job.id, taskId, runner: runId(n) }), times)),
      );
      expect((await it.store.tasks(job.id)).every(({ state }) => state === 'running')).toBe(true);
    });

    test('a held task is free again after its lease, not before', async () => {
      const { job } = await it.claimed();
      const other = aClaim({ jobId: job.id, runner: runId(2) });
      await expect(it.store.claimTask(other, { now: at(39), leaseUntil: at(70) })).rejects.toMatchObject(conflict);
      expect(await it.store.claimTask(other, { now: at(41), leaseUntil: at(70) })).toMatchObject({ claim: other });
    });

    test('a later attempt takes the task at once', async () => {
      const { job } = await it.claimed();
      await it.store.update({ ...job, attempt: 2 });
      const other = aClaim({ jobId: job.id, attempt: 2, runner: runId(2) });
      expect(await it.store.claimTask(other, { now: at(11), leaseUntil: at(41) })).toMatchObject({
        claim: other,
        progress: 0,
      });
    });

    test('a failed task may be tried again, and its progress does not fall', async () => {
      const { job, claim } = await it.claimed();
      await it.store.heartbeat(claim, { progress: 0.7, phase: 'encoding', leaseUntil: at(50) });
      await it.store.finishTask(claim, { at: at(20), error: aJobError() });
      const again = aClaim({ jobId: job.id, runner: runId(2) });
      expect(await it.store.claimTask(again, { now: at(21), leaseUntil: at(51) })).toMatchObject({
        state: 'running',
        claim: again,
        progress: 0.7,
        error: null,
        startedAt: at(21),
        endedAt: null,
      });
    });

    test('a task that has succeeded is returned as it is, unclaimed', async () => {
      const { job, claim } = await it.claimed();
      await it.store.finishTask(claim, { at: at(20), result: aResult() });
      const done = await it.store.task(job.id, 'encode-1');
      const again = await it.store.claimTask(aClaim({ jobId: job.id, runner: runId(2) }), {
        now: at(90),
        leaseUntil: at(120),
      });
      expect(again).toEqual(done);
      expect(again).toMatchObject({ state: 'succeeded', claim, result: aResult() });
      expect(await it.store.task(job.id, 'encode-1')).toEqual(done);
    });

    test.each(Statuses.options.filter((status) => status !== 'running'))(
      'no task of a job that is %s is claimed',
      async (status) => {
        const job = await it.created({ ...running });
        await it.store.saveTasks(job.id, [aTask()]);
        const other = await it.created({ status, attempt: 1 });
        if (!isTerminal(status)) await it.store.saveTasks(other.id, [aTask()]);
        await expect(it.store.claimTask(aClaim({ jobId: other.id }), times)).rejects.toMatchObject(conflict);
      },
    );

    test.each([1, 3])('attempt %i does not claim while the job runs attempt 2', async (attempt) => {
      const job = await it.created({ ...running, attempt: 2 });
      await it.store.saveTasks(job.id, [aTask()]);
      await expect(it.store.claimTask(aClaim({ jobId: job.id, attempt }), times)).rejects.toMatchObject(conflict);
    });

    test('a task or a job that is not there is not claimed', async () => {
      const { job } = await it.claimable();
      await expect(it.store.claimTask(aClaim({ jobId: job.id, taskId: 'no' }), times)).rejects.toMatchObject(conflict);
      await expect(it.store.claimTask(aClaim({ jobId: it.newId() }), times)).rejects.toMatchObject(conflict);
    });
  });
};
