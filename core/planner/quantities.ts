/** What work takes, in the quantities that are paid for: as it is predicted, and what runs take by their seconds. */
import type { ContainerSize } from '../job/container.ts';
import { type Recognition, recognisedQuantity } from '../job/recognition.ts';
import { fargateBilledSeconds, fargateDisk, fargateStartSeconds, lambdaVcpus, throughput } from './capacity.ts';
import type { Placement } from './placement.ts';
import type { Prediction } from './predict.ts';
import { addQuantities, type AwsCapacity, type Billing, onAws, type Quantities } from './price.ts';

/** The functions beside the runner, as lib/stacks sets them. */
export const smallGb = { workflow: 0.5, transfer: 1 } as const;
/** Assumed of one step of the workflow function: it waits for the job store. */
const stepSeconds = 0.3;
/** A write to a task's row, which is read back before; rows are a few kilobytes. */
export const unitsPerWrite = 4;
/** Of one attempt, beside its tasks: its states, the steps of the workflow function, and writes to the job's row. */
const ofJob = { transitions: 14, steps: 4, writes: 8 } as const;
/** Of each task: its state and the next one, and a share of its group and stage. */
export const transitionsPerTask = 2.2;
/** Of a container: its end is looked at. */
const transitionsPerContainer = 3.2;

export const runnerSeconds = (seconds: number, { lambda }: AwsCapacity): Quantities => ({
  'lambda.compute': (seconds * lambda.memoryMb) / 1024,
  'lambda.storage': (seconds * Math.max(0, lambda.storageMb - 512)) / 1024,
  'lambda.requests': 1,
});

/** Of a task that works for so long in a container of its own. */
export const containerSeconds = (
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
export const transitionsOf = ({ fargate }: AwsCapacity, inContainer: boolean): number =>
  (inContainer ? transitionsPerContainer : transitionsPerTask) + (fargate ? 1 : 0);

export const smallSeconds = (seconds: number, gb: number, runs: number): Quantities => ({
  'lambda.compute': seconds * gb,
  'lambda.requests': runs,
});

export const jobQuantities: Quantities = addQuantities([
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
