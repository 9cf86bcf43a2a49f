/** What a call gives for the parameters of a template. */
import * as z from 'zod';
import { parseRequest } from '../job/issues.ts';
import type { Parameter } from '../job/template-record.ts';
import { Duration, Hex, type Name } from '../job/values.ts';

type Json = z.output<ReturnType<typeof z.json>>;
/** What placeholders stand for. */
export type Values = Readonly<Record<string, Json>>;

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
