import { Failure } from '../failures.ts';
import { expand } from '../job/expand.ts';
import type { OutputFile } from '../job/task-result.ts';
import { isTerminal, type JobRecord } from '../job/state.ts';
import type { JobStore } from '../ports/job-store.ts';
import type { ObjectStore, SignedRequest } from '../ports/object-store.ts';
import type { Limits } from './limits.ts';
import { ownedJob } from './owned.ts';

const fileOf = (job: JobRecord, name: string, file: string | undefined): OutputFile => {
  if (!Object.hasOwn(expand(job.spec).outputs, name))
    throw new Failure('not_found', { detail: 'The job has no such output.' });
  if (!isTerminal(job.status))
    throw new Failure('conflict.state', { detail: `The job is ${job.status}; its outputs open when it has ended.` });
  const output = job.outputs[name];
  if (output?.status !== 'succeeded') {
    const why = output?.reason ? `: ${output.reason}` : '';
    throw new Failure('conflict.state', { detail: `The output is ${output?.status ?? 'missing'}${why}` });
  }
  const found = file === undefined ? output.files[0] : output.files.find((made) => made.name === file);
  if (!found) throw new Failure('not_found', { detail: 'The output has no such file.' });
  return found;
};

/** Texts that name other files of their output: what they name lies beside them only where they are answered. */
const naming: ReadonlySet<string> = new Set(['application/vnd.apple.mpegurl', 'application/dash+xml', 'text/vtt']);
/** More than this does not fit into an answer. */
const mostTextBytes = 4 * 2 ** 20;

export type OpenedOutput =
  /** Where to get the bytes. */
  | { readonly kind: 'address'; readonly address: SignedRequest }
  /** The output is opened through this file of it. */
  | { readonly kind: 'moved'; readonly file: string }
  | { readonly kind: 'text'; readonly text: string; readonly contentType: string };

/**
 * One file of an output; its first one where no `file` is named. A playlist, a manifest or a WebVTT index is answered
 * itself, under its own name, so that the relative names in it lead to the other files; everything else by a signed
 * address. `addressOnly` asks for the address in any case. Fails with `not_found`, and with `conflict.state` where the
 * output is not there (yet).
 */
export const openOutput = async (
  deps: { jobs: JobStore; objects: ObjectStore; limits: Pick<Limits, 'downloadUrlSeconds'> },
  {
    id,
    owner,
    output,
    file,
    disposition,
    addressOnly = false,
  }: {
    id: string;
    owner: string;
    output: string;
    file?: string;
    disposition: 'inline' | 'attachment';
    addressOnly?: boolean;
  },
): Promise<OpenedOutput> => {
  const { key, name, type, bytes } = fileOf(await ownedJob(deps, { id, owner }), output, file);
  if (!addressOnly && naming.has(type) && bytes <= mostTextBytes) {
    if (file === undefined) return { kind: 'moved', file: name };
    const read = await deps.objects.read(key);
    if (!read) throw new Failure('not_found', { detail: 'The file has been removed.' });
    return { kind: 'text', text: new TextDecoder().decode(read), contentType: type };
  }
  const { downloadUrlSeconds: expiresInSeconds } = deps.limits;
  const how = { contentType: type, filename: name, disposition, expiresInSeconds };
  return { kind: 'address', address: await deps.objects.presignGet(key, how) };
};
