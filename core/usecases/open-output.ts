import { Failure } from '../failures.ts';
import type { OutputFile } from '../job/plan.ts';
import { isTerminal, type JobRecord } from '../job/state.ts';
import type { JobStore } from '../ports/job-store.ts';
import type { ObjectStore, SignedRequest } from '../ports/object-store.ts';
import type { Limits } from './limits.ts';
import { ownedJob } from './owned.ts';

const fileOf = (job: JobRecord, name: string, file: string | undefined): OutputFile => {
  if (!Object.hasOwn(job.spec.outputs, name)) throw new Failure('not_found', { detail: 'The job has no such output.' });
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

/**
 * A signed address of one file of an output; of its first one where no `file` is named. Fails with `not_found`, and
 * with `conflict.state` where the output is not there (yet).
 */
export const openOutput = async (
  deps: { jobs: JobStore; objects: ObjectStore; limits: Pick<Limits, 'downloadUrlSeconds'> },
  {
    id,
    owner,
    output,
    file,
    disposition,
  }: { id: string; owner: string; output: string; file?: string; disposition: 'inline' | 'attachment' },
): Promise<SignedRequest> => {
  const { key, name, type } = fileOf(await ownedJob(deps, { id, owner }), output, file);
  return deps.objects.presignGet(key, {
    contentType: type,
    filename: name,
    disposition,
    expiresInSeconds: deps.limits.downloadUrlSeconds,
  });
};
