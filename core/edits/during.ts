/** The part of the time in which an edit shows: from `start`, and no longer at `end`. */
import { Failure } from '../failures.ts';
import { seconds } from '../ffmpeg/numbers.ts';
import type { EditContext } from './define-edit.ts';

/** The option that switches a filter on; empty where it always is. Fails with `spec.invalid` where it never would be. */
export const during = (
  { start = 0, end }: { readonly start?: number; readonly end?: number },
  { inOutput }: Pick<EditContext, 'inOutput'>,
): string => {
  if (end !== undefined && end <= start) {
    throw new Failure('spec.invalid', {
      detail: `"end" (${end} s) of an edit must lie after its "start" (${start} s).`,
    });
  }
  const from = start > 0 ? [`gte(t,${seconds(inOutput(start))})`] : [];
  const until = end === undefined ? [] : [`lt(t,${seconds(inOutput(end))})`];
  return from.length + until.length === 0 ? '' : `:enable='${[...from, ...until].join('*')}'`;
};
