/** What a job may cost, and what becomes of one that costs more. */
import { Failure } from '../failures.ts';
import type { JobSpec } from '../job/spec.ts';
import type { TaskId } from '../job/plan.ts';
import type { JobRecord } from '../job/state.ts';
import type { Billing } from '../planner/price.ts';
import type { Clock } from '../ports/clock.ts';
import type { JobStore } from '../ports/job-store.ts';
import type { UsageStore } from '../ports/usage-store.ts';
import { type DailyUsd, type DaySpent, spentToday } from './daily-usd.ts';
import { mostHourlyUsd, spentOn } from './ledger.ts';

const dollars = (usd: number): string => `$${usd < 0.01 ? Number(usd.toPrecision(2)) : usd.toFixed(2)}`;

/** Fails with `limit.cost` where the estimate is above the job's limit. */
export const assertEstimate = ({ limits }: Pick<JobSpec, 'limits'>, estimate: number | null, spent = 0): void => {
  const most = limits?.maxUsd;
  if (most === undefined || estimate === null || estimate <= most) return;
  const so = spent > 0 ? ` ${dollars(spent)} has been spent.` : '';
  throw new Failure('limit.cost', {
    detail: `It would cost about ${dollars(estimate)}, and its limit is ${dollars(most)}.${so}`,
    phase: 'plan',
  });
};

export interface BudgetDeps {
  readonly jobs: Pick<JobStore, 'tasks'>;
  readonly clock: Pick<Clock, 'now'>;
  /** What work costs here; nothing is held to a limit without it. */
  readonly billing?: Billing | undefined;
  /** What has been spent today, and what may be; a host without them leaves it to those that store jobs. */
  readonly usage?: Pick<UsageStore, 'rows'> | undefined;
  readonly quotas?: DailyUsd | undefined;
}

/** What the look at a job tells that may go on. */
export interface Left {
  /** In so many milliseconds the money may be spent, at the earliest, by what there is to do now. */
  readonly leftMs: number;
  /** The ids of the tasks that are at work, in their order. */
  readonly atWork: readonly TaskId[];
}

type Limit = { readonly before: number; readonly most: number; readonly detail: (spent: number) => string };

const limitsOf = async ({ usage, quotas }: BudgetDeps, job: JobRecord): Promise<readonly Limit[]> => {
  const most = job.spec.limits?.maxUsd;
  const days = usage && quotas ? await spentToday({ usage, quotas }, job) : [];
  const ofJob = (limit: number): Limit => ({
    before: 0,
    most: limit,
    detail: (spent) => `The job was stopped: ${dollars(spent)} of its limit of ${dollars(limit)} has been spent.`,
  });
  const ofDay = ({ usd, most: limit, whose }: DaySpent): Limit => ({
    before: usd,
    most: limit,
    detail: (spent) =>
      `The job was stopped: with its ${dollars(spent)}, ${dollars(usd + spent)} has been spent on ${whose}; the limit is ${dollars(limit)}.`,
  });
  return [...(most === undefined ? [] : [ofJob(most)]), ...days.map(ofDay)];
};

/**
 * Fails with `limit.cost`, saying what was spent, where a job has spent what it may, or what was left of the day's: runs
 * that have ended, those before a retry, and what is at work so far. Resolves to undefined where nothing limits the job.
 */
export const assertBudget = async (deps: BudgetDeps, job: JobRecord): Promise<Left | undefined> => {
  const { billing } = deps;
  const limits = billing ? await limitsOf(deps, job) : [];
  if (!billing || limits.length === 0) return undefined;
  const tasks = await deps.jobs.tasks(job.id);
  const spent = spentOn(job, tasks, billing, deps.clock.now()).actual ?? 0;
  const reached = limits.find(({ before, most }) => before + spent >= most);
  if (reached) throw new Failure('limit.cost', { detail: reached.detail(spent) });
  const left = Math.min(...limits.map(({ before, most }) => most - before - spent));
  return {
    leftMs: (left / mostHourlyUsd(job, tasks, billing)) * 3_600_000,
    atWork: tasks.filter(({ state }) => state === 'running').map(({ id }) => id),
  };
};
