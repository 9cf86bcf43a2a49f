/** What belongs to the caller. Missing and foreign are the same answer, so that no id can be probed for. */
import { Failure } from '../failures.ts';
import type { MediaRecord } from '../job/media-record.ts';
import type { JobRecord, UploadRecord } from '../job/state.ts';
import type { JobStore } from '../ports/job-store.ts';
import type { MediaStore } from '../ports/media-store.ts';
import type { UploadStore } from '../ports/upload-store.ts';

export type Owned = { readonly id: string; readonly owner: string };

/** Fails with `not_found`. */
export const ownedJob = async ({ jobs }: { jobs: JobStore }, { id, owner }: Owned): Promise<JobRecord> => {
  const job = await jobs.get(id);
  if (job?.owner !== owner) throw new Failure('not_found', { detail: 'There is no such job.' });
  return job;
};

/** Fails with `not_found`. */
export const ownedUpload = async (
  { uploads }: { uploads: UploadStore },
  { id, owner }: Owned,
): Promise<UploadRecord> => {
  const upload = await uploads.get(id);
  if (upload?.owner !== owner) throw new Failure('not_found', { detail: 'There is no such upload.' });
  return upload;
};

/** Fails with `not_found`. */
export const ownedMedia = async ({ library }: { library: MediaStore }, { id, owner }: Owned): Promise<MediaRecord> => {
  const media = await library.get(id);
  if (media?.owner !== owner) throw new Failure('not_found', { detail: 'There is no such item in the library.' });
  return media;
};
