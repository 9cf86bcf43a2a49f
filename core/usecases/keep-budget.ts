/** Looks at what a job has spent while one of its tasks is at work, and stops the work when that is all it may. */
import { type Failure, hasCode } from '../failures.ts';
import type { JobRecord, TaskRecord } from '../job/state.ts';
import { assertBudget, type BudgetDeps, type Left } from './budget.ts';
import { slept } from './slept.ts';
import type { HoldTaskDeps } from './task-run.ts';

/** No job is looked at more often by one of its tasks, nor less often: what is left may be spent by tasks yet to come. */
const mostOftenMs = 15_000;
const leastOftenMs = 300_000;
/** Each look reads all tasks of the job. Where many are at work they take turns, and the last ones share theirs. */
const mostTurns = 10;

/** When a task looks again: not before the money can be spent, were all that is left to do at work at once. */
const waitFor = ({ leftMs, atWork }: Left, { id }: Pick<TaskRecord, 'id'>): number => {
  const turn = Math.min(mostTurns, 1 + Math.max(0, atWork.indexOf(id)));
  return Math.max(turn * mostOftenMs, Math.min(leftMs, leastOftenMs));
};

/**
 * Calls `stop` with `limit.cost`, which says what was spent, once the job has spent what it may; `left` is what the look
 * before the work told. Ends when `until` is aborted. It never rejects: a look that fails is repeated.
 */
export const keepBudget = async (
  deps: BudgetDeps & Pick<HoldTaskDeps, 'clock' | 'log'>,
  { job, record, left }: { readonly job: JobRecord; readonly record: Pick<TaskRecord, 'id'>; readonly left: Left },
  stop: (why: Failure) => void,
  until: AbortSignal,
): Promise<void> => {
  let waitMs = waitFor(left, record);
  while (await slept(deps.clock, waitMs, until)) {
    try {
      const now = await assertBudget(deps, job);
      if (!now) return;
      waitMs = waitFor(now, record);
    } catch (error) {
      if (hasCode(error, 'limit.cost')) return stop(error);
      deps.log.warn('what was spent is not known', { jobId: job.id, taskId: record.id, error });
      waitMs = mostOftenMs;
    }
  }
};
