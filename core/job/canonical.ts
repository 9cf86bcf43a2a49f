/** A job with every short form written out, every name known, and its outputs in the order they can be made. */
import { Failure, type FieldError } from '../failures.ts';
import type { AudioLayer } from './edits.ts';
import type { Preset } from './encode.ts';
import { type Input, InputObject, uploadPlaceholder } from './inputs.ts';
import type { Output, OutputObject } from './outputs.ts';
import { type Expanded, expand } from './expand.ts';
import { axesOf, matrixErrors } from './matrix.ts';
import { pathError } from './paths.ts';
import { assertKnown, inOrder, type Mention, mentions, mentionsOf, nearest } from './references.ts';
import type { Ref } from './refs.ts';
import type { JobSpec } from './spec.ts';
import type { Name } from './values.ts';

/** An output in its long form that says what it comes from. */
export type CanonicalOutput = OutputObject & { from: Ref };

export type CanonicalJob = Pick<Expanded, 'variants' | 'picks'> & {
  /** The same job, not expanded; canonicalizing it again changes nothing. This is what is stored. */
  readonly spec: JobSpec;
  readonly inputs: Readonly<Record<Name, InputObject>>;
  /** Every output that is made: those that vary once for each variant, without axes and picks. */
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
  // Captions may be those of another file than the one that they are timed by.
  const named = object.from ?? ('source' in object ? object.source : undefined);
  const from = named ?? (inputs.length === 1 ? inputs[0] : undefined);
  if (from !== undefined) return { ...object, from };
  return {
    pointer: `/outputs/${name}/from`,
    code: 'spec.invalid',
    message: inputs.length === 0 ? 'the job has no inputs' : `must name one of ${inputs.join(', ')}`,
  };
};

/** Names in the values of the matrix, and axes in them, which may not be there. */
const matrixMentions = ({ matrix }: JobSpec): Mention[] => [
  ...Object.entries(matrix?.axes ?? {}).flatMap(([axis, values]) =>
    values.flatMap((value, n) => mentions(value, `/matrix/axes/${axis}/${n}`)),
  ),
  ...(['include', 'exclude'] as const).flatMap((list) =>
    (matrix?.[list] ?? []).flatMap((values, n) =>
      Object.entries(values).flatMap(([axis, value]) => mentions(value, `/matrix/${list}/${n}/${axis}`)),
    ),
  ),
];

const unusedAxes = (spec: JobSpec, used: readonly Mention[]): FieldError[] => {
  const names = new Set(used.map(({ name }) => name));
  return Object.keys(spec.matrix?.axes ?? {})
    .filter((axis) => !names.has(`$${axis}`))
    .map((axis) => ({
      pointer: `/matrix/axes/${axis}`,
      code: 'spec.invalid',
      message: `no output mentions "$${axis}"`,
    }));
};

const pathErrors = (spec: JobSpec, { variants }: Expanded): FieldError[] => {
  const axes = axesOf(spec.matrix);
  const varying = new Set(Object.values(variants).map(({ of }) => of));
  const error = (pointer: string, path: string | undefined, varies: boolean): FieldError[] => {
    const message = path === undefined ? undefined : pathError(path, axes, varies);
    return message === undefined ? [] : [{ pointer, code: 'spec.invalid', message }];
  };
  return [
    ...Object.entries(spec.outputs).flatMap(([name, output]) =>
      typeof output === 'string' ? [] : error(`/outputs/${name}/path`, output.path, varying.has(name)),
    ),
    ...(spec.deliver ?? []).flatMap(({ path }, n) => error(`/deliver/${n}/path`, path, varying.size > 0)),
  ];
};

/** Layers that give way to nothing, to themselves, or in a circle, and names that two layers have. */
const layerErrors = (outputs: Readonly<Record<Name, CanonicalOutput>>): FieldError[] =>
  Object.entries(outputs).flatMap(([name, output]) =>
    'audio' in output && Array.isArray(output.audio) ? duckErrors(output.audio, `/outputs/${name}/audio`) : [],
  );

const duckErrors = (layers: readonly AudioLayer[], at: string): FieldError[] => {
  const names = layers.map((layer) => layer.name);
  const leadsTo = (from: AudioLayer | undefined): AudioLayer | undefined =>
    layers.find((layer) => layer.name !== undefined && layer.name === from?.duckUnder);
  const circles = (layer: AudioLayer): boolean => {
    let next = leadsTo(layer);
    for (let steps = 0; next && steps <= layers.length; steps += 1) {
      if (next === layer) return true;
      next = leadsTo(next);
    }
    return false;
  };
  return layers.flatMap((layer, n) => {
    const { duckUnder, name } = layer;
    const error = (field: string, message: string): FieldError[] => [
      { pointer: `${at}/${n}/${field}`, code: 'spec.invalid', message },
    ];
    if (name !== undefined && names.indexOf(name) !== n) return error('name', `another layer is called "${name}"`);
    if (duckUnder === undefined) return [];
    const known = names.filter((each) => each !== undefined);
    if (!known.includes(duckUnder)) {
      const guess = nearest(duckUnder, known);
      const remedy = guess ? `; did you mean "${guess}"?` : '';
      return error('duckUnder', `no layer is called "${duckUnder}"${remedy}`);
    }
    return circles(layer) ? error('duckUnder', 'the layers give way to one another in a circle') : [];
  });
};

/** The job as it is made. Fails where its matrix or its paths make no sense. */
const expanded = (spec: JobSpec, used: readonly Mention[]): Expanded => {
  const errors = [...(spec.matrix ? matrixErrors(spec.matrix) : []), ...unusedAxes(spec, used)];
  if (errors.length > 0) throw invalid(errors);
  const all = expand(spec);
  const wrong = pathErrors(spec, all);
  if (wrong.length > 0) throw invalid(wrong);
  return all;
};

/**
 * Writes out short forms, fills `from` where there is only one input, resolves every name, and expands variants and picks.
 * Fails with `spec.invalid`, `spec.unknown_reference`, `spec.too_many_variants` or `spec.cycle`, each with the fields that
 * are wrong.
 */
export const canonicalize = (spec: JobSpec, presets: Presets): CanonicalJob => {
  const inputNames = Object.keys(spec.inputs);
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
  errors.push(...layerErrors(outputs));
  if (errors.length > 0) throw invalid(errors);

  const declared = [...inputNames, ...Object.keys(outputs)];
  const used = Object.entries(outputs).flatMap(([name, output]) => mentionsOf(name, output));
  const deliveries = (spec.deliver ?? []).flatMap((deliver, n) =>
    (deliver.outputs ?? []).map((name, m) => ({ name, pointer: `/deliver/${n}/outputs/${m}` })),
  );
  assertKnown([...used, ...deliveries], [...declared, ...axesOf(spec.matrix).map((axis) => `$${axis}`)]);
  assertKnown(matrixMentions(spec), declared);

  const canonical = { ...spec, inputs, outputs };
  const { outputs: made, variants, picks } = expanded(canonical, used);
  const all = made as Record<Name, CanonicalOutput>; // true: expansion replaces names inside of the long forms above
  const reads = new Map(
    Object.entries(all).map(([name, output]) => [name, mentionsOf(name, output).map((mention) => mention.name)]),
  );
  return { spec: canonical, inputs, outputs: all, order: inOrder(reads), variants, picks };
};

/** The outputs that a declared name stands for: itself, or its variants. */
export const outputsNamed = ({ outputs, variants }: CanonicalJob, name: Name): Name[] =>
  Object.hasOwn(outputs, name) ? [name] : Object.keys(outputs).filter((each) => variants[each]?.of === name);
