import type { Clock } from '../ports/clock.ts';

/** Waits; false when it was woken because the work is over. */
export const slept = async (clock: Pick<Clock, 'sleep'>, ms: number, until: AbortSignal): Promise<boolean> => {
  try {
    await clock.sleep(ms, until);
    return !until.aborted;
  } catch {
    return false;
  }
};
