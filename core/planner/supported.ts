/**
 * What of the job language this build carries out. The language itself is parsed whole; a part that is not built is
 * refused here by name, never ignored.
 */
import { Failure, type FieldError } from '../failures.ts';
import type { CanonicalJob } from '../job/canonical.ts';
import type { OutputObject } from '../job/outputs.ts';
import { type RecognitionKind, recognitionKinds } from '../job/recognition.ts';
import type { Name } from '../job/values.ts';
import { unsupportedIn } from '../outputs/index.ts';

const unsupported = (pointer: string, message: string): FieldError => ({ pointer, code: 'spec.unsupported', message });

/** What a deployment recognises is its own to say: it costs money, and is asked of services. */
export type Recognises = readonly RecognitionKind[];

const unrecognised = ({ type }: OutputObject, recognises: Recognises): string | undefined => {
  const kind = recognitionKinds.find((each) => each === type);
  if (kind === undefined || recognises.includes(kind)) return undefined;
  return `nothing here makes "${kind}": deploy with contentAnalysis=true, or start one machine with --content-analysis`;
};

const inOutput = (name: Name, output: OutputObject, recognises: Recognises): FieldError[] => {
  const sentence = unsupportedIn(output) ?? unrecognised(output, recognises);
  return sentence ? [unsupported(`/outputs/${name}`, sentence)] : [];
};

/**
 * Fails with `spec.unsupported`, naming every part of the job that this build cannot carry out, and every recognition that
 * this deployment has not; all are let pass where it is not said which it has.
 */
export const assertSupported = (job: CanonicalJob, recognises: Recognises = recognitionKinds): void => {
  const errors = Object.entries(job.spec.outputs).flatMap(([name, output]) =>
    typeof output === 'string' ? [] : inOutput(name, output, recognises),
  );
  if (errors.length === 0) return;
  throw new Failure('spec.unsupported', {
    detail: errors.map(({ pointer, message }) => `${pointer}: ${message}`).join('; '),
    errors,
  });
};
