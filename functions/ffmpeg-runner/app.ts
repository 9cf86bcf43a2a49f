/** The one runner behind three doors: Lambda, a container task, and a machine of one's own. */
import * as z from 'zod';
import { toFailure } from '#core/failures.ts';
import { PinnedObject } from '#core/job/pinned-object.ts';
import { probeObject } from '#core/usecases/probe-object.ts';
import { TaskPayload } from '#core/usecases/hold-task.ts';
import { runTask } from '#core/usecases/run-task.ts';
import type { RunTaskDeps } from '#core/usecases/task-run.ts';
import { withDeadline } from '#core/usecases/with-deadline.ts';

/** Carry out a task, or answer what is known of an object. */
const RunnerPayload = z.union([TaskPayload, z.strictObject({ probe: PinnedObject })]);
type RunnerPayload = z.output<typeof RunnerPayload>;

export interface RunnerOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the host ends this process; the work is ended a little before, so that it can be recorded. */
  readonly deadlineMs?: number;
}

export type Runner = (payload: unknown, options?: RunnerOptions) => Promise<unknown>;

/**
 * Resolves to a `Looked` for `{probe}` and to the task's id otherwise: results travel through the job store. Throws a
 * `Failure`, whose name the state machine matches on. Safe to call twice with the same payload.
 */
export const createRunner =
  (deps: RunTaskDeps): Runner =>
  async (payload, options = {}) => {
    try {
      const wanted = RunnerPayload.parse(payload);
      return await withDeadline(deps, options, (signal) => carryOut(deps, wanted, signal));
    } catch (error) {
      const failure = toFailure(error);
      if (failure !== error) deps.log.error('runner failed', { error });
      throw failure;
    }
  };

const carryOut = async (deps: RunTaskDeps, payload: RunnerPayload, signal: AbortSignal): Promise<unknown> => {
  if ('probe' in payload) return probeObject(deps, payload.probe, signal);
  await runTask(deps, payload, signal);
  return { taskId: payload.taskId };
};
