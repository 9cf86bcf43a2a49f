/** A template as the API shows it: the same fields for what ships and for what people store. */
import * as z from 'zod';
import { Parameter, type StoredTemplate, Template } from '../job/template-record.ts';
import { Name } from '../job/values.ts';
import { type AnyTemplate, declaredInputs } from './template.ts';

const Structure = z
  .strictObject({ type: z.literal('json'), description: z.string(), required: z.boolean() })
  .describe('A structure, of templates that ship: `example` shows one.');

export const TemplateView = Template.extend({
  params: z.record(Name, z.union([Parameter, Structure])),
  outputs: Template.shape.outputs.optional().describe('Left out where they are computed from the parameters.'),
  example: z.json().optional().describe('`params` of a call.'),
  builtIn: z.boolean().describe('True where it ships with every deployment.'),
  version: z.int().min(1).nullable().describe('Null of what ships.'),
  createdAt: z.iso.datetime().nullable().describe('When this version was stored.'),
}).meta({ id: 'TemplateView' });
export type TemplateView = z.output<typeof TemplateView>;

const structureOf = (schema: z.ZodType): z.output<typeof Structure> => ({
  type: 'json',
  description: schema.description ?? '',
  required: !schema.safeParse(undefined).success,
});

const shipped = { builtIn: true, version: null, createdAt: null } as const;

/** Of one that ships. */
export const builtInView = (template: AnyTemplate): TemplateView => {
  if (!('build' in template)) return { ...template, ...shipped };
  const { name, summary, example } = template;
  const params = Object.entries(template.params.shape).map(([key, schema]) => [key, structureOf(schema)]);
  return { name, summary, inputs: declaredInputs(template), params: Object.fromEntries(params), example, ...shipped };
};

export const storedView = ({ template, version, createdAt }: StoredTemplate): TemplateView => ({
  ...template,
  builtIn: false,
  version,
  createdAt,
});
