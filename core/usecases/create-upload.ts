import * as z from 'zod';
import { Failure } from '../failures.ts';
import { canonicalize } from '../job/canonical.ts';
import { failureWithin } from '../job/issues.ts';
import { uploadKey } from '../job/keys.ts';
import { JobRequest } from '../job/spec.ts';
import type { ResolvedJob, UploadRecord } from '../job/state.ts';
import { type Ids, instant } from '../ports/clock.ts';
import { presets } from '../presets/index.ts';
import type { Limits } from './limits.ts';
import { assertInputs, storeJob } from './new-job.ts';
import type { PinDeps } from './pin-input.ts';
import { awaitingJob, type SettleDeps } from './settle-upload.ts';
import { type SignedUpload, signUpload } from './sign-parts.ts';
import { type ResolveDeps, resolveJob } from './resolve-job.ts';

const mebibyte = 2 ** 20;
/** Above this an upload is sent in parts, which can be sent again one by one. */
const singlePutBytes = 16_000_000;
const leastPartBytes = 8 * mebibyte;
/** Aimed at, so that one request signs all of them; S3 takes 10,000. */
const usualParts = 1000;

export const NewUpload = z
  .strictObject({
    filename: z
      .string()
      .min(1)
      .max(255)
      // Control characters have no place in a name that is shown and logged.
      .regex(/^\P{Cc}+$/u, 'must not hold control characters')
      .describe('For people; never part of a key.'),
    bytes: z.int().min(1).optional().describe('Signed: no other length is accepted. Above 16 MB it is sent in parts.'),
    contentType: z
      .string()
      .max(127)
      .regex(/^[\w.+-]+\/[\w.+-]+$/, 'must be a media type such as "video/mp4"')
      .optional()
      .describe('Must be sent with the PUT; what the file really is decides its content.'),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be 64 lowercase hexadecimal digits')
      .optional()
      .describe('Kept with the upload.'),
    job: JobRequest.optional().describe('Starts when the upload is complete; its inputs may say "@upload".'),
  })
  .meta({ id: 'NewUpload' });
export type NewUpload = z.output<typeof NewUpload>;

/** As small as resuming likes it, as large as the number of parts demands. In bytes, whole mebibytes. */
export const partSizeFor = (bytes: number): number =>
  Math.max(leastPartBytes, Math.ceil(bytes / usualParts / mebibyte) * mebibyte);

export type CreateUploadDeps = SettleDeps & PinDeps & ResolveDeps & { ids: Ids; limits: Limits };

/**
 * Records an upload and signs what its client needs. `id` is the id it gets; where the owner has that upload already,
 * it is answered with fresh signatures and nothing is made. Fails with `input.too_large`, and with `spec.*` for the
 * embedded job.
 */
export const createUpload = async (
  deps: CreateUploadDeps,
  { id, owner, request }: { id: string; owner: string; request: NewUpload },
): Promise<{ upload: UploadRecord; signed: SignedUpload }> => {
  const stored = await deps.uploads.get(id);
  const upload = stored?.owner === owner ? stored : await newUpload(deps, { id, owner, request });
  if (upload.job && upload.jobId) {
    await storeJob(deps, awaitingJob(deps, { id: upload.jobId, owner, uploadId: id, job: upload.job }));
  }
  return { upload, signed: await signUpload(deps, upload) };
};

const assertAllowed = ({ limits }: CreateUploadDeps, bytes: number | undefined): void => {
  if (bytes === undefined || bytes <= limits.maxUploadBytes) return;
  const message = `must be at most ${limits.maxUploadBytes}`;
  throw new Failure('input.too_large', {
    detail: `/bytes: ${message}`,
    errors: [{ pointer: '/bytes', code: 'input.too_large', message }],
  });
};

const newUpload = async (
  deps: CreateUploadDeps,
  { id, owner, request }: { id: string; owner: string; request: NewUpload },
): Promise<UploadRecord> => {
  assertAllowed(deps, request.bytes);
  const { filename, bytes = null, contentType = 'application/octet-stream', sha256 = null } = request;
  const jobId = request.job ? deps.ids.next('job') : null;
  // Refused before anything is stored.
  const job = request.job && jobId ? await acceptedJob(deps, { id: jobId, owner, uploadId: id }, request.job) : null;
  const key = uploadKey(owner, id);
  const now = deps.clock.now();
  const upload: UploadRecord = {
    id,
    owner,
    version: 1,
    state: 'waiting',
    filename,
    contentType,
    bytes,
    sha256,
    key,
    multipart: bytes !== null && bytes > singlePutBytes ? await inParts(deps, key, contentType, bytes) : null,
    object: null,
    job,
    jobId,
    createdAt: instant(now),
    expiresAt: instant(now + deps.limits.uploadUrlSeconds * 1000),
    keptUntil: null,
  };
  return storeUpload(deps, upload);
};

/** The embedded job, written out. What it reads beside the upload must be there already. */
const acceptedJob = async (
  deps: CreateUploadDeps,
  ids: { readonly id: string; readonly owner: string; readonly uploadId: string },
  request: JobRequest,
): Promise<ResolvedJob> => {
  try {
    const job = await resolveJob(deps, ids.owner, request);
    const { inputs } = canonicalize(awaitingJob(deps, { ...ids, job }).spec, presets);
    const others = Object.entries(inputs).filter(([, input]) => !('upload' in input) || input.upload !== ids.uploadId);
    await assertInputs(deps, ids.owner, Object.fromEntries(others));
    return job;
  } catch (error) {
    throw failureWithin('/job', error);
  }
};

const inParts = async ({ objects }: CreateUploadDeps, key: string, contentType: string, bytes: number) => {
  const partSize = partSizeFor(bytes);
  return {
    id: await objects.startMultipart(key, { contentType }),
    partSize,
    parts: Math.ceil(bytes / partSize),
  };
};

const storeUpload = async (deps: CreateUploadDeps, upload: UploadRecord): Promise<UploadRecord> => {
  try {
    await deps.uploads.create(upload);
    return upload;
  } catch (error) {
    // An earlier call with this id stored it after all; the parts that were just begun are not needed.
    const stored = await deps.uploads.get(upload.id);
    if (stored?.owner !== upload.owner) throw error;
    if (upload.multipart && stored.multipart?.id !== upload.multipart.id)
      await deps.objects.abortMultipart({ key: upload.key, id: upload.multipart.id });
    return stored;
  }
};
