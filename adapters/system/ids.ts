import { monotonicFactory } from 'ulid';
import type { Ids } from '#core/ports/clock.ts';

/** ULIDs; those that one process makes rise, also within a millisecond. */
export const ulidIds = (): Ids => {
  const next = monotonicFactory();
  return { next: (kind) => `${kind}_${next()}` };
};
