/** Time that moves only when a test moves it, and ids that count. */
import type { IdKind } from '#core/job/ids.ts';
import type { Clock, Ids } from '#core/ports/clock.ts';

export interface ManualClock extends Clock {
  /** Moves the time on and wakes every sleeper whose time has come, in order. */
  advance(ms: number): void;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Starts at `start`: an instant, or milliseconds since the epoch. */
export const manualClock = (start: string | number = '2026-11-01T12:00:00.000Z'): ManualClock => {
  let time = new Date(start).getTime();
  const sleepers = new Set<Sleeper>();
  return {
    now: () => time,
    sleep: (ms, signal) => {
      signal?.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const sleeper = { at: time + ms, wake: resolve };
      sleepers.add(sleeper);
      const onAbort = (): void => {
        sleepers.delete(sleeper);
        reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      return promise.finally(() => signal?.removeEventListener('abort', onAbort));
    },
    advance: (ms) => {
      time += ms;
      const due = [...sleepers].filter(({ at }) => at <= time).sort((a, b) => a.at - b.at);
      for (const sleeper of due) {
        sleepers.delete(sleeper);
        sleeper.wake();
      }
    },
  };
};

/** Valid ids that are the same in every run: `job_00000000000000000000000001`, … Decimal digits are ULID digits. */
export const sequentialIds = (first = 1): Ids => {
  let next = first;
  return {
    next: (kind: IdKind) => {
      const id = `${kind}_${String(next).padStart(26, '0')}`;
      next += 1;
      return id;
    },
  };
};
