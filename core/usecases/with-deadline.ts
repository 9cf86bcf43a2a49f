import { Failure } from '../failures.ts';
import type { Clock } from '../ports/clock.ts';

/** Enough to end FFmpeg and to write the task's end. */
const reserveMs = 10_000;

/**
 * Does the work with a signal that is aborted with `signal`, and with `platform.timeout` ten seconds before `deadlineMs`
 * have passed.
 */
export const withDeadline = async <T>(
  { clock }: { readonly clock: Clock },
  { signal, deadlineMs }: { readonly signal?: AbortSignal | undefined; readonly deadlineMs?: number },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const over = new AbortController();
  const late = new AbortController();
  const watched = deadlineMs === undefined ? undefined : watch(clock, deadlineMs - reserveMs, late, over.signal);
  try {
    return await work(AbortSignal.any([late.signal, ...(signal ? [signal] : [])]));
  } finally {
    over.abort();
    await watched;
  }
};

const watch = async (clock: Clock, afterMs: number, late: AbortController, over: AbortSignal): Promise<void> => {
  try {
    await clock.sleep(Math.max(0, afterMs), over);
    late.abort(new Failure('platform.timeout', { detail: 'The worker’s time is over.' }));
  } catch {
    // The work was done before.
  }
};
