/** A template call, written out as the job that it stands for. */
import * as z from 'zod';
import { Failure, type FieldError } from '../failures.ts';
import { invalidFields, parseRequest } from '../job/issues.ts';
import { nearest } from '../job/references.ts';
import { JobSpec, type TemplateCall } from '../job/spec.ts';
import { templateNamed, templates } from './index.ts';
import type { Parameter, Template } from './template.ts';

type Json = z.output<ReturnType<typeof z.json>>;
type Values = Readonly<Record<string, Json>>;

const parameterSchema = (parameter: Parameter): z.ZodType<Json> =>
  parameter.type === 'integer'
    ? z.int().min(parameter.minimum).max(parameter.maximum).default(parameter.default)
    : z.enum(parameter.enum).default(parameter.default);

const valuesOf = ({ params }: Template, given: Values = {}): Values => {
  const schemas = Object.entries(params).map(([name, parameter]) => [name, parameterSchema(parameter)] as const);
  return parseRequest(z.strictObject(Object.fromEntries(schemas)), given, (pointer) => `/params${pointer}`);
};

/** The template's JSON with each `"{{name}}"` replaced. */
const filled = (json: Json, values: Values): Json => {
  if (typeof json === 'string') {
    const name = /^\{\{(.+)\}\}$/.exec(json)?.[1];
    return name !== undefined && Object.hasOwn(values, name) ? (values[name] ?? null) : json;
  }
  if (Array.isArray(json)) return json.map((item) => filled(item, values));
  if (json === null || typeof json !== 'object') return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, filled(value, values)]));
};

const unknownTemplate = (name: string): Failure => {
  const names = templates.map((template) => template.name);
  const guess = nearest(name, names);
  const message = `there is no template "${name}"${guess ? `; did you mean "${guess}"?` : `: there are ${names.join(', ')}`}`;
  return new Failure('spec.unknown_reference', {
    detail: `/template: ${message}`,
    errors: [{ pointer: '/template', code: 'spec.unknown_reference', message }],
  });
};

const inputErrors = (template: Template, given: readonly string[]): FieldError[] => {
  const wanted = Object.keys(template.inputs);
  // The outputs of such a template name no input, so that the caller may choose its name.
  if (wanted.length === 1 && given.length === 1) return [];
  const missing = wanted.filter((name) => !given.includes(name));
  const unknown = given.filter((name) => !wanted.includes(name));
  return [
    ...missing.map((name) => ({
      pointer: `/inputs/${name}`,
      code: 'required',
      message: `is required by the template "${template.name}": ${template.inputs[name]?.summary}`,
    })),
    ...unknown.map((name) => ({
      pointer: `/inputs/${name}`,
      code: 'unknown_field',
      message: `is not an input of the template "${template.name}": its inputs are ${wanted.join(', ')}`,
    })),
  ];
};

const outputErrors = (template: Template, more: readonly string[]): FieldError[] =>
  more
    .filter((name) => Object.hasOwn(template.outputs, name))
    .map((name) => ({
      pointer: `/outputs/${name}`,
      code: 'spec.invalid',
      message: `the template "${template.name}" makes an output of this name already`,
    }));

/**
 * The job of a template call: its outputs and the caller's further ones. Fails with `spec.unknown_reference` for the
 * template's name, and with `spec.invalid` where inputs or parameters do not fit.
 */
export const expandTemplate = ({ template: name, params, outputs = {}, ...job }: TemplateCall): JobSpec => {
  const template = templateNamed(name);
  if (!template) throw unknownTemplate(name);
  const errors = [...inputErrors(template, Object.keys(job.inputs)), ...outputErrors(template, Object.keys(outputs))];
  if (errors.length > 0) throw invalidFields(errors);
  const values = valuesOf(template, params);
  return parseRequest(JobSpec, { ...job, outputs: { ...filledOutputs(template, values), ...outputs } });
};

const filledOutputs = ({ outputs }: Template, values: Values): Record<string, Json> =>
  Object.fromEntries(Object.entries(outputs).map(([name, output]) => [name, filled(output, values)]));
