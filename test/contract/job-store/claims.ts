/** What a claim allows, and when it is lost. */
import { describe, expect, test } from 'vitest';
import { aClaim, aJobError, aResult, at, runId } from '#test/support/records.ts';
import type { JobStoreContext } from './context.ts';

const conflict = { code: 'conflict.state' };

export const claimsContract = (it: JobStoreContext): void => {
  describe('heartbeat', () => {
    test('a heartbeat records progress and prolongs the lease', async () => {
      const { job, claim } = await it.claimed();
      await it.store.heartbeat(claim, { progress: 0.25, phase: 'encoding', leaseUntil: at(60) });
      expect(await it.store.task(job.id, 'encode-1')).toMatchObject({
        progress: 0.25,
        phase: 'encoding',
        leaseUntil: at(60),
      });
      const other = aClaim({ jobId: job.id, runner: runId(2) });
      await expect(it.store.claimTask(other, { now: at(50), leaseUntil: at(80) })).rejects.toMatchObject(conflict);
    });

    test('a claim in the same attempt goes on from the progress, one of a later attempt from 0', async () => {
      const { job, claim } = await it.claimed();
      await it.store.heartbeat(claim, { progress: 0.4, phase: 'encoding', leaseUntil: at(60) });
      const again = { ...claim, runner: runId(77) };
      const late = { now: at(100), leaseUntil: at(160) };
      expect(await it.store.claimTask(again, late)).toMatchObject({ progress: 0.4, earlier: { runs: 1 } });
      const stored = await it.store.get(job.id);
      await it.store.update({ ...(stored ?? job), attempt: claim.attempt + 1 });
      const next = { ...claim, attempt: claim.attempt + 1, runner: runId(78) };
      expect(await it.store.claimTask(next, late)).toMatchObject({ progress: 0, earlier: { runs: 2 } });
    });

    test('heartbeats in any order leave the highest progress, and a version that rose with each', async () => {
      const { job, claim } = await it.claimed();
      for (const [n, progress] of [0.1, 0.6, 0.3, 0.5].entries()) {
        await it.store.heartbeat(claim, { progress, phase: 'encoding', leaseUntil: at(60 - n) });
      }
      expect(await it.store.task(job.id, 'encode-1')).toMatchObject({ progress: 0.6, leaseUntil: at(60), version: 6 });
    });

    test('heartbeats at once lose nothing', async () => {
      const { job, claim } = await it.claimed();
      const beats = Array.from({ length: 10 }, (_, n) => ({
        progress: (n + 1) / 20,
        phase: 'encoding',
        leaseUntil: at(60),
      }));
      await Promise.all(beats.map((beat) => it.store.heartbeat(claim, beat)));
      expect(await it.store.task(job.id, 'encode-1')).toMatchObject({ progress: 0.5, version: 12 });
    });

    const beat = { progress: 0.5, phase: 'encoding', leaseUntil: at(100) };

    test('after a cancel the next heartbeat fails and changes nothing', async () => {
      const { job, claim } = await it.claimed();
      await it.store.update({ ...job, status: 'canceled' });
      const before = await it.store.task(job.id, 'encode-1');
      await expect(it.store.heartbeat(claim, beat)).rejects.toMatchObject(conflict);
      expect(await it.store.task(job.id, 'encode-1')).toEqual(before);
    });

    test('after a restart the heartbeat of the attempt before fails', async () => {
      const { job, claim } = await it.claimed();
      await it.store.update({ ...job, attempt: 2 });
      await expect(it.store.heartbeat(claim, beat)).rejects.toMatchObject(conflict);
    });

    test('a runner that lost its claim cannot report any more', async () => {
      const { job, claim } = await it.claimed();
      await it.store.claimTask(aClaim({ jobId: job.id, runner: runId(2) }), { now: at(41), leaseUntil: at(70) });
      await expect(it.store.heartbeat(claim, beat)).rejects.toMatchObject(conflict);
      expect(await it.store.task(job.id, 'encode-1')).toMatchObject({ progress: 0, leaseUntil: at(70) });
    });

    test('nobody reports on a task that is unclaimed, ended, or not there', async () => {
      const { claim } = await it.claimable();
      await expect(it.store.heartbeat(claim, beat)).rejects.toMatchObject(conflict);
      const ended = await it.claimed();
      await it.store.finishTask(ended.claim, { at: at(20), result: aResult() });
      await expect(it.store.heartbeat(ended.claim, beat)).rejects.toMatchObject(conflict);
      await expect(it.store.heartbeat({ ...claim, taskId: 'no' }, beat)).rejects.toMatchObject(conflict);
      await expect(it.store.heartbeat({ ...claim, jobId: it.newId() }, beat)).rejects.toMatchObject(conflict);
    });
  });

  describe('finishTask', () => {
    test('a result ends the task as succeeded, at full progress', async () => {
      const { job, claim } = await it.claimed();
      await it.store.finishTask(claim, { at: at(20), result: aResult() });
      expect(await it.store.task(job.id, 'encode-1')).toMatchObject({
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
      const { job, claim } = await it.claimed();
      await it.store.heartbeat(claim, { progress: 0.4, phase: 'encoding', leaseUntil: at(60) });
      await it.store.finishTask(claim, { at: at(20), error: aJobError() });
      expect(await it.store.task(job.id, 'encode-1')).toMatchObject({
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
        const { job, claim } = await it.claimed();
        await it.store.finishTask(claim, end);
        const before = await it.store.task(job.id, 'encode-1');
        await it.store.finishTask(claim, { ...end, at: at(21) });
        expect(await it.store.task(job.id, 'encode-1')).toEqual(before);
      }
    });

    test('another end with the same claim is refused', async () => {
      const { job, claim } = await it.claimed();
      await it.store.finishTask(claim, { at: at(20), result: aResult() });
      const before = await it.store.task(job.id, 'encode-1');
      await expect(it.store.finishTask(claim, { at: at(20), error: aJobError() })).rejects.toMatchObject(conflict);
      const other = aResult({ warnings: ['other'] });
      await expect(it.store.finishTask(claim, { at: at(20), result: other })).rejects.toMatchObject(conflict);
      expect(await it.store.task(job.id, 'encode-1')).toEqual(before);
    });

    test('a runner that lost its claim ends nothing', async () => {
      const { job, claim } = await it.claimed();
      const other = aClaim({ jobId: job.id, runner: runId(2) });
      await it.store.claimTask(other, { now: at(41), leaseUntil: at(70) });
      await expect(it.store.finishTask(claim, { at: at(42), result: aResult() })).rejects.toMatchObject(conflict);
      expect(await it.store.task(job.id, 'encode-1')).toMatchObject({ state: 'running', claim: other, result: null });
    });

    test('after a cancel or a restart no task of the attempt ends', async () => {
      const canceled = await it.claimed();
      await it.store.update({ ...canceled.job, status: 'canceled' });
      const restarted = await it.claimed();
      await it.store.update({ ...restarted.job, attempt: 2 });
      for (const { claim } of [canceled, restarted]) {
        await expect(it.store.finishTask(claim, { at: at(20), result: aResult() })).rejects.toMatchObject(conflict);
        expect(await it.store.task(claim.jobId, 'encode-1')).toMatchObject({ state: 'running', result: null });
      }
    });
  });
};
