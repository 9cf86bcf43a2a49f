/** What speaks to the world outside: imports, deliveries and webhooks. It has no FFmpeg and decodes nothing. */
import * as z from 'zod';
import { toFailure } from '#core/failures.ts';
import { TaskPayload } from '#core/usecases/hold-task.ts';
import { runTransfer } from '#core/usecases/run-transfer.ts';
import type { SendNoticeDeps } from '#core/usecases/send-notice.ts';
import { sendNotices } from '#core/usecases/send-notices.ts';
import type { TransferDeps } from '#core/usecases/transfer.ts';
import { withDeadline } from '#core/usecases/with-deadline.ts';

export interface TransferOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the host ends this process; the work is ended a little before, so that it can be recorded. */
  readonly deadlineMs?: number;
}

export type Transfer = (payload: unknown, options?: TransferOptions) => Promise<unknown>;

export type TransferAppDeps = TransferDeps & SendNoticeDeps;

/** From the state machine when a job has ended, and from the schedule. */
export const NotifyPayload = z.strictObject({ notify: z.literal(true) });

const carryOut = async (deps: TransferAppDeps, payload: unknown, options: TransferOptions): Promise<unknown> => {
  if (NotifyPayload.safeParse(payload).success) return sendNotices(deps);
  const task = TaskPayload.parse(payload);
  await withDeadline(deps, options, (signal) => runTransfer(deps, task, signal));
  return { taskId: task.taskId };
};

/**
 * Carries out one task and resolves to its id, or sends the webhooks that are due and resolves to how many: results travel through the job store. Throws a `Failure`, whose name the
 * state machine matches on. Safe to call twice with the same payload.
 */
export const createTransfer =
  (deps: TransferAppDeps): Transfer =>
  async (payload, options = {}) => {
    try {
      return await carryOut(deps, payload, options);
    } catch (error) {
      const failure = toFailure(error);
      if (failure !== error) deps.log.error('transfer failed', { error });
      throw failure;
    }
  };
