/**
 * What of the job language this build carries out. The language itself is parsed whole; a part that is not built is
 * refused here by name, never ignored.
 */
import { Failure, type FieldError } from '../failures.ts';
import type { CanonicalJob } from '../job/canonical.ts';
import type { OutputObject } from '../job/outputs.ts';
import type { JobSpec } from '../job/spec.ts';
import type { Name } from '../job/values.ts';
import { unsupportedIn } from '../outputs/index.ts';

const unsupported = (pointer: string, message: string): FieldError => ({ pointer, code: 'spec.unsupported', message });

const inOutput = (name: Name, output: OutputObject): FieldError[] => {
  const sentence = unsupportedIn(output);
  return sentence ? [unsupported(`/outputs/${name}`, sentence)] : [];
};

/** Parts of the policy that have no effect yet. */
const unbuiltPolicy = ['priority', 'keep'] as const satisfies readonly (keyof JobSpec)[];

const inPolicy = (spec: JobSpec): FieldError[] => [
  ...unbuiltPolicy
    .filter((field) => spec[field] !== undefined)
    .map((field) => unsupported(`/${field}`, `"${field}" is not built yet`)),
];

/** Fails with `spec.unsupported`, naming every part of the job that this build cannot carry out. */
export const assertSupported = (job: CanonicalJob): void => {
  const errors = [
    ...inPolicy(job.spec),
    ...Object.entries(job.spec.outputs).flatMap(([name, output]) =>
      typeof output === 'string' ? [] : inOutput(name, output),
    ),
  ];
  if (errors.length === 0) return;
  throw new Failure('spec.unsupported', {
    detail: errors.map(({ pointer, message }) => `${pointer}: ${message}`).join('; '),
    errors,
  });
};
