/** Signed addresses for the bytes of an upload. They are short-lived and can be had again as often as needed. */
import { Failure, hasCode } from '../failures.ts';
import type { UploadRecord } from '../job/state.ts';
import { type Clock, instant } from '../ports/clock.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { UploadStore } from '../ports/upload-store.ts';
import type { Limits } from './limits.ts';
import { ownedUpload } from './owned.ts';

/** In the answer to `POST /v1/uploads`; the rest is signed on request. Keeps a recorded answer below 100 KB. */
const firstParts = 50;
/** In one answer: some 2 KB each, where an answer may have 6 MB. */
export const maxSignedParts = 1000;
/** How long an upload can be kept open by signing again. */
const longestUploadMs = 7 * 86_400_000;

export type SignedUpload =
  | {
      readonly method: 'PUT';
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly expiresAt: string;
    }
  | {
      readonly method: 'multipart';
      /** Of every part but the last, in bytes. */
      readonly partSize: number;
      readonly partCount: number;
      readonly parts: readonly { readonly n: number; readonly url: string }[];
      readonly expiresAt: string;
    };

type SignDeps = { objects: ObjectStore; clock: Clock; limits: Pick<Limits, 'uploadUrlSeconds'> };

const lengthOf = (bytes: number | null, partSize: number, n: number): number | undefined =>
  bytes === null ? undefined : Math.min(partSize, bytes - (n - 1) * partSize);

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, index) => from + index);

/** Of an upload in parts the given ones, else the first. */
export const signUpload = async (
  { objects, clock, limits }: SignDeps,
  { key, contentType, bytes, multipart }: UploadRecord,
  wanted?: readonly number[],
): Promise<SignedUpload> => {
  const expiresInSeconds = limits.uploadUrlSeconds;
  if (!multipart) {
    const signed = await objects.presignPut(key, { contentType, bytes: bytes ?? undefined, expiresInSeconds });
    return { method: 'PUT', url: signed.url, headers: signed.headers, expiresAt: signed.expiresAt };
  }
  const { id, partSize, parts: partCount } = multipart;
  const expiresAt = instant(clock.now() + expiresInSeconds * 1000);
  const parts = await Promise.all(
    (wanted ?? range(1, Math.min(firstParts, partCount))).map(async (n) => {
      const length = lengthOf(bytes, partSize, n);
      return { n, url: (await objects.presignPart({ key, id, n }, { bytes: length, expiresInSeconds })).url };
    }),
  );
  return { method: 'multipart', partSize, partCount, parts, expiresAt };
};

const wrongParts = (message: string): Failure =>
  new Failure('spec.invalid', {
    detail: `/parts: ${message}`,
    errors: [{ pointer: '/parts', code: 'out_of_range', message }],
  });

export type PartsWanted = { readonly from?: number; readonly count?: number; readonly parts?: readonly number[] };

const numbersOf = (wanted: PartsWanted, partCount: number): number[] => {
  const from = wanted.from ?? 1;
  const numbers = wanted.parts
    ? [...new Set(wanted.parts)]
    : range(from, Math.min(wanted.count ?? maxSignedParts, partCount - from + 1));
  if (numbers.length === 0 || numbers.some((n) => n > partCount))
    throw wrongParts(`the upload has the parts 1 to ${partCount}`);
  return numbers;
};

/**
 * Signs parts, or the one PUT of an upload that has none, and keeps the upload open for as long as they work. Fails
 * with `not_found`, with `conflict.state` when the upload is not `waiting`, and with `spec.invalid`.
 */
export const signParts = async (
  deps: SignDeps & { uploads: UploadStore },
  { id, owner, wanted }: { id: string; owner: string; wanted: PartsWanted },
): Promise<SignedUpload> => {
  const upload = await ownedUpload(deps, { id, owner });
  if (upload.state !== 'waiting') throw new Failure('conflict.state', { detail: `The upload is ${upload.state}.` });
  const numbers = upload.multipart ? numbersOf(wanted, upload.multipart.parts) : undefined;
  await keepOpen(deps, upload);
  return signUpload(deps, upload, numbers);
};

const keepOpen = async (
  { uploads, clock, limits }: SignDeps & { uploads: UploadStore },
  upload: UploadRecord,
): Promise<void> => {
  const wished = clock.now() + limits.uploadUrlSeconds * 1000;
  const expiresAt = instant(Math.min(wished, Date.parse(upload.createdAt) + longestUploadMs));
  if (expiresAt <= upload.expiresAt) return;
  try {
    await uploads.update({ ...upload, expiresAt });
  } catch (error) {
    // Someone else signs at the same moment and keeps it open as well.
    if (!hasCode(error, 'conflict.state')) throw error;
  }
};
