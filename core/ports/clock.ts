/** Time and randomness come in through here, so that the core has neither. */
import type { IdKind } from '../job/ids.ts';

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Ids {
  /** A new id such as `job_01K…`. */
  next(kind: IdKind): string;
}

export const instant = (ms: number): string => new Date(ms).toISOString();
