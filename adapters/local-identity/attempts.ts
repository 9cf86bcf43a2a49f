/**
 * Slows guessing down: five attempts are free, after each further one the name has to wait, at first a second, then twice
 * as long each time, up to a quarter of an hour. Names that nobody has are treated alike.
 */
import { Failure } from '#core/failures.ts';
import type { Clock } from '#core/ports/clock.ts';

const free = 5;
const mostSeconds = 15 * 60;
/** What is remembered; the longest untouched is forgotten first. */
const mostNames = 10_000;

interface Tried {
  readonly times: number;
  readonly lastAt: number;
}

const waitMs = (times: number): number => (times < free ? 0 : Math.min(2 ** (times - free), mostSeconds) * 1000);

export interface Attempts {
  /**
   * Counts an attempt, before its outcome is known: many at once are no way around. Fails with `auth.throttled` while the
   * name has to wait, which does not prolong it.
   */
  begin(name: string): void;
  succeeded(name: string): void;
}

export const attempts = ({ clock }: { clock: Pick<Clock, 'now'> }): Attempts => {
  const names = new Map<string, Tried>();
  return {
    begin: (name) => {
      const now = clock.now();
      const { times, lastAt } = names.get(name) ?? { times: 0, lastAt: now };
      const isOld = now - lastAt > mostSeconds * 1000;
      const leftMs = isOld ? 0 : lastAt + waitMs(times) - now;
      if (leftMs > 0) throw new Failure('auth.throttled', { retryAfterSeconds: Math.ceil(leftMs / 1000) });
      names.delete(name); // so that the order of the map is that of the last attempts
      names.set(name, { times: isOld ? 1 : times + 1, lastAt: now });
      const [oldest] = names.size > mostNames ? names.keys() : [];
      if (oldest !== undefined) names.delete(oldest);
    },
    succeeded: (name) => void names.delete(name),
  };
};
