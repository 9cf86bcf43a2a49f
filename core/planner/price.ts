/** From quantities to dollars: one way for what is predicted and for what was measured, so that the two can be compared. */
import type { ContainerSize } from '../job/container.ts';
import { type CostItem, CostKind, costUnits, type JobCost } from '../job/cost.ts';
import type { TaskId } from '../job/plan.ts';
import { type Recognition, recognisedQuantity } from '../job/recognition.ts';
import type { JobSpec } from '../job/spec.ts';
import type { TaskRecord } from '../job/state.ts';
import {
  capacityOf,
  type Capacity,
  fargateBilledSeconds,
  fargateDisk,
  fargateStartSeconds,
  lambdaVcpus,
  throughput,
} from './capacity.ts';
import type { Placement } from './placement.ts';
import type { Prediction } from './predict.ts';
import type { Prices } from './prices.ts';

export type Quantities = Readonly<Partial<Record<CostKind, number>>>;

/** What a deployment runs on, and what it pays for that. */
export type Billing = { readonly capacity: Capacity; readonly prices: Prices };

/** The same for one job: its priority decides how much of the functions it may have. */
export const billingFor = ({ capacity, prices }: Billing, { priority }: Pick<JobSpec, 'priority'>): Billing => ({
  capacity: capacityOf(capacity, priority),
  prices,
});

/** The functions beside the runner, as lib/stacks sets them. */
const smallGb = { workflow: 0.5, transfer: 1 } as const;
/** Assumed of one step of the workflow function: it waits for the job store. */
const stepSeconds = 0.3;
/** A write to a task's row, which is read back before; rows are a few kilobytes. */
const unitsPerWrite = 4;
/** Of one attempt, beside its tasks: its states, the steps of the workflow function, and writes to the job's row. */
const ofJob = { transitions: 14, steps: 4, writes: 8 } as const;
/** Of each task: its state and the next one, and a share of its group and stage. */
const transitionsPerTask = 2.2;
/** Of a container: its end is looked at. */
const transitionsPerContainer = 3.2;

/** What the prices of AWS are applied to where the host is one machine: the runner as it is deployed by default. */
const asOnAws: Extract<Capacity, { kind: 'aws' }> = {
  kind: 'aws',
  lambda: { memoryMb: 3008, storageMb: 10_240, concurrency: 1000, share: 0.5, architecture: 'x86_64' },
  fargate: null,
};

const onAws = ({ capacity }: Billing): Extract<Capacity, { kind: 'aws' }> =>
  capacity.kind === 'aws' ? capacity : asOnAws;

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

const runnerSeconds = (seconds: number, { lambda }: Extract<Capacity, { kind: 'aws' }>): Quantities => ({
  'lambda.compute': (seconds * lambda.memoryMb) / 1024,
  'lambda.storage': (seconds * Math.max(0, lambda.storageMb - 512)) / 1024,
  'lambda.requests': 1,
});

/** Of a task that works for so long in a container of its own. */
const containerSeconds = (
  { vcpus, memoryMb, storageGb }: ContainerSize,
  busySeconds: number,
  spot: boolean,
): Quantities => {
  const seconds = fargateBilledSeconds(busySeconds);
  const [compute, memory] = [seconds * vcpus, (seconds * memoryMb) / 1024];
  return {
    ...(spot
      ? { 'fargate.spot.compute': compute, 'fargate.spot.memory': memory }
      : { 'fargate.compute': compute, 'fargate.memory': memory }),
    'fargate.storage': seconds * Math.max(0, storageGb - fargateDisk.freeGb),
  };
};

/** Where there are containers, each task is asked where it runs. */
const transitionsOf = ({ fargate }: Extract<Capacity, { kind: 'aws' }>, inContainer: boolean): number =>
  (inContainer ? transitionsPerContainer : transitionsPerTask) + (fargate ? 1 : 0);

const smallSeconds = (seconds: number, gb: number, runs: number): Quantities => ({
  'lambda.compute': seconds * gb,
  'lambda.requests': runs,
});

const jobQuantities: Quantities = addQuantities([
  smallSeconds(ofJob.steps * stepSeconds, smallGb.workflow, ofJob.steps),
  { 'states.transitions': ofJob.transitions, 'database.writes': ofJob.writes * unitsPerWrite },
]);

const bytesPerSecond = 80 * 2 ** 20;
const heartbeatsPerSecond = 1;

/** Seconds that a task takes in the runner's function, or on the machine. */
export const taskSeconds = ({ cpuSeconds, bytesRead, bytesWritten }: Prediction, { capacity }: Billing): number => {
  const vcpus = capacity.kind === 'aws' ? lambdaVcpus(capacity.lambda.memoryMb) : capacity.vcpus;
  const moved = capacity.kind === 'aws' ? 0.1 + (bytesRead + bytesWritten) / bytesPerSecond : 0;
  return cpuSeconds / throughput(vcpus) + moved;
};

