/** Transactions that are done again where the database undid them for a reason that passes. */
import pRetry from 'p-retry';
import { Failure } from '#core/failures.ts';
import type { Db, Tx } from './tables.ts';

/** Surely nothing of it was applied, and the very same work may succeed when it is done again. */
export class Undone extends Failure {}

const retries = { retries: 6, minTimeout: 25, factor: 2, maxTimeout: 1000, randomize: true, maxRetryTime: 10_000 };

/** Does the work again, a few times and later each time, where it fails with `Undone`. */
export const untilDone = <T>(work: () => Promise<T>): Promise<T> =>
  pRetry(work, { ...retries, shouldRetry: ({ error }) => error instanceof Undone });

/** Every transaction of this folder. `work` may run several times, so it changes nothing but the database. */
export const transact = <T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> =>
  untilDone(() => db.transaction().execute(work));
