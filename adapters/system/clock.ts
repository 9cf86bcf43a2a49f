import { setTimeout } from 'node:timers/promises';
import type { Clock } from '#core/ports/clock.ts';

/** The clock of the machine. */
export const systemClock: Clock = {
  now: Date.now,
  sleep: async (ms, signal) => {
    await setTimeout(ms, undefined, signal ? { signal } : {});
  },
};
