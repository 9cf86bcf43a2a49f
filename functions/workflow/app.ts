/** The steps of the state machine that need no FFmpeg, and what runs when it stopped without having ended its job. */
import * as z from 'zod';
import { Failure, hasCode, toFailure } from '#core/failures.ts';
import { JobId } from '#core/job/ids.ts';
import { TaskId } from '#core/job/plan.ts';
import type { Ids } from '#core/ports/clock.ts';
import type { Metrics } from '#core/ports/metrics.ts';
import { failJob } from '#core/usecases/fail-job.ts';
import { failTask } from '#core/usecases/fail-task.ts';
import { finishJob } from '#core/usecases/finish-job.ts';
import { planDeliveries } from '#core/usecases/plan-deliveries.ts';
import { measureQueue } from '#core/usecases/measure-jobs.ts';
import { type PlanDeps, planJob } from '#core/usecases/plan-job.ts';
import { type PrepareDeps, prepareJob } from '#core/usecases/prepare-job.ts';
import { type ReconcileDeps, reconcileJob } from '#core/usecases/reconcile-job.ts';
import { StateError } from '#core/usecases/state-error.ts';
import { sweep } from '#core/usecases/sweep.ts';
import { taskOutcome } from '#core/usecases/task-outcome.ts';

export type WorkflowDeps = ReconcileDeps & PrepareDeps & PlanDeps & { ids: Ids; metrics: Metrics };

const execution = { jobId: JobId, attempt: z.int().min(1) };

/** `{jobId}-{attempt}`, which is what an event about an execution names. */
const ExecutionName = z.templateLiteral([JobId, '-', z.int().min(1)]);

export const WorkflowPayload = z.discriminatedUnion('step', [
  z.strictObject({ step: z.literal('prepare'), ...execution }),
  z.strictObject({ step: z.literal('plan'), ...execution }),
  z.strictObject({ step: z.literal('plan-deliveries'), ...execution }),
  z.strictObject({ step: z.literal('task-failed'), ...execution, taskId: TaskId, error: StateError }),
  /** After a container has ended. */
  z.strictObject({ step: z.literal('task-outcome'), ...execution, taskId: TaskId }),
  z.strictObject({ step: z.literal('finish'), ...execution }),
  z.strictObject({ step: z.literal('fail'), ...execution, error: StateError }),
  /** From the event rule on executions that did not succeed; from the schedule, without a name: every unfinished job. */
  z.strictObject({ step: z.literal('reconcile'), executionName: ExecutionName.optional() }),
  /** From the schedule: records how much there is to do. */
  z.strictObject({ step: z.literal('measure') }),
]);
export type WorkflowPayload = z.output<typeof WorkflowPayload>;

/** Answers a step's payload. Throws a `Failure`, whose name the state machine matches on. Every step may run twice. */
export const createWorkflow =
  (deps: WorkflowDeps) =>
  async (event: unknown): Promise<unknown> => {
    try {
      return await carryOut(deps, WorkflowPayload.parse(event));
    } catch (error) {
      const failure = toFailure(error);
      if (failure !== error) deps.log.error('step failed', { error: String(error) });
      throw failure;
    }
  };

const carryOut = (deps: WorkflowDeps, payload: WorkflowPayload): Promise<unknown> => {
  switch (payload.step) {
    case 'prepare':
      return prepareJob(deps, payload);
    case 'plan':
      return planOrFail(deps, payload);
    case 'plan-deliveries':
      return planDeliveries(deps, payload);
    case 'task-failed':
      return failTask(deps, payload);
    case 'task-outcome':
      return taskOutcome(deps, payload);
    case 'finish':
      return finishJob(deps, payload);
    case 'fail':
      return failJob(deps, payload);
    case 'measure':
      return measureQueue(deps);
    case 'reconcile':
      return payload.executionName === undefined
        ? sweep(deps)
        : reconcileJob(deps, { jobId: payload.executionName.slice(0, payload.executionName.lastIndexOf('-')) });
  }
};

/** A Catch gets the words of a failure only. Where there can be no plan, the job is told here which output is why. */
const planOrFail = async (deps: WorkflowDeps, execution: { jobId: string; attempt: number }): Promise<unknown> => {
  try {
    return await planJob(deps, execution);
  } catch (error) {
    const final = error instanceof Failure && !error.retryable && !hasCode(error, 'conflict.state');
    if (final) await failJob(deps, { ...execution, error });
    throw error;
  }
};
