import { Failure } from '../failures.ts';
import type { UploadRecord } from '../job/state.ts';
import type { ObjectInfo, Part } from '../ports/object-store.ts';
import { ownedUpload } from './owned.ts';
import { type SettleDeps, settleUpload, startAwaiting } from './settle-upload.ts';

const conflict = (detail: string): Failure => new Failure('conflict.state', { detail });

const missingParts = (): Failure => {
  const message = 'is required: the number and ETag of every part';
  return new Failure('spec.invalid', {
    detail: `/parts: ${message}`,
    errors: [{ pointer: '/parts', code: 'required', message }],
  });
};

const arrived = async (
  { objects }: SettleDeps,
  { key, multipart }: UploadRecord,
  parts: readonly Part[] | undefined,
): Promise<ObjectInfo> => {
  if (multipart) {
    if (!parts) throw missingParts();
    const ordered = parts.toSorted((a, b) => a.n - b.n);
    if (ordered.length !== multipart.parts || ordered.some(({ n }, index) => n !== index + 1))
      throw conflict(`The upload has the parts 1 to ${multipart.parts}; each must be named once.`);
    return objects.completeMultipart({ key, id: multipart.id, parts: ordered });
  }
  const object = await objects.head(key);
  if (!object) throw conflict('No bytes have arrived yet. Send the PUT first.');
  return object;
};

/**
 * Ends an upload and starts the job that waits for it. Of a single PUT `parts` is left out. Completing again is fine.
 * Fails with `not_found`, with `conflict.state` where bytes are missing or the upload has expired, with
 * `input.too_large`, and with `spec.invalid` where `parts` is missing.
 */
export const completeUpload = async (
  deps: SettleDeps,
  { id, owner, parts }: { id: string; owner: string; parts?: readonly Part[] },
): Promise<UploadRecord> => {
  const upload = await ownedUpload(deps, { id, owner });
  if (upload.state === 'expired') throw conflict('The upload has expired. Start a new one.');
  if (upload.state === 'complete') {
    await startAwaiting(deps, upload);
    return upload;
  }
  return settleUpload(deps, upload, await arrived(deps, upload, parts));
};
