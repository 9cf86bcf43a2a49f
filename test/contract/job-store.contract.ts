/** What every job store must do: each sentence of core/ports/job-store.ts, as a test. */
import { describe } from 'vitest';
import { claimsContract } from './job-store/claims.ts';
import { jobStoreContext } from './job-store/context.ts';
import type { OpenJobStore } from './job-store/context.ts';
import { listingsContract } from './job-store/listings.ts';
import { recordsContract } from './job-store/records.ts';
import { sizesContract } from './job-store/sizes.ts';
import { tasksContract } from './job-store/tasks.ts';

export const jobStoreContract = (
  name: string,
  open: OpenJobStore,
  { races = 1000, skip }: { readonly races?: number; readonly skip?: string | undefined } = {},
): void => {
  describe.skipIf(skip)(`${name}: jobs${skip ? ` (skipped: ${skip})` : ''}`, () => {
    const it = jobStoreContext(open, races);
    recordsContract(it);
    listingsContract(it);
    tasksContract(it);
    claimsContract(it);
    sizesContract(it);
  });
};
