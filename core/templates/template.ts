/**
 * A template is a job with declared inputs and parameters, as plain data: what ships and what people store are the same
 * thing. In a text `"{{name}}"` stands for the value of a parameter, or for the names of an input that takes `many`.
 */
import * as z from 'zod';
import { Owner } from '../job/ids.ts';
import { Name } from '../job/values.ts';
import { Parameter } from './parameters.ts';

const Declaration = z
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

/** A template that ships, and whose job has to be computed: its parameters are structures, not values of texts. */
export interface ComputedTemplate {
  readonly name: Name;
  readonly summary: string;
  readonly inputs: Readonly<Record<Name, Declaration>>;
  /** The whole of `params`; every field is described. */
  readonly params: z.ZodObject;
  /** `params` of a call, for documents. */
  readonly example: z.output<typeof Json>;
  /** Parts of a job out of `params`, parsed. Pure. */
  build(params: unknown): Readonly<Record<string, unknown>>;
}

export type AnyTemplate = Template | ComputedTemplate;

/** A template and its version; null of one that ships. */
export interface FoundTemplate {
  readonly template: AnyTemplate;
  readonly version: number | null;
}

const policyNames = Object.keys(policy);

/** What a template says of the job beside inputs and outputs. */
export const policyOf = (template: Template): Record<string, unknown> =>
  Object.fromEntries(Object.entries(template).filter(([name]) => policyNames.includes(name)));

export const isDeclaration = (input: z.output<typeof Json> | Declaration): input is Declaration =>
  Declaration.safeParse(input).success;

/** The inputs that a call must or may bring. */
export const declaredInputs = ({ inputs }: AnyTemplate): Record<Name, Declaration> =>
  Object.fromEntries(
    Object.entries(inputs).flatMap(([name, input]) => (isDeclaration(input) ? [[name, input] as const] : [])),
  );
