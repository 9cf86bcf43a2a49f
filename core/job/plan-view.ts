/** A plan as its owner sees it before anything runs. */
import * as z from 'zod';
import { Probe } from '../media/probe.ts';
import { CostItem } from './cost.ts';
import { TaskId } from './plan.ts';
import { Name } from './values.ts';

const Band = z
  .strictObject({ low: z.number().min(0), expected: z.number().min(0), high: z.number().min(0) })
  .meta({ id: 'Band', description: 'What is expected, and between what most jobs lie.' });
export type Band = z.output<typeof Band>;

const PlacementView = z
  .strictObject({
    engine: z.enum(['lambda', 'lambda-chunks', 'fargate', 'local']),
    vcpus: z.number(),
    memoryMb: z.int(),
    why: z.string(),
  })
  .meta({ id: 'Placement' });

const TaskView = z
  .strictObject({
    id: TaskId,
    kind: z.enum(['import', 'fetch', 'analyse', 'make', 'join', 'recognise', 'deliver']),
    label: z.string(),
    after: z.array(TaskId).describe('The tasks whose results it reads.'),
    outputs: z.array(Name).describe('The outputs that it writes files of.'),
    commands: z.array(z.array(z.string())).describe('The exact arguments of each run of FFmpeg.'),
    placement: PlacementView.nullable().describe('Null of what needs no FFmpeg.'),
    predicted: z.strictObject({
      seconds: z.number().min(0),
      cpuSeconds: z.number().min(0),
      memoryBytes: z.number().min(0),
      bytesRead: z.number().min(0),
      bytesWritten: z.number().min(0),
    }),
  })
  .meta({ id: 'PlannedTask' });
export type TaskView = z.output<typeof TaskView>;

export const PlanView = z
  .strictObject({
    hash: z
      .string()
      .nullable()
      .describe('For `expectPlan`. Null where the plan depends on what is not known before the job runs.'),
    complete: z.boolean().describe('False where outputs wait for what is found on the way, or for an unknown input.'),
    variants: z.int().min(1),
    inputs: z.record(
      Name,
      z.strictObject({
        status: z.enum(['known', 'expected', 'unknown', 'missing']),
        probe: Probe.nullable(),
        note: z.string().nullable(),
      }),
    ),
    outputs: z.record(
      Name,
      z.strictObject({ status: z.enum(['planned', 'skipped', 'later', 'unknown']), reason: z.string().nullable() }),
    ),
    tasks: z.array(TaskView),
    stages: z.array(z.array(TaskId)).describe('What runs at the same time, one stage after the other.'),
    predicted: z.strictObject({
      seconds: Band.describe('From its start to its end, where workers are free.'),
      bytes: Band.describe('Of what is kept.'),
      usd: Band,
    }),
    cost: z.strictObject({
      currency: z.literal('USD'),
      estimate: z.number().min(0),
      onAws: z.number().min(0).nullable(),
      pricesAsOf: z.iso.date(),
      items: z.array(CostItem),
    }),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'Plan' });
export type PlanView = z.output<typeof PlanView>;
