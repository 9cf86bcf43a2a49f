import type { UploadRecord } from '../job/state.ts';

export interface UploadStore {
  /** Stores a new upload at version 1. Fails with `conflict.state` when the id exists. */
  create(upload: UploadRecord): Promise<void>;
  get(id: string): Promise<UploadRecord | undefined>;
  /** Like `JobStore.update`: by version, else `conflict.state`. */
  update(upload: UploadRecord): Promise<UploadRecord>;
  remove(id: string): Promise<void>;
  /** Ids of uploads that are due (`uploadDueAt`) before `now`, oldest first. */
  overdue(now: string, limit: number): Promise<readonly string[]>;
}
