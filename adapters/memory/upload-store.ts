/** Uploads in this process's memory: for tests of use cases. */
import { Failure } from '#core/failures.ts';
import { uploadDueAt } from '#core/job/keep.ts';
import { UploadRecord } from '#core/job/state.ts';
import type { UploadStore } from '#core/ports/upload-store.ts';
import { documents } from './documents.ts';

const due = (upload: UploadRecord): number => Date.parse(uploadDueAt(upload) ?? 'never');

/** Starts with the given uploads, as they are. */
export const memoryUploadStore = (uploads: readonly UploadRecord[] = []): UploadStore => {
  const rows = documents(UploadRecord);
  for (const upload of uploads) rows.set(upload.id, upload);
  return {
    create: async (upload) => {
      if (rows.get(upload.id)) throw new Failure('conflict.state', { detail: 'The upload id was used before.' });
      rows.set(upload.id, upload);
    },
    get: async (id) => rows.get(id),
    update: async (upload) => {
      if (rows.get(upload.id)?.version !== upload.version) {
        throw new Failure('conflict.state', { detail: 'The upload changed in the meantime.' });
      }
      const after = { ...upload, version: upload.version + 1 };
      rows.set(upload.id, after);
      return after;
    },
    remove: async (id) => rows.delete(id),
    overdue: async (now, limit) =>
      rows
        .all()
        .filter((upload) => due(upload) < Date.parse(now))
        .sort((a, b) => due(a) - due(b))
        .slice(0, limit)
        .map((upload) => upload.id),
  };
};
