/** Templates as the rest of the code meets them: those that ship, those that are computed, those that were stored. */
import type * as z from 'zod';
import { Declaration, type Template, templatePolicy } from '../job/template-record.ts';
import type { Name } from '../job/values.ts';

type Json = z.output<ReturnType<typeof z.json>>;

/** A template that ships, and whose job has to be computed: its parameters are structures, not values of texts. */
export interface ComputedTemplate {
  readonly name: Name;
  readonly summary: string;
  readonly inputs: Readonly<Record<Name, Declaration>>;
  /** The whole of `params`; every field is described. */
  readonly params: z.ZodObject;
  /** `params` of a call, for documents. */
  readonly example: Json;
  /** Parts of a job out of `params`, parsed. Pure. */
  build(params: unknown): Readonly<Record<string, unknown>>;
}

export type AnyTemplate = Template | ComputedTemplate;

/** A template and its version; null of one that ships. */
export interface FoundTemplate {
  readonly template: AnyTemplate;
  readonly version: number | null;
}

/** What a template says of the job beside inputs and outputs. */
export const policyOf = (template: Template): Record<string, unknown> =>
  Object.fromEntries(Object.entries(template).filter(([name]) => templatePolicy.includes(name)));

export const isDeclaration = (input: Json | Declaration): input is Declaration => Declaration.safeParse(input).success;

/** The inputs that a call must or may bring. */
export const declaredInputs = ({ inputs }: AnyTemplate): Record<Name, Declaration> =>
  Object.fromEntries(
    Object.entries(inputs).flatMap(([name, input]) => (isDeclaration(input) ? [[name, input] as const] : [])),
  );
