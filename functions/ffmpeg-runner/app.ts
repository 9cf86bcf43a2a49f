/** The one runner behind three doors: Lambda, a container task, and a machine of one's own. */
import * as z from 'zod';
import { Failure, toFailure } from '#core/failures.ts';
import { PinnedObject } from '#core/job/plan.ts';
import { probeObject } from '#core/usecases/probe-object.ts';
import { TaskPayload } from '#core/usecases/hold-task.ts';
import { runTask } from '#core/usecases/run-task.ts';
import type { RunTaskDeps } from '#core/usecases/task-run.ts';

/** Carry out a task, or answer what is known of an object. */
const RunnerPayload = z.union([TaskPayload, z.strictObject({ probe: PinnedObject })]);
type RunnerPayload = z.output<typeof RunnerPayload>;

export interface RunnerOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the host ends this process; the work is ended a little before, so that it can be recorded. */
  readonly deadlineMs?: number;
}

export type Runner = (payload: unknown, options?: RunnerOptions) => Promise<unknown>;

/** Enough to end FFmpeg and to write the task's end. */
const reserveMs = 10_000;

/**
 * Resolves to a `Probe` for `{probe}` and to the task's id otherwise: results travel through the job store. Throws a
 * `Failure`, whose name the state machine matches on. Safe to call twice with the same payload.
 */
export const createRunner =
  (deps: RunTaskDeps): Runner =>
  async (payload, { signal, deadlineMs } = {}) => {
    const over = new AbortController();
    const late = new AbortController();
    const watched = deadlineMs === undefined ? undefined : watch(deps, deadlineMs - reserveMs, late, over.signal);
    try {
      const both = AbortSignal.any([late.signal, ...(signal ? [signal] : [])]);
      return await carryOut(deps, RunnerPayload.parse(payload), both);
    } catch (error) {
      const failure = toFailure(error);
      if (failure !== error) deps.log.error('runner failed', { error });
      throw failure;
    } finally {
      over.abort();
      await watched;
    }
  };

const carryOut = async (deps: RunTaskDeps, payload: RunnerPayload, signal: AbortSignal): Promise<unknown> => {
  if ('probe' in payload) return probeObject(deps, payload.probe, signal);
  await runTask(deps, payload, signal);
  return { taskId: payload.taskId };
};

const watch = async (
  { clock }: Pick<RunTaskDeps, 'clock'>,
  afterMs: number,
  late: AbortController,
  over: AbortSignal,
): Promise<void> => {
  try {
    await clock.sleep(Math.max(0, afterMs), over);
    late.abort(new Failure('platform.timeout', { detail: 'The worker’s time is over.' }));
  } catch {
    // The work was done before.
  }
};
