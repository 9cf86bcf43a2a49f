/**
 * A job as a user writes it. The whole language is parsed here, so that later work fills in kinds and never
 * changes the shape; what this build cannot do yet is refused by `core/planner/supported.ts`, by name.
 */
import * as z from 'zod';
import { Input } from './inputs.ts';
import { Output } from './outputs.ts';
import { Ref } from './refs.ts';
import { Duration, HttpUrl, Name, Retention, SecretRef } from './values.ts';

const maxMetadataBytes = 4096;

const Json = z.json();

const Matrix = z.strictObject({
  axes: z.record(Name, z.array(Ref).min(1).max(100)),
  include: z.array(z.record(Name, Ref)).max(100).optional(),
  exclude: z.array(z.record(Name, Ref)).max(100).optional(),
  only: z
    .array(z.int().min(1))
    .min(1)
    .max(10_000)
    .optional()
    .describe('Makes these variants only, by their numbers; the others keep theirs.'),
});

export const Priority = z.enum(['low', 'normal', 'high']);
export type Priority = z.output<typeof Priority>;

const Notify = z.union([z.strictObject({ webhook: HttpUrl }), z.strictObject({ eventBridge: z.literal(true) })]);

/** Where outputs are delivered to. `http://` reaches the servers only that the deployment lists as private. */
export const DeliveryTarget = z
  .string()
  .max(2048)
  .regex(
    /^(?:s3|gdrive|imgur|reddit|https?):\/\//,
    'must start with s3://, gdrive://, imgur://, reddit:// or https://',
  );

const Deliver = z.strictObject({
  to: DeliveryTarget,
  outputs: z.array(Name).min(1).max(50).optional(),
  path: z.string().max(256).optional(),
  secret: SecretRef.optional(),
});

/** Everything of a job but where its media comes from and what is made of it. */
const policy = {
  name: z.string().min(1).max(128).optional(),
  labels: z
    .record(z.string().regex(/^[A-Za-z0-9._-]{1,64}$/), z.string().max(128))
    .refine((labels) => Object.keys(labels).length <= 20, 'must hold at most 20 labels')
    .optional(),
  metadata: Json.refine((value) => JSON.stringify(value).length <= maxMetadataBytes, 'must be at most 4 KB as JSON')
    .optional()
    .describe('Yours: it is stored and echoed.'),
  matrix: Matrix.optional(),
  seed: z.int().min(0).optional().describe('Makes every `pick` repeatable.'),
  optimize: z
    .union([z.enum(['cost', 'speed']), z.strictObject({ finishWithin: Duration })])
    .optional()
    .describe('What long films are encoded in pieces for, by many tasks at once.'),
  priority: Priority.optional().describe(
    'On one machine, tasks of higher priority go first; on AWS, "low" takes half of a job’s share of the runners and "high" twice.',
  ),
  limits: z
    .strictObject({
      maxUsd: z.number().positive().max(100_000).optional(),
      maxSeconds: z.int().min(1).max(86_400).optional(),
      maxVariants: z.int().min(1).max(10_000).optional(),
    })
    .optional(),
  onError: z.enum(['fail', 'continue']).optional().describe('"continue" ends as `partial` where some outputs failed.'),
  reuse: z.boolean().optional().describe('False makes everything anew, also what was made of the same before.'),
  expectPlan: z.string().max(128).optional(),
  notify: z.array(Notify).max(10).optional(),
  deliver: z.array(Deliver).max(10).optional(),
  keep: z
    .strictObject({
      inputs: Retention.optional().describe('Uploads that the job reads are removed so long after it has ended.'),
      outputs: Retention.optional().describe('The job is removed, with all that it made, so long after it has ended.'),
    })
    .optional(),
};

const maxInputs = 50;
const Inputs = z
  .record(Name, Input)
  .refine((inputs) => Object.keys(inputs).length <= maxInputs, 'must hold at most 50 inputs');
const TemplateInputs = z
  .record(Name, z.union([...Input.options, z.array(Input).min(1).max(maxInputs)]))
  .refine((inputs) => Object.values(inputs).flat().length <= maxInputs, 'must hold at most 50 inputs');
const Outputs = z
  .record(Name, Output)
  .refine((outputs) => Object.keys(outputs).length >= 1, 'must name at least one output')
  .refine((outputs) => Object.keys(outputs).length <= 50, 'must hold at most 50 outputs');

/** A job without a template: what templates expand to and what is stored. */
export const JobSpec = z.strictObject({ ...policy, inputs: Inputs, outputs: Outputs }).meta({ id: 'Job' });
export type JobSpec = z.output<typeof JobSpec>;

/** A template with its parameters; `inputs` fills the template's inputs by name. */
export const TemplateCall = z
  .strictObject({
    ...policy,
    template: Name.describe('One that ships, or one of yours.'),
    templateVersion: z.int().min(1).optional().describe('Of one of yours; the newest where it is left out.'),
    params: z.record(Name, Json).optional(),
    inputs: TemplateInputs.default({}).describe('By the names of the template; a list where it takes many.'),
    outputs: Outputs.optional().describe('Further outputs, beside those of the template.'),
  })
  .meta({ id: 'TemplateCall' });
export type TemplateCall = z.output<typeof TemplateCall>;

/** The body of `POST /v1/jobs`. */
export const JobRequest = z.union([JobSpec, TemplateCall]);
export type JobRequest = z.output<typeof JobRequest>;
