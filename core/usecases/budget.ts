/** What a job may cost, and what becomes of one that costs more. */
import { Failure } from '../failures.ts';
import type { JobSpec } from '../job/spec.ts';
import type { JobRecord } from '../job/state.ts';
import type { Billing } from '../planner/price.ts';
import type { JobStore } from '../ports/job-store.ts';
import { spentOn } from './ledger.ts';

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

/** Before a task runs: fails with `limit.cost` where the job has spent its limit already. */
export const assertBudget = async (
  deps: { readonly jobs: Pick<JobStore, 'tasks'>; readonly billing?: Billing },
  job: JobRecord,
): Promise<void> => {
  const most = job.spec.limits?.maxUsd;
  if (most === undefined || !deps.billing) return;
  const spent = spentOn(job, await deps.jobs.tasks(job.id), deps.billing).actual ?? 0;
  if (spent < most) return;
  throw new Failure('limit.cost', {
    detail: `The job was stopped: ${dollars(spent)} of its limit of ${dollars(most)} has been spent.`,
  });
};
