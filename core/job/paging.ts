/** Cursors: every listing is ordered by a key, so a cursor is the last key that was shown, dressed so that it is not taken for one. */
import type * as z from 'zod';
import { Failure } from '../failures.ts';
import { JobId, LocalUserId, MediaId, NoticeId, WebhookId } from './ids.ts';
import { Name } from './values.ts';

const dress = 'after_';

const notOurs = (): Failure =>
  new Failure('spec.invalid', {
    detail: 'The cursor is not one of ours.',
    errors: [{ pointer: '/cursor', code: 'invalid_cursor', message: 'must be the `next` of an earlier page' }],
  });

interface Paging {
  /** The key that a cursor stands for; undefined without a cursor. Fails with `spec.invalid` where no listing made it. */
  readonly keyOf: (cursor: string | undefined) => string | undefined;
  /** A page out of up to `limit + 1` rows: the one too many tells that there is more. */
  readonly pageOf: <T>(
    rows: readonly T[],
    limit: number,
    keyOf: (row: T) => string,
  ) => { readonly items: readonly T[]; readonly next: string | null };
}

/** Of listings whose keys all begin with `prefix`, which no cursor shows. */
const pagesBy = (key: z.ZodType<string>, prefix: string): Paging => ({
  keyOf: (cursor) => {
    if (cursor === undefined) return undefined;
    const parsed = key.safeParse(prefix + cursor.slice(dress.length));
    if (cursor.startsWith(dress) && parsed.success) return parsed.data;
    throw notOurs();
  },
  pageOf: (rows, limit, keyOf) => {
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    const isMore = rows.length > limit && last !== undefined;
    return { items, next: isMore ? dress + keyOf(last).slice(prefix.length) : null };
  },
});

export const { keyOf: idOfCursor, pageOf } = pagesBy(JobId, 'job_');
export const mediaPages = pagesBy(MediaId, 'med_');
export const templatePages = pagesBy(Name, '');
export const webhookPages = pagesBy(WebhookId, 'whk_');
export const noticePages = pagesBy(NoticeId, 'dlv_');
export const localUserPages = pagesBy(LocalUserId, 'usr_');
