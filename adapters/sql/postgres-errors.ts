/** What an error of PostgreSQL, or of the connection to it, means. https://www.postgresql.org/docs/current/errcodes-appendix.html */
import { Failure } from '#core/failures.ts';
import { Undone } from './transactions.ts';

/** The SQLSTATE of what the server answered; undefined where it did not answer. */
const sqlState = (error: unknown): string | undefined =>
  error instanceof Error && 'severity' in error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;

/** Other transactions, or more connections than there may be, were in the way. */
const busy = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '53300', // too_many_connections
  '55P03', // lock_not_available
  '57P03', // cannot_connect_now: it starts, or it ends
]);

/** The server ends the session: it is shut down, it fails over, or the session was too slow. */
const ended = new Set(['57P01', '57P02', '57P04', '57P05', '25P03', '25P04']);

const isFull = (state: string): boolean => state === '53100' || state === '53200';

/**
 * The connection is gone. What was not committed on it is undone; whether a COMMIT that had no answer was applied is
 * another question.
 */
export const isLost = (error: unknown): boolean => {
  const state = sqlState(error);
  if (state !== undefined) return ended.has(state) || state.startsWith('08');
  return error instanceof Error && !(error instanceof Failure);
};

/** What callers see of an error that came before COMMIT was sent, after which nothing of the transaction remains. */
export const failureOf = (error: unknown): Failure => {
  if (error instanceof Failure) return error;
  const facts = { phase: 'store' };
  const options = { cause: error };
  if (isLost(error)) return new Undone('platform.timeout', facts, options);
  const state = sqlState(error) ?? '';
  if (busy.has(state)) return new Undone('platform.throttled', facts, options);
  if (isFull(state)) return new Failure('limit.storage', { ...facts, detail: 'The database is full.' }, options);
  if (state === '57014') return new Failure('platform.timeout', facts, options); // statement_timeout
  if (state === '23505')
    return new Failure(
      'conflict.state',
      { ...facts, detail: 'It was made by somebody else in the meantime.' },
      options,
    );
  // PostgreSQL keeps no U+0000 in a text.
  if (state === '22021')
    return new Failure('spec.invalid', { detail: 'A text holds the character U+0000, which cannot be kept.' }, options);
  return new Failure('platform.internal', facts, options);
};
