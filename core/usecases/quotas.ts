/** How much users may ask for. Reserved when a job is stored, and given back when it has ended. */
import * as z from 'zod';
import { Failure, type FailureCode } from '../failures.ts';
import { isTerminal, type JobRecord, type TaskRecord } from '../job/state.ts';
import { addUsed, nothingUsed, type Reservation, type Taken, type Used } from '../job/usage.ts';
import type { Probe } from '../media/probe.ts';
import type { Clock } from '../ports/clock.ts';
import type { JobStore } from '../ports/job-store.ts';
import type { Log } from '../ports/log.ts';
import type { UsageStore } from '../ports/usage-store.ts';
import { spentToday } from './daily-usd.ts';
import { json } from './json-text.ts';

const amount = (value: number) => z.coerce.number().min(0).default(value);

/** 0 is no limit. */
export const Quotas = z.strictObject({
  userDailyJobs: amount(100).describe('Jobs of one user on a day of UTC; 0 is no limit.'),
  globalDailyJobs: amount(0).describe('Jobs of all users on a day of UTC; 0 is no limit.'),
  userConcurrentJobs: amount(0).describe(
    'Jobs of one user that have not ended, those that wait for an upload included; 0 is no limit.',
  ),
  userDailyGigabytes: amount(0).describe(
    'Gigabytes of inputs of one user’s jobs on a day; a job that begins below may end above. 0 is no limit.',
  ),
  userDailyMinutes: amount(0).describe('Minutes that one user’s jobs make on a day, likewise.'),
  userDailyUsd: amount(0).describe('US dollars that one user’s jobs cost on a day, likewise.'),
  globalDailyUsd: amount(0).describe('US dollars that all jobs cost on a day, likewise.'),
});
export type Quotas = z.output<typeof Quotas>;

/** Part of the environment of every function that stores jobs: quotas as JSON, those of a deployment where it says nothing. */
export const QuotaConfig = z.object({ QUOTAS: z.string().default('{}').transform(json).pipe(Quotas) });

export const noQuotas: Quotas = {
  userDailyJobs: 0,
  globalDailyJobs: 0,
  userConcurrentJobs: 0,
  userDailyGigabytes: 0,
  userDailyMinutes: 0,
  userDailyUsd: 0,
  globalDailyUsd: 0,
};

export type QuotaDeps = {
  readonly usage: UsageStore;
  readonly quotas: Quotas;
  readonly clock: Clock;
  readonly log: Log;
};

const daySeconds = 86_400;
/** What `Retry-After` says where nobody knows when a job ends. */
const concurrencyRetrySeconds = 30;

const dayOf = (instant: string): string => new Date(instant).toISOString().slice(0, 10);

const secondsLeft = (now: number): number => Math.ceil(daySeconds - ((now / 1000) % daySeconds));

type Policy = { readonly name: string; readonly code: FailureCode; readonly most: number; readonly unit: string };

const policies = {
  userDaily: { name: 'user-daily', code: 'quota.user_daily', unit: 'jobs a day' },
  globalDaily: { name: 'global-daily', code: 'quota.global_daily', unit: 'jobs a day, of all users together' },
  concurrent: { name: 'user-concurrent', code: 'quota.concurrency', unit: 'jobs at the same time' },
} as const;

type Counted = Taken & { readonly policy: Policy };

/** A dropped file is a job of the deployer's own bucket: only what all users share is counted for it. */
const countersOf = ({ owner, createdAt, drop }: JobRecord, quotas: Quotas): Counted[] => {
  const day = dayOf(createdAt);
  const { userDaily, globalDaily, concurrent } = policies;
  const all = [
    { counter: `day:${day}:user:${owner}`, open: false, policy: { ...userDaily, most: quotas.userDailyJobs } },
    { counter: `open:user:${owner}`, open: true, policy: { ...concurrent, most: quotas.userConcurrentJobs } },
    { counter: `day:${day}:all`, open: false, policy: { ...globalDaily, most: quotas.globalDailyJobs } },
  ];
  return all
    .filter(({ policy }) => policy.most > 0 && (drop === null || policy.name === 'global-daily'))
    .map((counted) => ({ ...counted, most: counted.policy.most }));
};

const refusal = ({ name, code, most, unit }: Policy, now: number): Failure => {
  const isDaily = name !== policies.concurrent.name;
  const left = isDaily ? secondsLeft(now) : concurrencyRetrySeconds;
  return new Failure(code, {
    detail: `The quota is ${most} ${unit}.`,
    retryAfterSeconds: left,
    rateLimit: {
      name,
      quota: most,
      remaining: 0,
      resetSeconds: left,
      ...(isDaily ? { windowSeconds: daySeconds } : {}),
    },
  });
};

const sumOf = async (usage: UsageStore, owner: string, day: string): Promise<Used> =>
  (await usage.rows({ owner, from: day, to: day })).reduce<Used>((sum, row) => addUsed(sum, row), nothingUsed);

/** What is known only when jobs have ended: those of today that have ended count. */
const assertAmounts = async ({ usage, quotas, clock }: QuotaDeps, job: JobRecord): Promise<void> => {
  const day = dayOf(job.createdAt);
  const { userDailyGigabytes, userDailyMinutes } = quotas;
  if (userDailyGigabytes + userDailyMinutes > 0 && job.drop === null) {
    const { inputBytes, outputSeconds } = await sumOf(usage, job.owner, day);
    const policy = { name: 'user-daily', code: 'quota.user_daily' } as const;
    if (userDailyGigabytes > 0 && inputBytes >= userDailyGigabytes * 1e9)
      throw refusal({ ...policy, most: userDailyGigabytes, unit: 'GB of inputs a day' }, clock.now());
    if (userDailyMinutes > 0 && outputSeconds >= userDailyMinutes * 60)
      throw refusal({ ...policy, most: userDailyMinutes, unit: 'minutes of outputs a day' }, clock.now());
  }
  for (const { usd, most, whose } of await spentToday({ usage, quotas }, job))
    if (usd >= most) throw spent(usd, most, whose);
};

