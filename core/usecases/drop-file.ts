/** A file that appeared in the inbox starts the template that its folder names: once, however often it is told of. */
import { Failure } from '../failures.ts';
import {
  type Drop,
  type DroppedFile,
  dropJobId,
  ofSidecar,
  outboxOf,
  parseDrop,
  Sidecar,
  sidecarOf,
} from '../job/drop.ts';
import { failureWithin, parseRequest } from '../job/issues.ts';
import type { Input } from '../job/inputs.ts';
import type { TemplateCall } from '../job/spec.ts';
import type { BucketObject, BucketObjectInfo, Buckets } from '../ports/buckets.ts';
import { type AnyTemplate, declaredInputs } from '../templates/template.ts';
import { calledTemplate } from './resolve-job.ts';
import { type SubmitDeps, submitJob } from './submit-job.ts';

export type DropDeps = SubmitDeps & {
  readonly buckets: Buckets;
  /** The sha256 of a text, in hexadecimal. */
  readonly hash: (text: string) => string;
};

export type Dropped = {
  /** `waiting`: an input is missing that a sidecar may still bring. `refused`: why is told beside the results. */
  readonly outcome: 'ignored' | 'waiting' | 'started' | 'known' | 'refused';
  readonly jobId?: string;
};

const maxSidecarBytes = 64 * 1024;

/**
 * Looks at the object, or at the object that this sidecar belongs to. `owner` is whose job it becomes. Resolves when the
 * job is stored and started, when there is nothing to do, or when the reason is written to the outbox; rejects only with
 * what is worth another try.
 */
export const dropFile = async (
  deps: DropDeps,
  { object, owner }: { object: BucketObject; owner: string },
): Promise<Dropped> => {
  const mediaKey = ofSidecar(object.key);
  const media = mediaKey === undefined ? object : { bucket: object.bucket, key: mediaKey };
  const file = parseDrop(media.key);
  const info = file && (await deps.buckets.head(media));
  // A sidecar that comes first waits for its file, which looks for it.
  if (!file || !info) return { outcome: 'ignored' };
  const id = dropJobId(Date.parse(info.lastModified), deps.hash(JSON.stringify([media.bucket, media.key, info.etag])));
  if (await deps.jobs.get(id)) return { outcome: 'known', jobId: id };
  try {
    return await start(deps, { media, info, file, owner, id });
  } catch (error) {
    if (!(error instanceof Failure) || error.retryable) throw error;
    await refuse(deps, media, file, error);
    return { outcome: 'refused' };
  }
};

interface Arrived {
  readonly media: BucketObject;
  readonly info: BucketObjectInfo;
  readonly file: DroppedFile;
  readonly owner: string;
  readonly id: string;
}

const start = async (deps: DropDeps, { media, file, owner, id }: Arrived): Promise<Dropped> => {
  const sidecar = await readSidecar(deps.buckets, media);
  const { template } = await calledTemplate(deps, owner, { template: file.template, ...pickVersion(sidecar) });
  const inputs = inputsOf(template, media, sidecar?.inputs ?? {});
  const missing = missingIn(template, inputs);
  if (missing.length > 0 && !sidecar) return { outcome: 'waiting' };
  const { files, report } = outboxOf(file);
  const drop: Drop = { bucket: media.bucket, key: media.key, report };
  const request: TemplateCall = {
    ...sidecar,
    template: file.template,
    inputs,
    params: { ...written(template, file.params), ...sidecar?.params },
    deliver: [...(sidecar?.deliver ?? []), { to: `s3://${media.bucket}/${files}` }],
  };
  await submitJob(deps, { id, owner, request, drop });
  return { outcome: 'started', jobId: id };
};

const pickVersion = (sidecar: Sidecar | undefined) =>
  sidecar?.templateVersion === undefined ? {} : { templateVersion: sidecar.templateVersion };

const readSidecar = async (buckets: Buckets, { bucket, key }: BucketObject): Promise<Sidecar | undefined> => {
  const bytes = await buckets.read({ bucket, key: sidecarOf(key) }, maxSidecarBytes);
  if (!bytes) return undefined;
  try {
    return parseRequest(Sidecar, JSON.parse(new TextDecoder().decode(bytes)) as unknown);
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new Failure('spec.invalid', { detail: `The sidecar is no JSON: ${error.message}.` });
    throw failureWithin('/sidecar', error);
  }
};

/** The file is the first input that the sidecar does not name. */
const inputsOf = (
  template: AnyTemplate,
  { bucket, key, versionId }: BucketObject,
  given: TemplateCall['inputs'],
): TemplateCall['inputs'] => {
  const names = Object.keys(declaredInputs(template));
  const name = names.find((each) => !Object.hasOwn(given, each)) ?? names[0] ?? 'video';
  const dropped: Input = { s3: { bucket, key, ...(versionId === undefined ? {} : { versionId }) } };
  return { ...given, [name]: dropped };
};

const missingIn = (template: AnyTemplate, inputs: TemplateCall['inputs']): string[] =>
  Object.entries(declaredInputs(template))
    .filter(([name, { optional = false }]) => !optional && !Object.hasOwn(inputs, name))
    .map(([name]) => name);

/** Parameters in a path are texts; those that the template wants as numbers or truths become such. */
const written = (
  template: AnyTemplate,
  params: Readonly<Record<string, string>>,
): NonNullable<TemplateCall['params']> =>
  Object.fromEntries(
    Object.entries(params).map(([name, text]) => {
      const type = 'build' in template ? undefined : template.params[name]?.type;
      if ((type === 'integer' || type === 'number') && text !== '' && Number.isFinite(Number(text)))
        return [name, Number(text)];
      if (type === 'boolean' && (text === 'true' || text === 'false')) return [name, text === 'true'];
      return [name, type === 'array' ? text.split('+') : text];
    }),
  );

const refuse = async (deps: DropDeps, media: BucketObject, file: DroppedFile, failure: Failure): Promise<void> => {
  const { code, message, facts } = failure;
  const told = { status: 'refused', error: { code, message, ...(facts.errors ? { errors: facts.errors } : {}) } };
  const key = `${outboxOf(file).report}.error.json`;
  await deps.buckets.write({ bucket: media.bucket, key }, `${JSON.stringify(told, undefined, 2)}\n`, {
    contentType: 'application/json',
  });
};
