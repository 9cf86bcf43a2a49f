/** From quantities to dollars: one way for what is predicted and for what was measured, so that the two can be compared. */
import { type CostItem, CostKind, costUnits, type JobCost } from '../job/cost.ts';
import type { JobSpec } from '../job/spec.ts';
import { type Capacity, capacityOf } from './capacity.ts';
import type { Prices } from './prices.ts';

export type Quantities = Readonly<Partial<Record<CostKind, number>>>;

/** What a deployment runs on, and what it pays for that. */
export type Billing = { readonly capacity: Capacity; readonly prices: Prices };

/** The same for one job: its priority decides how much of the functions it may have. */
export const billingFor = ({ capacity, prices }: Billing, { priority }: Pick<JobSpec, 'priority'>): Billing => ({
  capacity: capacityOf(capacity, priority),
  prices,
});

export type AwsCapacity = Extract<Capacity, { kind: 'aws' }>;

/** What the prices of AWS are applied to where the host is one machine: the runner as it is deployed by default. */
const asOnAws: AwsCapacity = {
  kind: 'aws',
  lambda: { memoryMb: 3008, storageMb: 10_240, concurrency: 1000, share: 0.5, architecture: 'x86_64' },
  fargate: null,
};

/** The capacity that is priced: of one machine, what the same would run on there. */
export const onAws = ({ capacity }: Billing): AwsCapacity => (capacity.kind === 'aws' ? capacity : asOnAws);

export const addQuantities = (all: readonly Quantities[]): Quantities => {
  const sum: Partial<Record<CostKind, number>> = {};
  for (const quantities of all)
    for (const kind of CostKind.options) if (quantities[kind]) sum[kind] = (sum[kind] ?? 0) + quantities[kind];
  return sum;
};

const usdOf = (kind: CostKind, { prices, ...billing }: Billing): number => {
  const { lambda, fargate } = onAws({ prices, ...billing });
  const isArm = (fargate ?? lambda).architecture === 'arm64';
  const vcpuSecond = (isArm ? prices.fargateVcpuHourArm : prices.fargateVcpuHourX86) / 3600;
  const gbSecond = (isArm ? prices.fargateGbHourArm : prices.fargateGbHourX86) / 3600;
  const rows: Readonly<Record<CostKind, number>> = {
    'lambda.compute': lambda.architecture === 'arm64' ? prices.lambdaGbSecondArm : prices.lambdaGbSecondX86,
    'lambda.storage': prices.lambdaStorageGbSecond,
    'lambda.requests': prices.lambdaRequest,
    'fargate.compute': vcpuSecond,
    'fargate.memory': gbSecond,
    'fargate.spot.compute': vcpuSecond * prices.fargateSpotShare,
    'fargate.spot.memory': gbSecond * prices.fargateSpotShare,
    'fargate.storage': prices.fargateDiskGbHour / 3600,
    'states.transitions': prices.stateTransition,
    's3.writes': prices.s3Put,
    's3.reads': prices.s3Get,
    's3.storage': prices.s3GbMonth,
    'database.writes': prices.dynamoWrite,
    'speech.polly': prices.pollyNeuralCharacter,
    'speech.elevenlabs': prices.elevenlabsCharacter,
    'recognition.labels': prices.rekognitionPicture,
    'recognition.moderation': prices.rekognitionPicture,
    'recognition.transcript': prices.transcribeSecond,
  };
  return rows[kind];
};

const significant = (value: number): number => Number(value.toPrecision(6));

/** One machine pays for services of others; its own work is free. */
const isFree = (kind: CostKind, { capacity }: Billing): boolean =>
  capacity.kind === 'local' && !/^(?:speech|recognition)\./.test(kind);

export const itemsOf = (quantities: Quantities, billing: Billing): CostItem[] =>
  CostKind.options.flatMap((kind) => {
    const quantity = quantities[kind] ?? 0;
    if (quantity <= 0) return [];
    const usd = isFree(kind, billing) ? 0 : quantity * usdOf(kind, billing);
    return { kind, quantity: significant(quantity), unit: costUnits[kind], usd: significant(usd) };
  });

export const usdIn = (items: readonly CostItem[]): number => significant(items.reduce((sum, { usd }) => sum + usd, 0));

const usdOnAws = (quantities: Quantities, billing: Billing): number =>
  significant(CostKind.options.reduce((sum, kind) => sum + (quantities[kind] ?? 0) * usdOf(kind, billing), 0));

/** The cost of a job as it is planned. */
export const estimatedCost = (quantities: Quantities, billing: Billing): JobCost => {
  const items = itemsOf(quantities, billing);
  return {
    currency: 'USD',
    estimate: usdIn(items),
    actual: null,
    onAws: billing.capacity.kind === 'aws' ? null : usdOnAws(quantities, billing),
    pricesAsOf: billing.prices.asOf,
    items,
  };
};

/** The same job's cost when it has ended. */
export const actualCost = (planned: JobCost | null, quantities: Quantities, billing: Billing): JobCost => {
  const cost = estimatedCost(quantities, billing);
  return { ...cost, estimate: planned?.estimate ?? null, actual: cost.estimate };
};
