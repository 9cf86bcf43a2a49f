/** `Idempotency-Key`: a POST that is repeated with its key does its work once and gives its first answer again. */
import { Failure, toFailure } from '#core/failures.ts';
import { stableJson } from '#core/job/stable-json.ts';
import { instant } from '#core/ports/clock.ts';
import type { IdempotencyReservation } from '#core/ports/idempotency-store.ts';
import type { Result } from './answer.ts';
import type { ApiDeps } from './deps.ts';
import type { ApiRequest } from './request.ts';

/** Longer than any answer takes. After that a repeated request takes the work over, with the same new id. */
const lockMs = 60_000;
/** How long a key is remembered: a week, in which whoever was cut off has come back. */
const keepMs = 7 * 24 * 3_600_000;

type Deps = Pick<ApiDeps, 'idempotency' | 'clock' | 'hash' | 'log'>;

const keyOf = (header: string): string => {
  const key = header.trim();
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new Failure('request.malformed', {
    detail: '`Idempotency-Key` must be 1 to 255 printable ASCII characters without spaces.',
  });
};

/**
 * Answers with what `make` makes, at most once per owner and key. `newId` is the id for what it makes; of a request
 * that crashed half-way it is the crashed one's, so that nothing is made twice. A request that failed frees its key.
 */
export const once = async (
  deps: Deps,
  { request, owner, newId }: { request: ApiRequest; owner: string; newId: string },
  make: (newId: string) => Promise<Result>,
): Promise<Result> => {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return make(newId);
  const key = { owner, key: keyOf(header) };
  const now = deps.clock.now();
  const reservation = { ...key, lockedUntil: instant(now + lockMs) };
  const begin = await deps.idempotency.begin(key, {
    fingerprint: deps.hash(`${request.method} ${request.path} ${stableJson(request.body)}`),
    resourceId: newId,
    now: instant(now),
    lockedUntil: reservation.lockedUntil,
    expiresAt: instant(now + keepMs),
  });
  if (begin.outcome === 'mismatch') throw new Failure('conflict.idempotency');
  if (begin.outcome === 'in_progress') throw new Failure('conflict.in_progress');
  if (begin.outcome === 'begun') return record(deps, reservation, () => make(begin.resourceId));
  const { status, headers, body } = begin.answer;
  return { statusCode: status, headers: { ...headers, 'idempotent-replayed': 'true' }, body };
};

const record = async (deps: Deps, held: IdempotencyReservation, make: () => Promise<Result>): Promise<Result> => {
  const result = await makeOrAbandon(deps, held, make);
  const { statusCode: status, headers, body } = result;
  // What was made is there; without the record a repeated request finds it by its id.
  await quietly(deps, () => deps.idempotency.complete(held, { status, headers, body }));
  return result;
};

const makeOrAbandon = async (
  deps: Deps,
  held: IdempotencyReservation,
  make: () => Promise<Result>,
): Promise<Result> => {
  try {
    return await make();
  } catch (error) {
    await quietly(deps, () => deps.idempotency.abandon(held));
    throw error;
  }
};

const quietly = async ({ log }: Deps, act: () => Promise<void>): Promise<void> => {
  try {
    await act();
  } catch (error) {
    log.warn('idempotency key not updated', { code: toFailure(error).code, reason: String(error) });
  }
};
