import type { JobRecord } from '../job/state.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { queueNotices, type QueueNoticesDeps } from './queue-notices.ts';
import { removeUnlisted } from './remove-unlisted.ts';
import { reportDrop, type ReportDropDeps } from './report-drop.ts';

export type TidyUpDeps = ReportDropDeps & QueueNoticesDeps & { readonly objects: ObjectStore };

/** What follows once a job has ended. Safe to repeat at any time after. */
export const tidyUp = async (deps: TidyUpDeps, job: JobRecord): Promise<void> => {
  await queueNotices(deps, job);
  await removeUnlisted(deps, job);
  await reportDrop(deps, job);
};
