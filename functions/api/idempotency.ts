/** `Idempotency-Key`: a POST that is repeated with its key does its work once and gives its first answer again. */
import { Failure, toFailure } from '#core/failures.ts';
import { instant } from '#core/ports/clock.ts';
import type { IdempotencyKey } from '#core/ports/idempotency-store.ts';
import type { Result } from './answer.ts';
import type { ApiDeps } from './deps.ts';
import type { ApiRequest } from './request.ts';

/** Longer than any answer takes. After that a repeated request takes the work over, with the same new id. */
const lockMs = 60_000;
/** How long a key is remembered. */
const keepMs = 24 * 3_600_000;

type Deps = Pick<ApiDeps, 'idempotency' | 'clock' | 'hash' | 'log'>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The same text for the same JSON, whatever the order of its fields. */
const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_key, item: unknown) =>
    isObject(item) ? Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1))) : item,
  );

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
  const begin = await deps.idempotency.begin(key, {
    fingerprint: deps.hash(`${request.method} ${request.path} ${canonicalJson(request.body)}`),
    resourceId: newId,
    now: instant(now),
    lockedUntil: instant(now + lockMs),
    expiresAt: instant(now + keepMs),
  });
  if (begin.outcome === 'mismatch') throw new Failure('conflict.idempotency');
  if (begin.outcome === 'in_progress') throw new Failure('conflict.in_progress');
  if (begin.outcome === 'begun') return record(deps, key, () => make(begin.resourceId));
  const { status, headers, body } = begin.answer;
  return { statusCode: status, headers: { ...headers, 'idempotent-replayed': 'true' }, body };
};

const record = async (deps: Deps, key: IdempotencyKey, make: () => Promise<Result>): Promise<Result> => {
  const result = await makeOrAbandon(deps, key, make);
  const { statusCode: status, headers, body } = result;
  // What was made is there; without the record a repeated request finds it by its id.
  await quietly(deps, () => deps.idempotency.complete(key, { status, headers, body }));
  return result;
};

const makeOrAbandon = async (deps: Deps, key: IdempotencyKey, make: () => Promise<Result>): Promise<Result> => {
  try {
    return await make();
  } catch (error) {
    await quietly(deps, () => deps.idempotency.abandon(key));
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
