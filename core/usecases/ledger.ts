/** What jobs cost: recorded in the one write that ends them, from what their tasks measured. */
import type { JobCost } from '../job/cost.ts';
import { isTerminal, type JobRecord, type TaskRecord } from '../job/state.ts';
import { hourlyQuantities, measuredQuantities } from '../planner/measured-quantities.ts';
import { actualCost, type Billing, itemsOf, usdIn } from '../planner/price.ts';
import type { JobStore } from '../ports/job-store.ts';

type Ran = Pick<JobRecord, 'attempt' | 'status' | 'cost' | 'plan'>;

/** What was spent on a job until `now` (milliseconds since the epoch); `status` may be one that it is about to have. */
export const spentOn = (job: Ran, tasks: readonly TaskRecord[], billing: Billing, now: number): JobCost => {
  const stored = job.status === 'succeeded' || job.status === 'partial';
  const ran = { attempts: job.attempt, stored, containers: job.plan?.containers, now };
  return actualCost(job.cost, measuredQuantities(tasks, billing, ran), billing);
};

/** Dollars an hour, were all that is left to do at work at once. */
export const mostHourlyUsd = ({ plan }: Ran, tasks: readonly TaskRecord[], billing: Billing): number =>
  usdIn(itemsOf(hourlyQuantities(tasks, billing, plan?.containers), billing));

/** The same store; whoever ends a job through it records what was spent until then. */
export const ledgerJobs = (jobs: JobStore, billing: Billing): JobStore => ({
  ...jobs,
  update: async (job) => {
    if (!isTerminal(job.status)) return jobs.update(job);
    const end = Date.parse(job.endedAt ?? job.updatedAt);
    return jobs.update({ ...job, cost: spentOn(job, await jobs.tasks(job.id), billing, end) });
  },
});
