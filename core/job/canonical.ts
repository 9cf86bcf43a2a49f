/** A job with every short form written out, every name known, and its outputs in the order they can be made. */
import { Failure, type FieldError } from '../failures.ts';
import type { Preset } from './encode.ts';
import { type Input, InputObject, uploadPlaceholder } from './inputs.ts';
import type { Output, OutputObject } from './outputs.ts';
import { assertKnown, inOrder, mentionsOf } from './references.ts';
import type { Ref } from './refs.ts';
import type { JobSpec } from './spec.ts';
import type { Name } from './values.ts';

/** An output in its long form that says what it comes from. */
export type CanonicalOutput = OutputObject & { from: Ref };

export type CanonicalJob = {
  /** The same job; canonicalizing it again changes nothing. This is what is stored. */
  readonly spec: JobSpec;
  readonly inputs: Readonly<Record<Name, InputObject>>;
  readonly outputs: Readonly<Record<Name, CanonicalOutput>>;
  /** Names of outputs, each after everything it reads. */
  readonly order: readonly Name[];
};

/** What each preset's name stands for. */
export type Presets = Readonly<Record<Preset, OutputObject>>;

const invalid = (errors: readonly FieldError[]): Failure =>
  new Failure('spec.invalid', { detail: errors.map((e) => `${e.pointer}: ${e.message}`).join('; '), errors });

const fromString = (text: string): unknown => {
  if (text === uploadPlaceholder || text.startsWith('upl_')) return { upload: text };
  if (text.startsWith('med_')) return { media: text };
  if (/^https?:\/\//i.test(text)) return { url: text };
  const s3 = /^s3:\/\/([^/]+)\/(.+)$/.exec(text);
  return s3 ? { s3: { bucket: s3[1], key: s3[2] } } : undefined;
};

const longInput = (pointer: string, input: Input): InputObject | FieldError => {
  if (typeof input !== 'string') return input;
  const parsed = InputObject.safeParse(fromString(input));
  if (parsed.success) return parsed.data;
  return {
    pointer,
    code: 'spec.invalid',
    message: 'must be the id of an upload (upl_…) or of a library item (med_…), an http(s) address, or s3://bucket/key',
  };
};

/** An input in its long form. Fails with `spec.invalid` at `pointer`. */
export const canonicalInput = (pointer: string, input: Input): InputObject => {
  const long = longInput(pointer, input);
  if (isFieldError(long)) throw invalid([long]);
  return long;
};

const isFieldError = (value: object): value is FieldError => 'pointer' in value && 'message' in value;

const withSource = (
  name: Name,
  output: Output,
  inputs: readonly Name[],
  presets: Presets,
): CanonicalOutput | FieldError => {
  const object = typeof output === 'string' ? presets[output] : output;
  const from = object.from ?? (inputs.length === 1 ? inputs[0] : undefined);
  if (from !== undefined) return { ...object, from };
  return {
    pointer: `/outputs/${name}/from`,
    code: 'spec.invalid',
    message: inputs.length === 0 ? 'the job has no inputs' : `must name one of ${inputs.join(', ')}`,
  };
};

/**
 * Writes out short forms, fills `from` where there is only one input, and resolves every name. Fails with
 * `spec.invalid`, `spec.unknown_reference` or `spec.cycle`, each with the fields that are wrong.
 */
export const canonicalize = (spec: JobSpec, presets: Presets): CanonicalJob => {
  const inputNames = Object.keys(spec.inputs);
  const axes = Object.keys(spec.matrix?.axes ?? {}).map((axis) => `$${axis}`);
  const inputs: Record<Name, InputObject> = {};
  const outputs: Record<Name, CanonicalOutput> = {};
  const errors: FieldError[] = [];

  for (const [name, input] of Object.entries(spec.inputs)) {
    const long = longInput(`/inputs/${name}`, input);
    if (isFieldError(long)) errors.push(long);
    else inputs[name] = long;
  }
  for (const [name, output] of Object.entries(spec.outputs)) {
    const long = withSource(name, output, inputNames, presets);
    if (isFieldError(long)) errors.push(long);
    else outputs[name] = long;
    if (inputNames.includes(name)) {
      errors.push({
        pointer: `/outputs/${name}`,
        code: 'spec.invalid',
        message: 'an input has this name already; inputs and outputs share one namespace',
      });
    }
  }
  if (errors.length > 0) throw invalid(errors);

  const declared = [...inputNames, ...Object.keys(outputs), ...axes];
  const mentions = new Map(Object.entries(outputs).map(([name, output]) => [name, mentionsOf(name, output)]));
  const deliveries = (spec.deliver ?? []).flatMap((deliver, n) =>
    (deliver.outputs ?? []).map((name, m) => ({ name, pointer: `/deliver/${n}/outputs/${m}` })),
  );
  assertKnown([...[...mentions.values()].flat(), ...deliveries], declared);

  const reads = new Map([...mentions].map(([name, found]) => [name, found.map((mention) => mention.name)]));
  return { spec: { ...spec, inputs, outputs }, inputs, outputs, order: inOrder(reads) };
};