/** What a predicted task takes; `files` is how many objects it reads and writes. */
export const predictedQuantities = (
  prediction: Prediction,
  files: { readonly read: number; readonly written: number },
  billing: Billing,
  placement?: Pick<Placement, 'engine' | 'vcpus' | 'memoryMb' | 'storageGb' | 'seconds'>,
): Quantities => {
  const aws = onAws(billing);
  const seconds = taskSeconds(prediction, { ...billing, capacity: aws });
  const inContainer = placement?.engine === 'fargate';
  return addQuantities([
    inContainer
      ? containerSeconds(placement, placement.seconds - fargateStartSeconds, aws.fargate?.spot ?? false)
      : runnerSeconds(seconds, aws),
    {
      'states.transitions': transitionsOf(aws, inContainer),
      's3.writes': files.written,
      's3.reads': files.read,
      'database.writes': (3 + seconds * heartbeatsPerSecond) * unitsPerWrite,
    },
  ]);
};

/** What is kept of a job, for one month, and what a job takes beside its tasks. */
export const jobExtras = (storedBytes: number): Quantities =>
  addQuantities([jobQuantities, { 's3.storage': storedBytes / 1e9 }]);

/** Of an import or a delivery: the transfer function moves the bytes. */
export const transferQuantities = (bytes: number): Quantities =>
  addQuantities([
    smallSeconds(0.5 + bytes / (bytesPerSecond / 4), smallGb.transfer, 1),
    { 'states.transitions': transitionsPerTask, 's3.writes': 1, 's3.reads': 1, 'database.writes': 5 * unitsPerWrite },
  ]);

/** Of a recognise task: it waits for the service, and reads and writes little. */
export const recognitionQuantities = (
  recognition: Recognition,
  { seconds, files }: { readonly seconds: number; readonly files: number },
): Quantities =>
  addQuantities([
    smallSeconds(seconds, smallGb.transfer, 1),
    {
      'states.transitions': transitionsPerTask,
      's3.writes': 1,
      's3.reads': files,
      'database.writes': (3 + seconds * heartbeatsPerSecond) * unitsPerWrite,
      [`recognition.${recognition.kind}`]: recognisedQuantity(recognition),
    },
  ]);

const elapsedSeconds = ({ startedAt, endedAt }: TaskRecord): number =>
  startedAt && endedAt ? Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)) / 1000 : 0;

const storedIn = ({ result }: TaskRecord): number =>
  Object.values(result?.outputs ?? {})
    .flatMap(({ files }) => files)
    .reduce((sum, { bytes }) => sum + bytes, 0);

const spoken = ({ task, result }: TaskRecord): Quantities => {
  if (task.kind !== 'import' || !('speech' in task.from) || !result?.imported || result.imported.reused) return {};
  const { provider, text } = task.from.speech;
  if (provider === 'local') return {};
  return { [provider === 'elevenlabs' ? 'speech.elevenlabs' : 'speech.polly']: text.length };
};

const recognised = ({ result }: TaskRecord): Quantities =>
  result?.recognised ? { [`recognition.${result.recognised.kind}`]: result.recognised.quantity } : {};

const measuredTask = (record: TaskRecord, billing: Billing, size: ContainerSize | undefined): Quantities => {
  const { task, result } = record;
  if (record.startedAt === null) return {};
  const measured = result?.measured;
  const seconds = measured ? measured.wallMs / 1000 : elapsedSeconds(record);
  const isTransfer = task.kind === 'import' || task.kind === 'deliver' || task.kind === 'recognise';
  const files = Object.values(result?.outputs ?? {}).reduce((sum, output) => sum + output.files.length, 0);
  const writes = Math.max(files, task.kind === 'fetch' && task.generate ? 1 : 0);
  const aws = onAws(billing);
  const ran = size
    ? containerSeconds(size, seconds, measured?.spot ?? aws.fargate?.spot ?? false)
    : runnerSeconds(seconds, aws);
  return addQuantities([
    isTransfer ? smallSeconds(seconds, smallGb.transfer, 1) : ran,
    {
      'states.transitions': isTransfer ? transitionsPerTask : transitionsOf(aws, size !== undefined),
      's3.writes': writes,
      's3.reads': Math.max(0, (measured?.requests ?? writes + 1) - writes),
      // Every version of a row was written once.
      'database.writes': record.version * unitsPerWrite,
    },
    spoken(record),
    recognised(record),
  ]);
};

/**
 * What the tasks of a job took, as far as it was measured: a run that was lost with its worker left no record. `stored`
 * counts what they keep in the store as well.
 */
export const measuredQuantities = (
  tasks: readonly TaskRecord[],
  billing: Billing,
  {
    attempts,
    stored,
    containers = {},
  }: {
    readonly attempts: number;
    readonly stored: boolean;
    readonly containers?: Readonly<Record<TaskId, ContainerSize>> | undefined;
  },
): Quantities => {
  const bytes = stored ? tasks.reduce((sum, record) => sum + storedIn(record), 0) : 0;
  const perAttempt = Array.from({ length: attempts }, () => jobQuantities);
  return addQuantities([
    ...tasks.map((record) => measuredTask(record, billing, containers[record.id])),
    ...perAttempt,
    { 's3.storage': bytes / 1e9 },
  ]);
};
