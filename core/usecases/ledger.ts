/** What jobs cost: recorded in the one write that ends them, from what their tasks measured. */
import type { JobCost } from '../job/cost.ts';
import { isTerminal, type JobRecord, type TaskRecord } from '../job/state.ts';
import { measuredQuantities } from '../planner/measured-quantities.ts';
import { actualCost, type Billing } from '../planner/price.ts';
import type { JobStore } from '../ports/job-store.ts';

/** What was spent on a job so far; `status` may be one that it is about to have. */
export const spentOn = (
  job: Pick<JobRecord, 'attempt' | 'status' | 'cost' | 'plan'>,
  tasks: readonly TaskRecord[],
  billing: Billing,
): JobCost => {
  const stored = job.status === 'succeeded' || job.status === 'partial';
  const ran = { attempts: job.attempt, stored, containers: job.plan?.containers };
  return actualCost(job.cost, measuredQuantities(tasks, billing, ran), billing);
};

/** The same store; whoever ends a job through it records what was spent. */
export const ledgerJobs = (jobs: JobStore, billing: Billing): JobStore => ({
  ...jobs,
  update: async (job) =>
    jobs.update(isTerminal(job.status) ? { ...job, cost: spentOn(job, await jobs.tasks(job.id), billing) } : job),
});
