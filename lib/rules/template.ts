/** Templates as rules read them, and what rules find in them. */
import * as z from 'zod';

const Resource = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
});
export type Resource = z.output<typeof Resource>;

export const Template = z.object({ Resources: z.record(z.string(), Resource).default({}) });
export type Template = z.output<typeof Template>;

export interface Finding {
  readonly logicalId: string;
  /** What is wrong, in a sentence. */
  readonly message: string;
}

/** One thing that must hold of every template, whatever the options. */
export interface TemplateRule {
  readonly name: string;
  readonly find: (template: Template) => readonly Finding[];
}

export const ofType = (template: Template, type: string): readonly (readonly [string, Resource])[] =>
  Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Of an object, its fields; of anything else none. */
export const fields = (value: unknown): Readonly<Record<string, unknown>> => (isRecord(value) ? value : {});

export const items = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];

/** The text that a property becomes, with a word in the place of each reference; undefined where it is no text. */
export const textOf = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value;
  const [separator, parts] = items(fields(value)['Fn::Join']);
  if (typeof separator !== 'string') return undefined;
  return items(parts)
    .map((part) => (typeof part === 'string' ? part : 'reference'))
    .join(separator);
};

/** The logical id that `{"Fn::GetAtt": [id, attribute]}` or `{"Ref": id}` names. */
export const referred = (value: unknown): string | undefined => {
  const { Ref, 'Fn::GetAtt': attribute } = fields(value);
  const [id] = Ref === undefined ? items(attribute) : [Ref];
  return typeof id === 'string' ? id : undefined;
};
