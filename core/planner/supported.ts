/**
 * What of the job language this build carries out. The language itself is parsed whole; a part that is not built is
 * refused here by name, never ignored.
 */
import { canEdit, editKind } from '../edits/index.ts';
import { Failure, type FieldError } from '../failures.ts';
import { canFetch, inputDefinitions } from '../inputs/index.ts';
import type { CanonicalJob } from '../job/canonical.ts';
import { inputKind, type InputObject } from '../job/inputs.ts';
import type { OutputObject } from '../job/outputs.ts';
import type { JobSpec } from '../job/spec.ts';
import type { Name } from '../job/values.ts';
import { unsupportedIn } from '../outputs/index.ts';

const unsupported = (pointer: string, message: string): FieldError => ({ pointer, code: 'spec.unsupported', message });

const inInput = (name: Name, input: InputObject): FieldError[] => {
  const kind = inputKind(input);
  const built = inputDefinitions.map((definition) => definition.kind).join(', ');
  return [
    ...(canFetch(kind)
      ? []
      : [unsupported(`/inputs/${name}`, `the input kind "${kind}" is not built yet; built are ${built}`)]),
  ];
};

const inOutput = (name: Name, output: OutputObject): FieldError[] => {
  const at = `/outputs/${name}`;
  const sentence = unsupportedIn(output);
  const edits = 'edit' in output ? (output.edit ?? []) : [];
  return [
    ...(sentence ? [unsupported(at, sentence)] : []),
    ...edits.flatMap((edit, n) => {
      const kind = editKind(edit);
      return canEdit(kind) ? [] : [unsupported(`${at}/edit/${n}`, `the edit "${kind}" is not built yet`)];
    }),
  ];
};

/** Parts of the policy that have no effect yet. */
const unbuiltPolicy = ['optimize', 'priority', 'expectPlan', 'keep'] as const satisfies readonly (keyof JobSpec)[];

const inPolicy = (spec: JobSpec): FieldError[] => [
  ...unbuiltPolicy
    .filter((field) => spec[field] !== undefined)
    .map((field) => unsupported(`/${field}`, `"${field}" is not built yet`)),
  ...(['maxUsd'] as const)
    .filter((field) => spec.limits?.[field] !== undefined)
    .map((field) => unsupported(`/limits/${field}`, `"limits.${field}" is not built yet`)),
];

/** Fails with `spec.unsupported`, naming every part of the job that this build cannot carry out. */
export const assertSupported = (job: CanonicalJob): void => {
  const errors = [
    ...inPolicy(job.spec),
    ...Object.entries(job.inputs).flatMap(([name, input]) => inInput(name, input)),
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
