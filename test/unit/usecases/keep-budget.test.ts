import { beforeEach, expect, test } from 'vitest';
import { type ManualClock, manualClock, sequentialIds } from '#adapters/memory/clock.ts';
import { memoryJobStore } from '#adapters/memory/job-store.ts';
import { recordingLog } from '#adapters/memory/log.ts';
import { recordingMetrics } from '#adapters/memory/metrics.ts';
import { memoryObjectStore } from '#adapters/memory/object-store.ts';
import { Failure } from '#core/failures.ts';
import type { TaskRecord } from '#core/job/state.ts';
import type { JobStore } from '#core/ports/job-store.ts';
import { BillingConfig, billingOf } from '#core/usecases/billing.ts';
import { holdTask } from '#core/usecases/hold-task.ts';
import { ledgerJobs } from '#core/usecases/ledger.ts';
import { aJob, aTask, aTaskRecord, at, jobId } from '#test/support/records.ts';

const billing = billingOf(BillingConfig.parse({}));
const others = Array.from({ length: 3 }, (_, n) => `encode-${n + 2}`);

let clock: ManualClock;
beforeEach(() => {
  clock = manualClock(at(0));
});

const settle = async (): Promise<void> => {
  for (let n = 0; n < 20; n += 1) await new Promise((resolve) => setImmediate(resolve));
};

const aRecord = (id: string, more: Partial<TaskRecord> = {}) => aTaskRecord({ task: aTask({ id }), ...more });
const atWork = { state: 'running', startedAt: at(0), leaseUntil: at(100_000) } as const;

/** A task that is at work until it is stopped, of a job that may cost so much. */
const begin = async (maxUsd: number | undefined, records: readonly TaskRecord[], taskId = 'encode-1') => {
  const limits = maxUsd === undefined ? {} : { limits: { maxUsd } };
  const base = aJob({ status: 'running', attempt: 1 });
  const stored = memoryJobStore([{ ...base, spec: { ...base.spec, ...limits } }], records);
  const looks: number[] = [];
  const state = { fails: false };
  const jobs: JobStore = {
    ...stored,
    tasks: async (id) => {
      looks.push(Math.round((clock.now() - Date.parse(at(0))) / 1000));
      if (state.fails) throw new Failure('platform.throttled');
      return stored.tasks(id);
    },
  };
  const deps = {
    ...{ jobs, clock, billing, log: recordingLog(), ids: sequentialIds(), metrics: recordingMetrics() },
    ...{ objects: memoryObjectStore(), limits: { stallSeconds: 100_000 } },
  };
  const begun = { work: false };
  const ended = holdTask(
    deps,
    (_, { signal }) => {
      begun.work = true;
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    },
    { jobId: jobId(1), attempt: 1, taskId },
  ).catch((error: unknown) => error);
  await settle();
  const pass = async (seconds: number): Promise<void> => {
    for (let n = 0; n < seconds; n += 1) {
      clock.advance(1_000);
      await settle();
    }
  };
  return { stored, looks, ended, pass, begun, state };
};

/** Of one function at work: 3008 MB, and its scratch space. */
const perMinute = 60 * ((3008 / 1024) * 0.000_016_666_7 + 9.5 * 0.000_000_030_9);
/** Of the job beside its tasks, and of the first second of one. */
const base = 0.00047;

test('a task that has begun is stopped once its job has spent its limit, and the ledger has what was spent', async () => {
  const { stored, ended, pass } = await begin(base + 10 * perMinute, [aRecord('encode-1')]);
  await pass(9 * 60);
  expect(await Promise.race([ended, Promise.resolve('at work')])).toBe('at work');
  await pass(75);
  expect(await Promise.race([ended, Promise.resolve('at work')])).toMatchObject({
    code: 'limit.cost',
    message: expect.stringMatching(/^The job was stopped: \$0\.03 of its limit of \$0\.03 has been spent\.$/),
  });
  const task = await stored.task(jobId(1), 'encode-1');
  expect(task).toMatchObject({ state: 'failed', error: { code: 'limit.cost', retryable: false } });
  const job = await stored.get(jobId(1));
  const { cost } = await ledgerJobs(stored, billing).update({ ...(job ?? aJob()), status: 'failed', endedAt: at(615) });
  expect((cost?.actual ?? 0) / (base + 10 * perMinute)).toBeCloseTo(1, 1);
  expect(cost?.actual).toBeGreaterThanOrEqual(base + 10 * perMinute);
});

test('what other tasks of the job spend meanwhile counts, and what those spent that have ended', async () => {
  const ended = { state: 'failed', startedAt: at(-300), endedAt: at(0) } as const;
  const records = [aRecord('encode-1'), aRecord('encode-0', ended), ...others.map((id) => aRecord(id, atWork))];
  // Of thirteen minutes five are gone, and four go by at once.
  const running = await begin(2 * base + 13 * perMinute, records);
  await running.pass(100);
  expect(await Promise.race([running.ended, Promise.resolve('at work')])).toBe('at work');
  await running.pass(60);
  expect(await Promise.race([running.ended, Promise.resolve('at work')])).toMatchObject({ code: 'limit.cost' });
});

test('a job is looked at only when its money could be spent, at most every 15 s, and in turns', async () => {
  const rich = await begin(100, [aRecord('encode-1')]);
  await rich.pass(310);
  expect(rich.looks).toEqual([0, 300]);
  clock = manualClock(at(0));
  const none = await begin(undefined, [aRecord('encode-1')]);
  await none.pass(310);
  expect(none.looks).toEqual([]);
  // A minute of money, and four tasks at work: gone in fifteen seconds, if all goes as fast as it can.
  for (const [id, seconds] of [
    ['encode-1', 15],
    ['encode-9', 60],
  ] as const) {
    clock = manualClock(at(0));
    const records = [aRecord(id), ...others.map((other) => aRecord(other, atWork))];
    const one = await begin(base + perMinute, records, id);
    await one.pass(62);
    expect(one.looks[1]).toBe(seconds);
  }
});

test('a store that fails is asked again, and the task goes on meanwhile', async () => {
  const { ended, pass, state, looks } = await begin(base + perMinute, [aRecord('encode-1')]);
  state.fails = true;
  await pass(90);
  expect(await Promise.race([ended, Promise.resolve('at work')])).toBe('at work');
  expect(looks.length).toBeLessThanOrEqual(1 + 90 / 15);
  state.fails = false;
  await pass(15);
  expect(await ended).toMatchObject({ code: 'limit.cost' });
});

test('nothing begins, and nothing is fetched, where the money is spent already', async () => {
  const { ended, begun } = await begin(base / 2, [aRecord('encode-1')]);
  expect(await ended).toMatchObject({ code: 'limit.cost', facts: { phase: 'downloading' } });
  expect(begun.work).toBe(false);
});
