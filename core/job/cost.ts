/** What a job costs, in dollars, and what that is made of. */
import * as z from 'zod';

export const CostKind = z.enum([
  'lambda.compute',
  'lambda.storage',
  'lambda.requests',
  'fargate.compute',
  'fargate.memory',
  'fargate.spot.compute',
  'fargate.spot.memory',
  'fargate.storage',
  'states.transitions',
  's3.writes',
  's3.reads',
  's3.storage',
  'database.writes',
  'speech.polly',
  'speech.elevenlabs',
  'recognition.labels',
  'recognition.moderation',
  'recognition.transcript',
]);
export type CostKind = z.output<typeof CostKind>;

/** What one of each kind is. */
export const costUnits: Readonly<Record<CostKind, string>> = {
  'lambda.compute': 'GB-second',
  'lambda.storage': 'GB-second',
  'lambda.requests': 'request',
  'fargate.compute': 'vCPU-second',
  'fargate.memory': 'GB-second',
  'fargate.spot.compute': 'vCPU-second',
  'fargate.spot.memory': 'GB-second',
  'fargate.storage': 'GB-second',
  'states.transitions': 'transition',
  's3.writes': 'request',
  's3.reads': 'request',
  's3.storage': 'GB-month',
  'database.writes': 'write unit',
  'speech.polly': 'character',
  'speech.elevenlabs': 'character',
  'recognition.labels': 'picture',
  'recognition.moderation': 'picture',
  'recognition.transcript': 'second',
};

export const CostItem = z
  .strictObject({ kind: CostKind, quantity: z.number().min(0), unit: z.string(), usd: z.number().min(0) })
  .meta({ id: 'CostItem' });
export type CostItem = z.output<typeof CostItem>;

export const JobCost = z
  .strictObject({
    currency: z.literal('USD'),
    estimate: z.number().min(0).nullable().describe('As it was planned; null before.'),
    actual: z.number().min(0).nullable().describe('From what was measured; null until the job has ended.'),
    onAws: z
      .number()
      .min(0)
      .nullable()
      .describe('Of one machine, where work is free: what the same would have cost on AWS. Null on AWS.'),
    pricesAsOf: z.iso.date(),
    items: z.array(CostItem).describe('What the actual cost is made of; of the estimate until then.'),
  })
  .meta({ id: 'JobCost' });
export type JobCost = z.output<typeof JobCost>;
