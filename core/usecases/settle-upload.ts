/** What happens when the bytes of an upload are there: it becomes `complete`, and the job that waits for it starts. */
import { Failure, hasCode } from '../failures.ts';
import { type InputObject, uploadPlaceholder } from '../job/inputs.ts';
import type { JobSpec } from '../job/spec.ts';
import type { ResolvedJob, UploadRecord } from '../job/state.ts';
import type { Recognises } from '../planner/supported.ts';
import { instant } from '../ports/clock.ts';
import type { JobStore } from '../ports/job-store.ts';
import type { ObjectInfo, ObjectStore } from '../ports/object-store.ts';
import type { UploadStore } from '../ports/upload-store.ts';
import type { Limits } from './limits.ts';
import { acceptJob, deadlineFrom, newJob, storeJob } from './new-job.ts';
import { startJob, type StartJobDeps } from './start-job.ts';
import { updateJob } from './update-job.ts';

export type SettleDeps = StartJobDeps & {
  jobs: JobStore;
  uploads: UploadStore;
  objects: ObjectStore;
  limits: Pick<Limits, 'maxUploadBytes' | 'jobSeconds'>;
  recognises?: Recognises | undefined;
};

/** Fails with `input.too_large` (the object is gone then) or `conflict.state` where the bytes are not those announced. */
const assertSize = async (deps: SettleDeps, upload: UploadRecord, object: ObjectInfo): Promise<void> => {
  if (object.bytes > deps.limits.maxUploadBytes) {
    await deps.objects.remove(upload.key);
    throw new Failure('input.too_large', {
      detail: `The file has ${object.bytes} bytes; at most ${deps.limits.maxUploadBytes} are allowed.`,
    });
  }
  if (upload.bytes !== null && upload.bytes !== object.bytes)
    throw new Failure('conflict.state', {
      detail: `${object.bytes} bytes have arrived, ${upload.bytes} were announced.`,
    });
};

/** Records the stored object, once. Safe to repeat and to do at the same time as others. */
export const settleUpload = async (
  deps: SettleDeps,
  upload: UploadRecord,
  object: ObjectInfo,
): Promise<UploadRecord> => {
  await assertSize(deps, upload, object);
  const settled = await recordObject(deps, upload, object);
  await startAwaiting(deps, settled);
  return settled;
};

const recordObject = async (deps: SettleDeps, upload: UploadRecord, object: ObjectInfo): Promise<UploadRecord> => {
  const { key, etag, bytes } = object;
  const pinned = { key, etag, bytes, ...(upload.sha256 === null ? {} : { sha256: upload.sha256 }) };
  try {
    return await deps.uploads.update({ ...upload, state: 'complete', object: pinned });
  } catch (error) {
    const stored = hasCode(error, 'conflict.state') ? await deps.uploads.get(upload.id) : undefined;
    if (stored?.state === 'complete') return stored;
    throw error;
  }
};

/** The job with every `"@upload"` replaced by the upload's id. */
const withUpload = (spec: JobSpec, uploadId: string): JobSpec => ({
  ...spec,
  inputs: Object.fromEntries(
    Object.entries(spec.inputs).map(([name, input]) => {
      if (input === uploadPlaceholder) return [name, uploadId];
      const isPlaceholder = typeof input === 'object' && 'upload' in input && input.upload === uploadPlaceholder;
      return [name, isPlaceholder ? { ...input, upload: uploadId } : input];
    }),
  ),
});

/** The record of the job that waits for an upload. Fails with `spec.*`. */
export const awaitingJob = (
  deps: Pick<SettleDeps, 'clock' | 'limits' | 'recognises'>,
  { id, owner, uploadId, job }: { id: string; owner: string; uploadId: string; job: ResolvedJob },
) =>
  newJob(deps, {
    ...job,
    id,
    owner,
    spec: acceptJob(withUpload(job.spec, uploadId), { recognises: deps.recognises }).spec,
    awaits: uploadId,
  });

/** Starts the job that waits for a complete upload. A job that was removed or canceled meanwhile stays so. */
export const startAwaiting = async (deps: SettleDeps, upload: UploadRecord): Promise<void> => {
  const { id: uploadId, jobId: id, job: awaiting, owner } = upload;
  if (id === null || awaiting === null) return;
  try {
    if (!(await deps.jobs.get(id))) await storeJob(deps, awaitingJob(deps, { id, owner, uploadId, job: awaiting }));
    const now = deps.clock.now();
    const job = await updateJob(deps, id, (job) =>
      job.status === 'waiting'
        ? { ...job, status: 'queued', queuedAt: instant(now), deadlineAt: deadlineFrom(deps, job.spec, now) }
        : job,
    );
    if (job.status === 'queued') await startJob(deps, job);
  } catch (error) {
    if (!hasCode(error, 'conflict.state') && !hasCode(error, 'not_found')) throw error;
  }
};

/** Completes the single-PUT uploads among the inputs whose bytes have arrived: nobody has to say so. */
export const settleArrived = async (
  deps: SettleDeps,
  owner: string,
  inputs: Readonly<Record<string, InputObject>>,
): Promise<void> => {
  for (const input of Object.values(inputs)) {
    const upload = 'upload' in input ? await deps.uploads.get(input.upload) : undefined;
    if (upload?.owner !== owner || upload.state !== 'waiting' || upload.multipart) continue;
    const object = await deps.objects.head(upload.key);
    if (object) await settleUpload(deps, upload, object);
  }
};
