/**
 * From the outputs that a job declares to those that are made: one for each variant, with `"$axis"` replaced by its
 * value and every `pick` by its choice. A pure function of the stored job, so it is never stored itself.
 */
import { Failure, type FieldError } from '../failures.ts';
import { type Combination, type NumberedCombination, variantsOf } from './matrix.ts';
import type { Output, OutputObject } from './outputs.ts';
import { mapRefs, mentionsOf } from './references.ts';
import type { Ref } from './refs.ts';
import type { JobSpec } from './spec.ts';
import type { Name } from './values.ts';

/** Which variant of which declared output an output is. */
export type Variant = NumberedCombination & { readonly of: Name };

/** What each `pick` of an output chose, by the place of the pick in the output, as a JSON pointer. */
export type Picks = Readonly<Record<string, Ref>>;

export type Expanded = {
  readonly outputs: Readonly<Record<Name, Output>>;
  /** Of outputs that vary, by the names they got. */
  readonly variants: Readonly<Record<Name, Variant>>;
  /** Of outputs that pick. */
  readonly picks: Readonly<Record<Name, Picks>>;
};

/** FNV-1a, then the finalizer of MurmurHash3, so that every bit of the text moves every bit of the number. */
export const hashOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (const letter of text) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};

const readsOf = (name: Name, output: Output | undefined): string[] =>
  typeof output === 'object' ? mentionsOf(name, output).map((mention) => mention.name) : [];

/** Declared outputs that mention an axis, themselves or through an output that they read. */
const varying = (outputs: JobSpec['outputs']): ReadonlySet<Name> => {
  const found = new Map<Name, boolean>();
  const varies = (name: Name): boolean => {
    const known = found.get(name);
    if (known !== undefined) return known;
    // Within a circle, which is refused later.
    found.set(name, false);
    const reads = Object.hasOwn(outputs, name) ? readsOf(name, outputs[name]) : [];
    const answer = reads.some((read) => read.startsWith('$') || varies(read));
    found.set(name, answer);
    return answer;
  };
  return new Set(Object.keys(outputs).filter(varies));
};

type Scene = {
  readonly axes: Combination;
  readonly rename: (name: Name) => Name;
  readonly choose: (pointer: string, count: number) => number;
  readonly picked: (pointer: string, choice: Ref) => void;
};

const valueOf = (axis: Name, { axes }: Scene, pointer: string): Ref => {
  const value = axes[axis];
  if (value !== undefined) return value;
  const message = `a variant that \`include\` adds has no value for "$${axis}"`;
  throw new Failure('spec.invalid', {
    detail: `${pointer}: ${message}`,
    errors: [{ pointer, code: 'spec.invalid', message }],
  });
};

/** An expression of names, clips and sequences only. */
const resolved = (ref: Ref, scene: Scene, pointer: string, at: string): Ref => {
  const inside = (part: Ref, step: string): Ref => resolved(part, scene, `${pointer}/${step}`, `${at}/${step}`);
  if (typeof ref === 'string')
    return ref.startsWith('$') ? resolved(valueOf(ref.slice(1), scene, at), scene, pointer, at) : scene.rename(ref);
  if ('clip' in ref) return { ...ref, clip: inside(ref.clip, 'clip') };
  if ('concat' in ref) return { ...ref, concat: ref.concat.map((part, n) => inside(part, `concat/${n}`)) };
  const chosen = scene.choose(pointer, ref.pick.length);
  const choice = inside(ref.pick[chosen] ?? '', `pick/${chosen}`);
  scene.picked(pointer, choice);
  return choice;
};

const inVariant = (output: OutputObject, scene: Scene, declared: Name): OutputObject => {
  const at = `/outputs/${declared}`;
  return mapRefs(output, (ref, pointer) => resolved(ref, scene, pointer, `${at}${pointer}`));
};

const refuse = (errors: readonly FieldError[]): void => {
  const [first] = errors;
  if (first) throw new Failure('spec.invalid', { detail: `${first.pointer}: ${first.message}`, errors });
};

const maxNameLength = 64;

/** Names that are taken, and names that became too long. */
const assertNames = (spec: Pick<JobSpec, 'inputs' | 'outputs'>, variants: Expanded['variants']): void => {
  const message = (name: Name, { of }: Variant): string | undefined => {
    const taken = Object.hasOwn(spec.inputs, name) || Object.hasOwn(spec.outputs, name);
    if (taken) return `a variant of "${of}" gets this name; choose another one`;
    return name.length > maxNameLength ? `the name is too long for its variants, such as "${name}"` : undefined;
  };
  refuse(
    Object.entries(variants).flatMap(([name, variant]) => {
      const text = message(name, variant);
      const pointer = Object.hasOwn(spec.inputs, name) ? `/inputs/${name}` : `/outputs/${name}`;
      return text
        ? [
            {
              pointer: name.length > maxNameLength ? `/outputs/${variant.of}` : pointer,
              code: 'spec.invalid',
              message: text,
            },
          ]
        : [];
    }),
  );
};

/**
 * Every output that is made. A choice depends on the seed, the output's name and the place of the pick alone: other
 * outputs do not change it. Fails with `spec.too_many_variants`, and with `spec.invalid` where names clash or a variant has
 * no value for an axis.
 */
export const expand = (spec: Pick<JobSpec, 'inputs' | 'outputs' | 'matrix' | 'seed' | 'limits'>): Expanded => {
  const combinations = variantsOf(spec.matrix, spec.limits?.maxVariants);
  const varies = varying(spec.outputs);
  const outputs: Record<Name, Output> = {};
  const variants: Record<Name, Variant> = {};
  const picks: Record<Name, Picks> = {};

  const add = (declared: Name, output: Output, variant?: NumberedCombination): void => {
    const rename = (name: Name): Name => (variant && varies.has(name) ? `${name}-${variant.n}` : name);
    const name = rename(declared);
    if (variant) variants[name] = { of: declared, ...variant };
    if (typeof output === 'string') return void (outputs[name] = output);
    const choices: Record<string, Ref> = {};
    outputs[name] = inVariant(
      output,
      {
        axes: variant?.axes ?? {},
        rename,
        choose: (pointer, count) => hashOf(`${spec.seed ?? 0} ${name} ${pointer}`) % count,
        picked: (pointer, choice) => void (choices[pointer] = choice),
      },
      declared,
    );
    if (Object.keys(choices).length > 0) picks[name] = choices;
  };

  for (const [name, output] of Object.entries(spec.outputs)) {
    if (!varies.has(name)) add(name, output);
    else for (const combination of combinations) add(name, output, combination);
  }
  assertNames(spec, variants);
  return { outputs, variants, picks };
};

/** Of a job that picks and has no seed: one that its id gives, so that it is recorded. */
export const withSeed = (spec: JobSpec, jobId: string): JobSpec =>
  spec.seed === undefined && JSON.stringify([spec.outputs, spec.matrix]).includes('{"pick":')
    ? { ...spec, seed: hashOf(jobId) }
    : spec;
