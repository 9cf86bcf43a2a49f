import { Failure, type FieldError } from '../failures.ts';
import { type CanonicalJob, canonicalize, outputsNamed } from '../job/canonical.ts';
import { expand } from '../job/expand.ts';
import { mentionsOf } from '../job/references.ts';
import { namesIn } from '../job/refs.ts';
import type { JobSpec } from '../job/spec.ts';
import { isTerminal, type JobRecord } from '../job/state.ts';
import { presets } from '../presets/index.ts';
import { ownedJob } from './owned.ts';
import { acceptJob, assertInputs, newJob, storeJob } from './new-job.ts';
import { startJob } from './start-job.ts';
import type { StartDeps } from './submit-job.ts';

/** Outputs that were not made, and those that did not get everywhere: there is nothing to deliver but what is made anew. */
const unsuccessful = (job: JobRecord): string[] => {
  const undelivered = new Set(
    job.deliveries.filter(({ status }) => status !== 'succeeded').map((delivery) => delivery.output),
  );
  return Object.keys(expand(job.spec).outputs).filter(
    (name) => undelivered.has(name) || !['succeeded', 'skipped'].includes(job.outputs[name]?.status ?? ''),
  );
};

const assertNamed = (job: JobRecord, wanted: readonly string[]): void => {
  const errors: FieldError[] = wanted.flatMap((name, n) =>
    outputsNamed(canonicalize(job.spec, presets), name).length > 0
      ? []
      : { pointer: `/outputs/${n}`, code: 'spec.unknown_reference', message: `the job has no output "${name}"` },
  );
  if (errors.length > 0) throw new Failure('spec.unknown_reference', { detail: errors[0]?.message, errors });
};

/** The outputs, with every output and input that they are made from, however far. */
const withSources = ({ outputs }: CanonicalJob, wanted: readonly string[]): ReadonlySet<string> => {
  const found = new Set<string>();
  const visit = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    const output = Object.hasOwn(outputs, name) ? outputs[name] : undefined;
    for (const mention of output ? mentionsOf(name, output) : []) visit(mention.name);
  };
  for (const name of wanted) visit(name);
  return found;
};

const keep = <T>(record: Readonly<Record<string, T>>, names: ReadonlySet<string>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => names.has(name)));

/** Inputs that the outputs name, chosen or not: a pick stays what it was. */
const inputsOf = (outputs: JobSpec['outputs'], matrix: JobSpec['matrix']): ReadonlySet<string> => {
  const found = Object.entries(outputs).flatMap(([name, output]) =>
    typeof output === 'string' ? [] : mentionsOf(name, output).map((mention) => mention.name),
  );
  const values = [
    ...Object.values(matrix?.axes ?? {}).flat(),
    ...[...(matrix?.include ?? []), ...(matrix?.exclude ?? [])].flatMap((entry) => Object.values(entry)),
  ];
  return new Set([...found, ...values.flatMap(namesIn)]);
};

/**
 * The part of a job that makes the wanted outputs. Of outputs that vary only the variants that are wanted of any of them;
 * names, numbers and picks stay what they were.
 */
const partOf = (spec: JobSpec, wanted: readonly string[]): JobSpec => {
  const job = canonicalize(spec, presets);
  const made = withSources(
    job,
    wanted.flatMap((name) => outputsNamed(job, name)),
  );
  const variants = [...made].flatMap((name) => job.variants[name] ?? []);
  const outputs = keep(job.spec.outputs, new Set([...made, ...variants.map(({ of }) => of)]));
  const { matrix, deliver, ...rest } = job.spec;
  const only = [...new Set(variants.map(({ n }) => n))].toSorted((a, b) => a - b);
  const partial = matrix && only.length > 0 ? { matrix: { ...matrix, only } } : {};
  const left = (deliver ?? []).flatMap((each) => {
    const names = each.outputs?.filter((name) => Object.hasOwn(outputs, name));
    return names?.length === 0 ? [] : [{ ...each, ...(names ? { outputs: names } : {}) }];
  });
  return {
    ...rest,
    ...partial,
    ...(left.length > 0 ? { deliver: left } : {}),
    inputs: keep(spec.inputs, inputsOf(outputs, partial.matrix)),
    outputs,
  };
};

/**
 * Makes a new job out of one that has ended, with the outputs that did not succeed, or those named, and what they are
 * made from: an ended job never changes. `id` is the id that the new job gets, as for `submitJob`. Fails with
 * `not_found`, with `conflict.state` while the job lives or where there is nothing to do again, with
 * `spec.unknown_reference` and `input.not_found`.
 */
export const retryJob = async (
  deps: StartDeps,
  { id, owner, retryOf, outputs }: { id: string; owner: string; retryOf: string; outputs?: readonly string[] },
): Promise<JobRecord> => {
  const job = await ownedJob(deps, { id: retryOf, owner });
  if (!isTerminal(job.status))
    throw new Failure('conflict.state', { detail: `The job is ${job.status}. Cancel it first, or wait for its end.` });
  const wanted = outputs ?? unsuccessful(job);
  assertNamed(job, wanted);
  if (wanted.length === 0)
    throw new Failure('conflict.state', { detail: 'Every output succeeded. Name those to make again in `outputs`.' });
  const { spec, inputs } = acceptJob(partOf(job.spec, wanted), deps);
  await assertInputs(deps, owner, inputs);
  const { template, templateVersion } = job;
  const again = await storeJob(deps, newJob(deps, { id, owner, spec, template, templateVersion, retryOf }));
  if (again.status === 'queued') await startJob(deps, again);
  return again;
};