const spent = (usd: number, most: number, whose: string): Failure =>
  new Failure('limit.cost', {
    detail: `$${usd.toFixed(2)} has been spent on ${whose}; the limit is $${most.toFixed(2)}.`,
  });

const reservationOf = (job: JobRecord, counted: readonly Counted[]): Reservation => ({
  jobId: job.id,
  owner: job.owner,
  template: job.template ?? '',
  day: dayOf(job.createdAt),
  at: job.createdAt,
  taken: counted.map(({ counter, most, open }) => ({ counter, most, open })),
});

/** CPU seconds of finished work, and what the calibration says of the same: from that the host's factor is told. */
const speedOf = async (records: readonly TaskRecord[]): Promise<Pick<Used, 'cpuMeasured' | 'cpuPredicted'>> => {
  const probes: Record<string, Probe> = {};
  for (const { task, result } of records)
    if (task.kind === 'fetch' && result?.input) probes[task.input] = result.input.probe;
  const work = records.flatMap(({ task, result, state }) =>
    (task.kind === 'make' || task.kind === 'analyse') && state === 'succeeded' && result?.measured
      ? [{ task, measured: result.measured.cpuSeconds }]
      : [],
  );
  if (work.length === 0) return { cpuMeasured: 0, cpuPredicted: 0 };
  // Hosts that only store jobs do without it.
  const { predictPlan } = await import('../planner/predict.ts');
  const predicted = predictPlan(
    { tasks: work.map(({ task }) => task), stages: [work.map(({ task }) => task.id)] },
    probes,
  );
  return {
    cpuMeasured: work.reduce((sum, { measured }) => sum + measured, 0),
    cpuPredicted: [...predicted.values()].reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
  };
};

/** What an ended job used. */
const usedBy = async (job: JobRecord, tasks: readonly TaskRecord[]): Promise<Used> => ({
  jobs: 1,
  outputSeconds: Object.values(job.outputs).reduce(
    (sum, { status, attestation }) => sum + (status === 'succeeded' ? (attestation?.checks.durationSeconds ?? 0) : 0),
    0,
  ),
  inputBytes: Object.values(job.inputs).reduce((sum, { object }) => sum + (object?.bytes ?? 0), 0),
  usd: job.cost?.actual ?? 0,
  ...(await speedOf(tasks)),
});

const settle = async (
  { usage }: Pick<QuotaDeps, 'usage'>,
  job: JobRecord,
  tasks: readonly TaskRecord[],
): Promise<void> => {
  await usage.settle(reservationOf(job, []), await usedBy(job, tasks));
};

/** Fails with `quota.*` and `limit.cost`. True where this call made the reservation. */
const reserve = async (deps: QuotaDeps, job: JobRecord): Promise<boolean> => {
  await assertAmounts(deps, job);
  const counted = countersOf(job, deps.quotas);
  const outcome = await deps.usage.reserve(reservationOf(job, counted));
  if (outcome.outcome !== 'refused') return outcome.outcome === 'reserved';
  const full = counted.find(({ counter }) => counter === outcome.counter);
  throw full ? refusal(full.policy, deps.clock.now()) : new Failure('quota.user_daily');
};

/**
 * The same store; jobs that are stored through it are held to the quotas, and what they used is counted when they have
 * ended. What a crash left in between is counted by `settleLost`.
 */
export const countedJobs = (jobs: JobStore, deps: QuotaDeps): JobStore => {
  const count = async (job: JobRecord): Promise<void> => {
    try {
      await settle(deps, job, await jobs.tasks(job.id));
    } catch (error) {
      deps.log.warn('usage not counted yet', { jobId: job.id, error: String(error) });
    }
  };
  return {
    ...jobs,
    create: async (job) => {
      const isMine = await reserve(deps, job);
      try {
        await jobs.create(job);
      } catch (error) {
        if (isMine && (await jobs.get(job.id)) === undefined) await deps.usage.release(job.id);
        throw error;
      }
      if (isTerminal(job.status)) await count(job);
    },
    update: async (job) => {
      const written = await jobs.update(job);
      if (isTerminal(written.status)) await count(written);
      return written;
    },
  };
};

/** A job whose reservation is older is stored by now, if it ever will be. */
const bornWithinMs = 3_600_000;
const endedBeforeMs = 60_000;
const pageSize = 100;

/** Counts ended jobs that a crash kept from being counted, and gives back what was reserved for jobs that never came to be. */
export const settleLost = async (deps: {
  readonly usage: UsageStore;
  readonly jobs: Pick<JobStore, 'get' | 'tasks'>;
  readonly clock: Clock;
}): Promise<void> => {
  const now = deps.clock.now();
  const before = new Date(now - endedBeforeMs).toISOString();
  for (const { jobId, at } of await deps.usage.unsettled({ before, limit: pageSize })) {
    const job = await deps.jobs.get(jobId);
    if (job && isTerminal(job.status)) await settle(deps, job, await deps.jobs.tasks(jobId));
    else if (!job && Date.parse(at) < now - bornWithinMs) await deps.usage.release(jobId);
  }
};
