/** A template call, written out as the job that it stands for. */
import type * as z from 'zod';
import type { FieldError } from '../failures.ts';
import type { Input } from '../job/inputs.ts';
import { invalidFields, parseRequest } from '../job/issues.ts';
import { mentionsOf } from '../job/references.ts';
import { namesIn } from '../job/refs.ts';
import { JobSpec, type TemplateCall } from '../job/spec.ts';
import type { Template } from '../job/template-record.ts';
import type { Name } from '../job/values.ts';
import { specWithout } from '../job/without.ts';
import { fill } from './placeholders.ts';
import { valuesOf, type Values } from './parameters.ts';
import { type AnyTemplate, declaredInputs, isDeclaration, policyOf } from './template.ts';

type Json = z.output<ReturnType<typeof z.json>>;
type Given = TemplateCall['inputs'];

const listed = (names: readonly string[]): string =>
  names.length === 0 ? 'it takes none' : `its inputs are ${names.join(', ')}`;

const unknownInput = (template: AnyTemplate, name: string): FieldError => ({
  pointer: `/inputs/${name}`,
  code: 'unknown_field',
  message: `is not an input of the template "${template.name}": ${listed(Object.keys(declaredInputs(template)))}`,
});

/** Where only one input is declared and one is given, its name may be the caller's, as long as nothing mentions it. */
const mayBeRenamed = (template: AnyTemplate, given: Given): boolean =>
  Object.keys(template.inputs).length === 1 &&
  Object.keys(given).length === 1 &&
  Object.values(declaredInputs(template)).some(({ many = false }) => !many);

const mentioned = ({ outputs, matrix }: JobSpec): ReadonlySet<string> =>
  new Set([
    ...Object.entries(outputs).flatMap(([name, output]) =>
      typeof output === 'string' ? [] : mentionsOf(name, output).map((mention) => mention.name),
    ),
    ...Object.values(matrix?.axes ?? {}).flatMap((values) => values.flatMap(namesIn)),
  ]);

const listErrors = (template: AnyTemplate, given: Given): FieldError[] =>
  Object.entries(given).flatMap(([name, input]) =>
    Array.isArray(input) && !declaredInputs(template)[name]?.many
      ? [{ pointer: `/inputs/${name}`, code: 'invalid_type', message: 'takes one input, not a list' }]
      : [],
  );

const nameErrors = (template: AnyTemplate, given: Given): FieldError[] => {
  const declared = declaredInputs(template);
  const missing = Object.entries(declared).flatMap(([name, { summary, optional = false }]) =>
    optional || Object.hasOwn(given, name)
      ? []
      : [
          {
            pointer: `/inputs/${name}`,
            code: 'required',
            message: `is required by the template "${template.name}": ${summary}`,
          },
        ],
  );
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(declared, name));
  return [...missing, ...unknown.map((name) => unknownInput(template, name))];
};

const assertNone = (errors: readonly FieldError[]): void => {
  if (errors.length > 0) throw invalidFields(errors);
};

const outputErrors = (name: Name, made: object, more: object): FieldError[] =>
  Object.keys(more)
    .filter((output) => Object.hasOwn(made, output))
    .map((output) => ({
      pointer: `/outputs/${output}`,
      code: 'spec.invalid',
      message: `the template "${name}" makes an output of this name already`,
    }));

const memberOf = (name: Name, n: number): string => `${name}_${n + 1}`;

/** Members of lists get names of their own: `clips_1`, `clips_2`. */
const spreadInputs = (given: Given): Record<string, Input> =>
  Object.fromEntries(
    Object.entries(given).flatMap(([name, input]) =>
      Array.isArray(input) ? input.map((member, n) => [memberOf(name, n), member] as const) : [[name, input] as const],
    ),
  );

/** What takes many takes one as a list of one. */
const asLists = (template: AnyTemplate, given: Given): Given =>
  Object.fromEntries(
    Object.entries(given).map(([name, input]) => [
      name,
      declaredInputs(template)[name]?.many && !Array.isArray(input) ? [input] : input,
    ]),
  );

const listValues = (given: Given): Values =>
  Object.fromEntries(
    Object.entries(given).flatMap(([name, input]) =>
      Array.isArray(input) ? [[name, input.map((_, n) => memberOf(name, n))] as const] : [],
    ),
  );

const filledParts = (template: Template, params: Values | undefined, given: Given): Record<string, Json> => {
  const own = Object.fromEntries(Object.entries(template.inputs).filter(([, input]) => !isDeclaration(input)));
  const left = Object.entries(declaredInputs(template)).filter(
    ([name, { many }]) => many && !Object.hasOwn(given, name),
  );
  const none = Object.fromEntries(left.map(([name]) => [name, [name]]));
  const values = { ...valuesOf(template.params, params), ...none, ...listValues(given) };
  // true: what a template says was parsed as JSON
  const parts = { ...policyOf(template), inputs: own, outputs: template.outputs } as Record<string, Json>;
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, fill(part, values)]));
};

const partsOf = (template: AnyTemplate, params: Values | undefined, given: Given): Readonly<Record<string, unknown>> =>
  'build' in template
    ? template.build(parseRequest(template.params, params ?? {}, (pointer) => `/params${pointer}`))
    : filledParts(template, params, given);

const objectAt = (parts: Readonly<Record<string, unknown>>, name: 'inputs' | 'outputs'): object => {
  const part = parts[name];
  return typeof part === 'object' && part !== null ? part : {};
};

/**
 * The job of a template call: what the template says, what the call says beside it, and the call's further outputs.
 * Fails with `spec.invalid` where inputs or parameters do not fit, or where what they are put into is no job.
 */
export const expandTemplate = (template: AnyTemplate, call: TemplateCall): JobSpec => {
  const { template: _name, templateVersion: _version, params, outputs = {}, inputs, ...policy } = call;
  const given = asLists(template, inputs);
  const isFree = mayBeRenamed(template, given);
  assertNone([...listErrors(template, given), ...(isFree ? [] : nameErrors(template, given))]);
  const parts = partsOf(template, params, given);
  const made = objectAt(parts, 'outputs');
  assertNone(outputErrors(template.name, made, outputs));
  const spec = parseRequest(JobSpec, {
    ...parts,
    ...policy,
    inputs: { ...spreadInputs(given), ...objectAt(parts, 'inputs') },
    outputs: { ...made, ...outputs },
  });
  const left = Object.keys(declaredInputs(template)).filter((name) => !Object.hasOwn(given, name));
  if (left.length === 0) return spec;
  if (!isFree) return parseRequest(JobSpec, specWithout(spec, new Set(left)));
  if (left.some((name) => mentioned(spec).has(name))) assertNone(nameErrors(template, given));
  return spec;
};
