/**
 * A template is a job with declared inputs and parameters, as plain data: what ships and what people store are the same
 * thing. In a text `"{{name}}"` stands for the value of a parameter, or for the names of an input that takes `many`.
 */
import * as z from 'zod';
import { Owner } from './ids.ts';
import { Name } from './values.ts';

// The part of JSON Schema that a form needs, and the media's own values.
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

export const Declaration = z
  .strictObject({
    summary: z.string().min(1).max(500),
    optional: z.boolean().optional().describe('Where it is left out, whatever reads it is left out too.'),
    many: z.boolean().optional().describe('Takes a list; "{{name}}" then stands for the names of its members.'),
  })
  .describe('An input that a call must bring.');
export type Declaration = z.output<typeof Declaration>;

const Json = z.json();

/** What a template may set of a job beside its inputs and outputs; a call may replace each. */
const policy = {
  labels: Json.optional(),
  metadata: Json.optional(),
  matrix: Json.optional(),
  seed: Json.optional(),
  optimize: Json.optional(),
  priority: Json.optional(),
  limits: Json.optional(),
  onError: Json.optional(),
  notify: Json.optional(),
  deliver: Json.optional(),
  keep: Json.optional(),
};

/** A template without its name: the body of `PUT /v1/templates/{name}`. */
export const TemplateBody = z
  .strictObject({
    summary: z.string().max(500).describe('What it makes, in one sentence.'),
    inputs: z
      .record(Name, z.union([Declaration, Json]))
      .default({})
      .describe(
        'What a call must bring, each with a `summary`, and inputs of its own, as in a job. Where only one is declared and no output names it, a call may name it as it likes.',
      ),
    params: z.record(Name, Parameter).default({}),
    outputs: z.record(Name, Json).describe('As in a job; "{{name}}" stands for a parameter.'),
    ...policy,
  })
  .meta({ id: 'TemplateBody' });
export type TemplateBody = z.output<typeof TemplateBody>;

export const Template = TemplateBody.extend({ name: Name }).meta({ id: 'Template' });
export type Template = z.output<typeof Template>;

/** A template that somebody stored: one of its versions. */
export const StoredTemplate = z.strictObject({
  owner: Owner,
  /** From 1, rising by one with each `PUT` that changes it. */
  version: z.int().min(1),
  template: Template,
  createdAt: z.iso.datetime(),
});
export type StoredTemplate = z.output<typeof StoredTemplate>;

/** What a template says of a job beside inputs and outputs. */
export const templatePolicy = Object.keys(policy);
