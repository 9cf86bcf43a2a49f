import { hasCode } from '../failures.ts';
import type { UploadStore } from '../ports/upload-store.ts';
import { cancelJob, type CancelDeps } from './cancel-job.ts';
import { ownedUpload } from './owned.ts';

/**
 * Removes an upload with everything that was sent of it, and cancels the job that still waits for it. Fails with
 * `not_found`, also when it is repeated.
 */
export const abortUpload = async (
  deps: CancelDeps & { uploads: UploadStore },
  { id, owner }: { id: string; owner: string },
): Promise<void> => {
  const upload = await ownedUpload(deps, { id, owner });
  if (upload.state !== 'complete' && upload.jobId !== null) await cancelWaiting(deps, upload.jobId, owner);
  if (upload.multipart) await deps.objects.abortMultipart({ key: upload.key, id: upload.multipart.id });
  await deps.objects.remove(upload.key);
  await deps.uploads.remove(id);
};

const cancelWaiting = async (deps: CancelDeps, id: string, owner: string): Promise<void> => {
  try {
    await cancelJob(deps, { id, owner });
  } catch (error) {
    // It has ended or was removed by other means.
    if (!hasCode(error, 'conflict.state') && !hasCode(error, 'not_found')) throw error;
  }
};
