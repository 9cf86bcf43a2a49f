/** Records that outgrow what a store keeps as it is: DynamoDB takes 400 KB an item. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Attestation } from '#core/job/task-result.ts';
import type { OutputState } from '#core/job/state.ts';
import { jobView } from '#core/job/view.ts';
import { aResult, aTask, at, jobId, runId } from '#test/support/records.ts';
import { running } from './context.ts';
import type { JobStoreContext } from './context.ts';

const many = 1000;
const sha256 = (n: number): string => createHash('sha256').update(String(n)).digest('hex');

/** About 2 KB of JSON, as a variant of a matrix has it: arguments that differ in names and numbers. */
const attestation = (n: number): Attestation => ({
  engine: 'ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000-2026 the FFmpeg developers',
  commands: [
    Array.from({ length: 24 }, (_, m) => [
      '-ss',
      String(((n * 7919 + m * 104_729) % 360_000) / 1000),
      '-i',
      `file:clip-${n}-${m}-${sha256(n + m).slice(0, 8)}.mp4`,
      '-map',
      `[v${m}]`,
    ]).flat(),
  ],
  checks: {
    exit: 0,
    bytes: (n * 2_654_435_761) % 1e9,
    durationSeconds: ((n * 40_503) % 65_536) / 1000,
    frames: n,
    video: 'h264 1280x720',
    audio: 'aac stereo',
    decodeErrors: 0,
  },
});

const fileOf = (n: number) => ({
  name: `out-${n}.mp4`,
  key: `outputs/ana/${jobId(1)}/encode-${n}/${runId(n)}/out-${n}.mp4`,
  bytes: (n * 2_654_435_761) % 1e9,
  type: 'video/mp4',
  sha256: sha256(n),
});

const output = (n: number): OutputState => ({
  status: 'succeeded',
  phase: 'done',
  progress: 1,
  files: [fileOf(n)],
  attestation: attestation(n),
  warnings: [],
  reason: null,
  store: true,
  reused: false,
});

const outputs = Object.fromEntries(Array.from({ length: many }, (_, n) => [`out-${n}`, output(n)]));

export const sizesContract = (it: JobStoreContext): void => {
  describe('what is large', () => {
    test('a job with a thousand outputs is kept, read and listed whole', async () => {
      expect(JSON.stringify(attestation(500)).length).toBeGreaterThan(1800);
      const owner = `owner-of-${it.newId()}`;
      const job = await it.created({ ...running, owner });
      const ended = await it.store.update({ ...job, status: 'succeeded', outputs, endedAt: at(9) });
      expect(JSON.stringify(ended).length).toBeGreaterThan(2_000_000);
      expect(await it.store.get(job.id)).toEqual(ended);
      expect((await it.store.list({ owner, status: 'succeeded', limit: 10 })).items).toEqual([ended]);
      const view = jobView((await it.store.get(job.id)) ?? job, [], 0);
      expect(Object.keys(view.outputs)).toEqual(Object.keys(outputs));
      expect(view).toEqual(jobView(ended, [], 0));
    });

    test('so is one whose stream has thirty thousand segments, whatever is written of it at once', async () => {
      const owner = `owner-of-${it.newId()}`;
      const job = await it.created({ ...running, owner });
      const live = { ...output(1), files: Array.from({ length: 30_000 }, (_, n) => fileOf(n)) };
      const next = (files: number, spec = job.spec) =>
        it.store.update({ ...job, spec, outputs: { live: { ...live, files: live.files.slice(0, files) } } });
      const tries = await Promise.allSettled([next(30_000), next(29_000), next(20_000)]);
      const [kept, ...others] = tries.filter(({ status }) => status === 'fulfilled');
      expect(others).toEqual([]);
      const first = kept?.status === 'fulfilled' ? kept.value : job;
      expect(await it.store.get(job.id)).toEqual(first);
      const ended = await it.store.update({ ...first, status: 'succeeded', outputs: { live }, endedAt: at(9) });
      expect(await it.store.get(job.id)).toEqual(ended);
      expect((await it.store.list({ owner, limit: 10 })).items).toEqual([ended]);
      await it.store.remove(job.id, at(20));
      expect(await it.store.get(job.id)).toBeUndefined();
    });

    test('so is a task with as large a result', async () => {
      const { job, claim } = await it.claimed();
      const made = Object.entries(outputs).map(([name, { files, attestation: checked }]) => {
        if (!checked) throw new TypeError('every output here has one');
        return [name, { files, attestation: checked }] as const;
      });
      const result = aResult({ outputs: Object.fromEntries(made) });
      await it.store.finishTask(claim, { at: at(20), result });
      expect(await it.store.task(job.id, claim.taskId)).toMatchObject({ state: 'succeeded', result });
      expect((await it.store.tasks(job.id)).map((task) => task.result)).toEqual([result]);
    });

    test('a hundred large tasks are saved at once', async () => {
      const job = await it.created(running);
      const commands = (n: number) => [{ arguments: attestation(n).commands.flat(), progressSeconds: 5 }];
      const tasks = Array.from({ length: 100 }, (_, n) =>
        aTask({ id: `encode-${n}`, commands: Array.from({ length: 30 }, (__, m) => commands(n * 30 + m)).flat() }),
      );
      expect(JSON.stringify(tasks).length).toBeGreaterThan(4_000_000);
      await it.store.saveTasks(job.id, tasks);
      const stored = new Map((await it.store.tasks(job.id)).map((task) => [task.id, task.task]));
      expect(tasks.map(({ id }) => stored.get(id))).toEqual(tasks);
    });
  });
};
