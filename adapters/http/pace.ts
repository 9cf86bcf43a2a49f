/** How slowly a sender may send. */
import { Interrupted, unreachable } from './exchange.ts';
import type { WebLimits } from './limits.ts';

/**
 * Runs work under a signal that aborts it when, after `start` was called, a whole window brought too little: nothing is a
 * broken connection, which may be taken up again; a drip is a failure, or it would be taken up for ever.
 */
export const paced = async <T>(
  bytes: () => number,
  { minBytesPerSecond, windowSeconds }: WebLimits,
  place: string,
  outer: AbortSignal,
  work: (signal: AbortSignal, start: () => void) => Promise<T>,
): Promise<T> => {
  const slow = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const start = (): void => {
    let before = bytes();
    timer = setInterval(() => {
      const came = bytes() - before;
      before += came;
      if (came === 0) slow.abort(new Interrupted(`${place} stopped sending.`));
      else if (came < minBytesPerSecond * windowSeconds) slow.abort(unreachable(`${place} sends too slowly.`));
    }, windowSeconds * 1000);
  };
  try {
    return await work(AbortSignal.any([slow.signal, outer]), start);
  } finally {
    clearInterval(timer);
  }
};
