import type { ObjectStore } from '../ports/object-store.ts';
import type { UploadStore } from '../ports/upload-store.ts';

/**
 * Ends an upload that nobody completed in time and removes what arrived of it; removes one that was to be kept until now.
 * Resolves to the job that waits for it. Fails with `conflict.state` when it was completed at this moment.
 */
export const expireUpload = async (
  deps: { uploads: UploadStore; objects: ObjectStore },
  id: string,
): Promise<string | null> => {
  const upload = await deps.uploads.get(id);
  if (upload?.state === 'complete') {
    await deps.objects.remove(upload.key);
    await deps.uploads.remove(id);
  }
  if (upload?.state !== 'waiting') return null;
  if (upload.multipart) await deps.objects.abortMultipart({ key: upload.key, id: upload.multipart.id });
  await deps.uploads.update({ ...upload, state: 'expired' });
  await deps.objects.remove(upload.key);
  return upload.jobId;
};
