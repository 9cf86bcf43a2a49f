/** What a deployment can be told, as texts of DeployConfig: for help and documents. */
import * as z from 'zod';
import { DeployConfig } from './config.ts';

export interface DeployOption {
  readonly name: string;
  /** What it may be: `a or b`, `1 to 10`. */
  readonly values: string;
  /** What it is where nothing is said; empty where it is then left out. */
  readonly default: string;
  /** What it is for and what follows from it. Markdown. */
  readonly description: string;
}

/** The parts of a JSON schema that say what a value may be. */
const Shown = z.object({
  type: z.string().optional(),
  enum: z.array(z.union([z.string(), z.number()])).optional(),
  format: z.string().optional(),
  minimum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  maximum: z.number().optional(),
});

/** Numbers without an upper end have that of JavaScript. */
const range = ({ minimum, exclusiveMinimum, maximum = Infinity }: z.output<typeof Shown>): string => {
  const most = maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined;
  if (exclusiveMinimum !== undefined)
    return most === undefined ? `above ${exclusiveMinimum}` : `above ${exclusiveMinimum}, ${most} at most`;
  if (most !== undefined) return `${minimum ?? 0} to ${most}`;
  return minimum === undefined ? 'a number' : `${minimum} or more`;
};

const words: Readonly<Record<string, string>> = {
  boolean: '`true` or `false`',
  array: 'a list, with commas between',
  object: 'JSON',
};

const valuesOf = (schema: z.ZodType): string => {
  const shown = Shown.parse(z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }));
  if (shown.enum) return shown.enum.map((value) => `\`${value}\``).join(', ');
  if (shown.format === 'email') return 'an e-mail address';
  if (shown.type === 'integer' || shown.type === 'number') return range(shown);
  return words[shown.type ?? ''] ?? 'text';
};

const defaultOf = (schema: z.ZodType): string => {
  const value = schema.parse(undefined);
  if (value === undefined) return '';
  if (typeof value === 'object') return Object.keys(value ?? {}).length > 0 ? JSON.stringify(value) : '';
  return typeof value === 'string' ? value : JSON.stringify(value);
};

/** Every option, in the order of the schema. */
export const deployOptions = (): readonly DeployOption[] =>
  Object.entries<z.ZodType>(DeployConfig.shape).map(([name, schema]) => ({
    name,
    values: valuesOf(schema),
    default: defaultOf(schema),
    description: schema.description ?? '',
  }));
