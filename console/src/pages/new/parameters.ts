/** Parameters of templates: what stands in the fields of a form, and what a job says of it. */
import type { TemplateView } from '#core/templates/view.ts';

type Parameter = TemplateView['params'][string];

/** Text of most fields; truth of a box; a list of those with boxes. */
export type Field = string | boolean | readonly string[];

const fieldOf = (parameter: Parameter, example: unknown): Field => {
  if (parameter.type === 'json') return example === undefined ? '' : JSON.stringify(example, null, 2);
  if (parameter.type === 'boolean') return parameter.default ?? false;
  if (parameter.type === 'array')
    return parameter.items.enum ? (parameter.default ?? []) : (parameter.default ?? []).join('\n');
  return parameter.default === undefined ? '' : String(parameter.default);
};

/** As they stand before anybody has changed them. */
export const fieldsOf = ({ params, example }: TemplateView): Record<string, Field> => {
  const examples: Readonly<Record<string, unknown>> =
    typeof example === 'object' && example !== null && !Array.isArray(example) ? example : {};
  return Object.fromEntries(
    Object.entries(params).map(([name, parameter]) => [name, fieldOf(parameter, examples[name])]),
  );
};

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text; // the API tells what is wrong with it
  }
};

/** Undefined where the field is empty: then the template's own value holds. */
export const valueOf = (type: Parameter['type'], field: Field | undefined): unknown => {
  if (field === undefined || field === '') return undefined;
  if (typeof field !== 'string') return field;
  if (type === 'integer' || type === 'number') return Number(field);
  if (type === 'array') return field.split('\n').flatMap((line) => line.trim() || []);
  return type === 'json' ? jsonOf(field) : field;
};
