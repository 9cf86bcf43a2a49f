import type { JobRecord } from '../job/state.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { removeUnlisted } from './remove-unlisted.ts';
import { reportDrop, type ReportDropDeps } from './report-drop.ts';

export type TidyUpDeps = ReportDropDeps & { readonly objects: ObjectStore };

/** What follows once a job has ended. Safe to repeat at any time after. */
export const tidyUp = async (deps: TidyUpDeps, job: JobRecord): Promise<void> => {
  await removeUnlisted(deps, job);
  await reportDrop(deps, job);
};
