/** What speaks to the world outside: imports and deliveries. It has no FFmpeg and decodes nothing. */
import { toFailure } from '#core/failures.ts';
import { TaskPayload } from '#core/usecases/hold-task.ts';
import { runTransfer } from '#core/usecases/run-transfer.ts';
import type { TransferDeps } from '#core/usecases/transfer.ts';
import { withDeadline } from '#core/usecases/with-deadline.ts';

export interface TransferOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the host ends this process; the work is ended a little before, so that it can be recorded. */
  readonly deadlineMs?: number;
}

export type Transfer = (payload: unknown, options?: TransferOptions) => Promise<unknown>;

/**
 * Carries out one task and resolves to its id: results travel through the job store. Throws a `Failure`, whose name the
 * state machine matches on. Safe to call twice with the same payload.
 */
export const createTransfer =
  (deps: TransferDeps): Transfer =>
  async (payload, options = {}) => {
    try {
      const task = TaskPayload.parse(payload);
      await withDeadline(deps, options, (signal) => runTransfer(deps, task, signal));
      return { taskId: task.taskId };
    } catch (error) {
      const failure = toFailure(error);
      if (failure !== error) deps.log.error('transfer failed', { error });
      throw failure;
    }
  };
