/** Parameters of templates: the part of JSON Schema that a form needs, and the media's own values. */
import * as z from 'zod';
import { parseRequest } from '../job/issues.ts';
import { Duration, Hex, type Name } from '../job/values.ts';

type Json = z.output<ReturnType<typeof z.json>>;
/** What placeholders stand for. */
export type Values = Readonly<Record<string, Json>>;

const description = z.string().max(500);
const required = 'Without it a call must name the parameter.';

const Integer = z.strictObject({
  type: z.literal('integer'),
  description,
  default: z.int().optional().describe(required),
  minimum: z.int().optional(),
  maximum: z.int().optional(),
});
const Numeric = z.strictObject({
  type: z.literal('number'),
  description,
  default: z.number().optional().describe(required),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});
const Truth = z.strictObject({
  type: z.literal('boolean'),
  description,
  default: z.boolean().optional().describe(required),
});
const texts = {
  enum: z.array(z.string().max(256)).min(1).max(100).optional(),
  maxLength: z.int().min(1).max(10_000).optional().describe('500 where it is left out.'),
};
const Text = z.strictObject({
  type: z.literal('string'),
  description,
  default: z.string().max(10_000).optional().describe(required),
  ...texts,
});
const Length = z.strictObject({
  type: z.literal('duration'),
  description,
  default: z
    .union([z.number(), z.string().max(32)])
    .optional()
    .describe(required),
  minimum: z.number().min(0).optional().describe('Seconds.'),
  maximum: z.number().min(0).optional().describe('Seconds.'),
});
const Color = z.strictObject({
  type: z.literal('color'),
  description,
  default: z.string().optional().describe(required),
});
const Texts = z.strictObject({
  type: z.literal('array'),
  description,
  items: z.strictObject(texts),
  default: z.array(z.string().max(10_000)).max(100).optional().describe(required),
  minItems: z.int().min(0).max(100).optional(),
  maxItems: z.int().min(1).max(100).optional(),
});

export const Parameter = z
  .discriminatedUnion('type', [Integer, Numeric, Truth, Text, Length, Color, Texts])
  .meta({ id: 'Parameter' });
export type Parameter = z.output<typeof Parameter>;

const bounds = ({ minimum = -Infinity, maximum = Infinity }: { minimum?: number; maximum?: number }) =>
  [minimum, maximum] as const;

const within = <S extends z.ZodType<number>>(schema: S, limits: { minimum?: number; maximum?: number }) => {
  const [least, most] = bounds(limits);
  return schema
    .refine((value) => value >= least, `must be at least ${least}`)
    .refine((value) => value <= most, `must be at most ${most}`);
};

const textSchema = ({ enum: choices, maxLength = 500 }: { enum?: readonly string[]; maxLength?: number }) =>
  choices ? z.enum(choices) : z.string().max(maxLength);

/** What a call may give for the parameter, were it required. */
const valueSchema = (parameter: Parameter): z.ZodType<Json> => {
  switch (parameter.type) {
    case 'integer':
      return within(z.int(), parameter);
    case 'number':
      return within(z.number(), parameter);
    case 'boolean':
      return z.boolean();
    case 'string':
      return textSchema(parameter);
    case 'duration':
      return within(Duration, parameter);
    case 'color':
      return Hex;
    case 'array':
      return z
        .array(textSchema(parameter.items))
        .min(parameter.minItems ?? 0)
        .max(parameter.maxItems ?? 100);
  }
};

const schemaOf = (parameters: Readonly<Record<Name, Parameter>>) =>
  z.strictObject(
    Object.fromEntries(
      Object.entries(parameters).map(([name, parameter]) => {
        const schema = valueSchema(parameter);
        return [name, parameter.default === undefined ? schema : schema.prefault(parameter.default)] as const;
      }),
    ),
  );

/** The value of every parameter. Fails with `spec.invalid` below `/params`. */
export const valuesOf = (parameters: Readonly<Record<Name, Parameter>>, given: Values = {}): Values =>
  parseRequest(schemaOf(parameters), given, (pointer) => `/params${pointer}`);

/** Something that a call could give for a parameter without a default, to see what the template makes of it. */
export const sampleOf = (parameter: Parameter): Json => {
  switch (parameter.type) {
    case 'integer':
      return Math.ceil(parameter.minimum ?? parameter.maximum ?? 1);
    case 'number':
    case 'duration':
      return parameter.minimum ?? parameter.maximum ?? 1;
    case 'boolean':
      return true;
    case 'string':
      return parameter.enum?.[0] ?? 'x';
    case 'color':
      return '#000000';
    case 'array':
      return Array.from({ length: Math.max(1, parameter.minItems ?? 1) }, () => parameter.items.enum?.[0] ?? 'x');
  }
};
