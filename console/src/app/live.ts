/** Values that are asked for, and asked for again. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

/** Resolves after the time, at once where the signal ends it. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });

/** Resolves once the page can be seen: nobody needs what nobody looks at. */
export const untilVisible = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (!document.hidden) return resolve();
    const look = (): void => {
      if (!document.hidden) resolve();
    };
    document.addEventListener('visibilitychange', look, { signal });
    signal.addEventListener('abort', () => resolve());
  });

const retryMs = 2000;

export interface Live<T> {
  readonly value: T | undefined;
  readonly error: unknown;
  readonly reload: () => void;
}

/**
 * Asks when `deps` change, and again after what `every` says of the last value, in milliseconds; not again where it says
 * nothing. What was asked for before stays in sight until the new value is there, and while asking fails.
 */
export const useLive = <T>(
  load: (signal: AbortSignal) => Promise<T>,
  deps: readonly unknown[],
  every: (value: T) => number | undefined = () => undefined,
): Live<T> => {
  const [state, setState] = useState<{ value: T | undefined; error: unknown }>({ value: undefined, error: undefined });
  const [round, setRound] = useState(0);
  const latest = useRef({ load, every });
  latest.current = { load, every };
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    const loop = async (): Promise<void> => {
      while (!signal.aborted) {
        await untilVisible(signal);
        let next: number | undefined;
        try {
          const value = await latest.current.load(signal);
          if (signal.aborted) return;
          setState({ value, error: undefined });
          next = latest.current.every(value);
        } catch (error) {
          if (signal.aborted) return;
          setState((last) => ({ value: last.value, error }));
          next = retryMs;
        }
        if (next === undefined) return;
        await pause(next, signal);
      }
    };
    void loop();
    return () => stop.abort();
  }, [...deps, round]);
  const reload = useCallback(() => setRound((n) => n + 1), []);
  return { ...state, reload };
};
