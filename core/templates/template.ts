/**
 * A template is a job with declared parameters. It is plain data, so that what ships and what people will store
 * themselves are the same thing: a string `"{{name}}"` in its outputs stands for the value of that parameter.
 */
import * as z from 'zod';
import { Owner } from '../job/ids.ts';
import { Name } from '../job/values.ts';

/** A parameter's schema: the part of JSON Schema that a form needs. */
export const Parameter = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('integer'),
    description: z.string(),
    default: z.int(),
    minimum: z.int(),
    maximum: z.int(),
  }),
  z.strictObject({
    type: z.literal('string'),
    description: z.string(),
    default: z.string(),
    enum: z.array(z.string()).min(1),
  }),
]);
export type Parameter = z.output<typeof Parameter>;

export const Template = z
  .strictObject({
    name: Name,
    summary: z.string(),
    inputs: z
      .record(Name, z.strictObject({ summary: z.string() }))
      .describe('What a job must name; where there is only one, any name will do.'),
    params: z.record(Name, Parameter),
    outputs: z.record(Name, z.json()).describe('As in a job; "{{name}}" stands for a parameter.'),
  })
  .meta({ id: 'Template' });
export type Template = z.output<typeof Template>;

/** A template that somebody stored: one of its versions. */
export const StoredTemplate = z.strictObject({
  owner: Owner,
  /** From 1, rising by one with each `PUT`. */
  version: z.int().min(1),
  template: Template,
  createdAt: z.iso.datetime(),
});
export type StoredTemplate = z.output<typeof StoredTemplate>;
