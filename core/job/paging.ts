/** Cursors: every listing is ordered by id, so a cursor is the last id that was shown, dressed so that it is not taken for one. */
import { Failure } from '../failures.ts';
import { JobId } from './ids.ts';

const prefix = 'after_';
const idPrefix = 'job_';

const cursorAfter = (jobId: string): string => prefix + jobId.slice(idPrefix.length);

/** The id that a cursor stands for; undefined without a cursor. Fails with `spec.invalid` where no listing made it. */
export const idOfCursor = (cursor: string | undefined): string | undefined => {
  if (cursor === undefined) return undefined;
  const id = JobId.safeParse(idPrefix + cursor.slice(prefix.length));
  if (cursor.startsWith(prefix) && id.success) return id.data;
  const message = 'must be the `next` of an earlier page';
  throw new Failure('spec.invalid', {
    detail: 'The cursor is not one of ours.',
    errors: [{ pointer: '/cursor', code: 'invalid_cursor', message }],
  });
};

/** A page out of up to `limit + 1` rows: the one too many tells that there is more. */
export const pageOf = <T>(
  rows: readonly T[],
  limit: number,
  idOf: (row: T) => string,
): { readonly items: readonly T[]; readonly next: string | null } => {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? cursorAfter(idOf(last)) : null };
};
