/** What a store keeps of one idempotency key, and what a request that brings the key meets. */
import * as z from 'zod';

export const IdempotencyRow = z.strictObject({
  /** A hash of method, path and canonical body. */
  fingerprint: z.string(),
  resourceId: z.string(),
  lockedUntil: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  answer: z.strictObject({ status: z.int(), headers: z.record(z.string(), z.string()), body: z.string() }).nullable(),
});
export type IdempotencyRow = z.output<typeof IdempotencyRow>;

type Request = Omit<IdempotencyRow, 'answer'> & { readonly now: string };
type Answer = NonNullable<IdempotencyRow['answer']>;
type Begin =
  | { readonly outcome: 'begun'; readonly resourceId: string; readonly row: IdempotencyRow }
  | { readonly outcome: 'answered'; readonly answer: Answer }
  | { readonly outcome: 'in_progress' | 'mismatch' };

/** The outcome of `IdempotencyStore.begin`; where it is `begun`, `row` is to be stored in the place of `stored`. */
export const beginRequest = (stored: IdempotencyRow | undefined, request: Request): Begin => {
  const { now, ...fresh } = request;
  const isOver = (until: string): boolean => Date.parse(until) < Date.parse(now);
  if (!stored || isOver(stored.expiresAt)) {
    return { outcome: 'begun', resourceId: fresh.resourceId, row: { ...fresh, answer: null } };
  }
  if (stored.fingerprint !== fresh.fingerprint) return { outcome: 'mismatch' };
  if (stored.answer) return { outcome: 'answered', answer: stored.answer };
  if (!isOver(stored.lockedUntil)) return { outcome: 'in_progress' };
  const { resourceId } = stored;
  return { outcome: 'begun', resourceId, row: { ...fresh, resourceId, answer: null } };
};

/** True while the row is the reservation of that caller, who has neither answered nor been replaced. */
export const isHeldBy = (row: IdempotencyRow | undefined, lockedUntil: string): row is IdempotencyRow =>
  row !== undefined && row.answer === null && Date.parse(row.lockedUntil) === Date.parse(lockedUntil);
