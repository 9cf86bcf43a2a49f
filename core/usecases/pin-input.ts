/** Which stored bytes an input names. Nothing is read; from here on the etag pins them (S19). */
import { Failure } from '../failures.ts';
import { type InputObject, uploadPlaceholder } from '../job/inputs.ts';
import type { PinnedObject } from '../job/pinned-object.ts';
import type { JobRecord } from '../job/state.ts';
import type { Name } from '../job/values.ts';
import type { JobStore } from '../ports/job-store.ts';
import type { MediaStore } from '../ports/media-store.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { UploadStore } from '../ports/upload-store.ts';

export type PinDeps = {
  jobs: JobStore;
  uploads: UploadStore;
  library: Pick<MediaStore, 'get'>;
  objects: ObjectStore;
};

/** Whose inputs they are, and what `@upload` stands for. */
export type InputsOf = Pick<JobRecord, 'owner' | 'awaits'>;

const missing = (name: Name, why: string): Failure =>
  new Failure('input.not_found', { detail: `The input "${name}" does not exist: ${why}.` });

/**
 * The object of an input whose bytes are stored already; undefined for the other kinds. Fails with `input.not_found`
 * where the owner of the job has no such thing, whoever else has it.
 */
export const pinInput = async (
  deps: PinDeps,
  job: InputsOf,
  name: Name,
  input: InputObject,
): Promise<PinnedObject | undefined> => {
  if ('upload' in input) return pinUpload(deps, job, name, input.upload);
  if ('media' in input) return pinMedia(deps, job, name, input.media);
  if ('job' in input) return pinOutput(deps, job, name, input);
  return undefined;
};

const pinUpload = async (deps: PinDeps, job: InputsOf, name: Name, id: string): Promise<PinnedObject> => {
  const uploadId = id === uploadPlaceholder ? job.awaits : id;
  const upload = uploadId === null ? undefined : await deps.uploads.get(uploadId);
  if (upload?.owner !== job.owner) throw missing(name, 'there is no such upload');
  if (!upload.object)
    throw missing(name, `the upload is ${upload.state === 'waiting' ? 'not complete' : upload.state}`);
  return upload.object;
};

const pinMedia = async ({ library }: PinDeps, job: InputsOf, name: Name, id: string): Promise<PinnedObject> => {
  const media = await library.get(id);
  if (media?.owner !== job.owner) throw missing(name, 'the library has no such item');
  return media.object;
};

const pinOutput = async (
  deps: PinDeps,
  job: InputsOf,
  name: Name,
  input: { job: string; output: Name },
): Promise<PinnedObject> => {
  const source = await deps.jobs.get(input.job);
  if (source?.owner !== job.owner) throw missing(name, 'there is no such job');
  const file = source.outputs[input.output]?.files[0];
  if (!file) throw missing(name, `that job has made no output "${input.output}"`);
  const object = await deps.objects.head(file.key);
  if (!object) throw missing(name, 'that output was removed');
  return { key: file.key, etag: object.etag, bytes: object.bytes };
};
