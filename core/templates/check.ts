/** Whether a template that somebody wrote makes sense before anybody calls it. */
import type { FieldError } from '../failures.ts';
import { Failure } from '../failures.ts';
import { parseRequest } from '../job/issues.ts';
import { nearest } from '../job/references.ts';
import { TemplateCall } from '../job/spec.ts';
import type { Template } from '../job/template-record.ts';
import { sampleOf, valuesOf } from './parameters.ts';
import { placeholdersIn } from './placeholders.ts';
import { declaredInputs, isDeclaration, policyOf } from './template.ts';

const placeholdersOf = (template: Template) => {
  const own = Object.entries(template.inputs).filter(([, input]) => !isDeclaration(input));
  return placeholdersIn({ ...policyOf(template), inputs: Object.fromEntries(own), outputs: template.outputs });
};

const listNames = (template: Template): string[] => [
  ...Object.entries(template.params).flatMap(([name, { type }]) => (type === 'array' ? [name] : [])),
  ...Object.entries(declaredInputs(template)).flatMap(([name, { many }]) => (many ? [name] : [])),
];

const placeholderErrors = (template: Template): FieldError[] => {
  const lists = listNames(template);
  const known = [...new Set([...Object.keys(template.params), ...lists])];
  return placeholdersOf(template).flatMap(({ name, pointer, isWhole }) => {
    const guess = nearest(name, known);
    const remedy = guess ? `; did you mean "${guess}"?` : `: declared are ${known.join(', ') || 'none'}`;
    if (!known.includes(name))
      return [{ pointer, code: 'spec.unknown_reference', message: `there is no parameter "${name}"${remedy}` }];
    return isWhole || !lists.includes(name)
      ? []
      : [{ pointer, code: 'spec.invalid', message: `"${name}" is a list: it stands only for a whole text` }];
  });
};

/** Every default is what a call might have given. */
const defaultErrors = ({ params }: Template): FieldError[] =>
  Object.entries(params).flatMap(([name, parameter]) => {
    if (parameter.default === undefined) return [];
    try {
      valuesOf({ [name]: parameter });
      return [];
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return [
        { pointer: `/params/${name}/default`, code: 'spec.invalid', message: error.facts.errors?.[0]?.message ?? '' },
      ];
    }
  });

const nameErrors = (template: Template): FieldError[] => {
  const many = Object.entries(declaredInputs(template)).flatMap(([name, { many = false }]) => (many ? [name] : []));
  const taken = many.filter((name) => Object.hasOwn(template.params, name));
  const members = Object.keys(template.inputs).filter((name) =>
    many.some((list) => name.startsWith(`${list}_`) && /^\d+$/.test(name.slice(list.length + 1))),
  );
  return [
    ...taken.map((name) => ({
      pointer: `/params/${name}`,
      code: 'spec.invalid',
      message: 'an input that takes many has this name already',
    })),
    ...members.map((name) => ({
      pointer: `/inputs/${name}`,
      code: 'spec.invalid',
      message: 'a member of an input that takes many would have this name',
    })),
  ];
};

/** What is wrong with a template whatever a call says, each with its place in the template. */
export const templateErrors = (template: Template): FieldError[] => [
  ...defaultErrors(template),
  ...nameErrors(template),
  ...placeholderErrors(template),
];

const anyUpload = 'upl_00000000000000000000000000';

/** Calls that the template must make jobs of: with its optional inputs, and without. */
export const sampleCalls = (template: Template): TemplateCall[] => {
  const declared = Object.entries(declaredInputs(template));
  const params = Object.fromEntries(
    Object.entries(template.params).flatMap(([name, parameter]) =>
      parameter.default === undefined ? [[name, sampleOf(parameter)]] : [],
    ),
  );
  const required = declared.filter(([, { optional }]) => !optional);
  const sets = required.length === declared.length ? [declared] : [declared, required];
  return sets.map((inputs) =>
    parseRequest(TemplateCall, {
      template: template.name,
      params,
      inputs: Object.fromEntries(inputs.map(([name, { many }]) => [name, many ? [anyUpload, anyUpload] : anyUpload])),
    }),
  );
};

/**
 * True for errors that may come from a value made up for a sample: at, above or below a text that holds the placeholder
 * of a parameter without a default.
 */
export const comesFromSample =
  (template: Template) =>
  ({ pointer }: FieldError): boolean => {
    const unset = new Set(
      Object.entries(template.params).flatMap(([name, parameter]) => (parameter.default === undefined ? [name] : [])),
    );
    return placeholdersOf(template)
      .filter(({ name }) => unset.has(name))
      .some((text) => `${text.pointer}/`.startsWith(`${pointer}/`) || `${pointer}/`.startsWith(`${text.pointer}/`));
  };
