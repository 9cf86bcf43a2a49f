/** What a deployment has to work with, and what AWS allows of it. Placement keeps within this; nothing else knows it. */
import type { Priority } from '../job/spec.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const lambdaLimits = { seconds: 900, memoryMb: 10_240, storageMb: 10_240, mbPerVcpu: 1769 } as const;

/**
 * https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html, and how much of it an attempt at a job takes:
 * a task that succeeds leaves seven events, two more for each choice before it, and three more each time it is repeated;
 * the ids of all tasks (of at most 80 characters) lie in the state twice while a stage is picked.
 */
export const stateMachineLimits = {
  events: 25_000,
  payloadBytes: 262_144,
  inlineConcurrency: 40,
  eventsPerTask: 12,
  eventsPerGroup: 6,
  eventsPerContainer: 20,
  eventsPerStage: 20,
  eventsOfJob: 500,
  idBytes: 83,
} as const;

/** The most tasks of one job: both the events and the payload hold them, and a Map of Maps runs them at once. */
export const mostTasks = 1500;
/** The most of them that run in containers, each of which may have to wait for the one before it. */
export const mostContainers = 150;

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html; x86 and arm alike. */
export const fargateSizes: readonly { readonly vcpus: number; readonly leastGb: number; readonly mostGb: number }[] = [
  { vcpus: 1, leastGb: 2, mostGb: 8 },
  { vcpus: 2, leastGb: 4, mostGb: 16 },
  { vcpus: 4, leastGb: 8, mostGb: 30 },
  { vcpus: 8, leastGb: 16, mostGb: 60 },
  { vcpus: 16, leastGb: 32, mostGb: 120 },
];
/** Sizes of 8 and 16 vCPU come in steps of 4 and 8 GB, the others in steps of 1 GB. */
export const fargateStepGb = (vcpus: number): number => (vcpus >= 16 ? 8 : vcpus >= 8 ? 4 : 1);
export const fargateDisk = { freeGb: 20, mostGb: 200 } as const;
/** Assumed: from the request until the task works, of which half is billed. The least that is billed is documented. */
const fargateBilling = { startSeconds: 45, leastSeconds: 60 } as const;
export const fargateStartSeconds = fargateBilling.startSeconds;

/** What is billed of a task that works for so long. */
export const fargateBilledSeconds = (busySeconds: number): number =>
  Math.max(fargateBilling.leastSeconds, busySeconds + fargateBilling.startSeconds / 2);

export type LambdaCapacity = {
  readonly memoryMb: number;
  readonly storageMb: number;
  /** Runs of the runner's function at once: what is reserved for it, else the account's concurrency. */
  readonly concurrency: number;
  /** How much of that one job may take, 0..1. */
  readonly share: number;
  readonly architecture: 'x86_64' | 'arm64';
};

export type FargateCapacity = {
  /** The largest task that may be started. */
  readonly vcpus: number;
  /** Of all tasks that run at once: the account's quota. */
  readonly concurrentVcpus: number;
  readonly spot: boolean;
  readonly architecture: 'x86_64' | 'arm64';
};

export type Capacity =
  | { readonly kind: 'aws'; readonly lambda: LambdaCapacity; readonly fargate: FargateCapacity | null }
  | {
      readonly kind: 'local';
      /** Tasks at once, and the processors that they share. */
      readonly workers: number;
      readonly vcpus: number;
    };

/** How many runs of the function one job may have at once. At least one. */
export const jobConcurrency = ({ concurrency, share }: Pick<LambdaCapacity, 'concurrency' | 'share'>): number =>
  Math.max(1, Math.min(mostTasks, Math.floor(concurrency * share)));

/** How many vCPUs of Fargate one job may have at once: its share, but room for one task. */
export const jobVcpus = (
  { vcpus, concurrentVcpus }: Pick<FargateCapacity, 'vcpus' | 'concurrentVcpus'>,
  { share }: Pick<LambdaCapacity, 'share'>,
): number => Math.max(vcpus, Math.floor(concurrentVcpus * share));

/** What a job of that priority may have: its share of the functions is half as much, or twice as much, and never more than all. */
export const capacityOf = (capacity: Capacity, priority: Priority = 'normal'): Capacity => {
  if (capacity.kind === 'local') return capacity;
  const share = Math.min(1, capacity.lambda.share * { low: 0.5, normal: 1, high: 2 }[priority]);
  return { ...capacity, lambda: { ...capacity.lambda, share } };
};

/** What a function of that size computes with. */
export const lambdaVcpus = (memoryMb: number): number => Math.min(6, memoryMb / lambdaLimits.mbPerVcpu);

/** Measured with x264 at 1 and 2 processors; beyond that assumed. An encoder does not keep all of them busy. */
const efficiencies = [
  [1, 1],
  [2, 0.88],
  [3, 0.85],
  [6, 0.75],
  [8, 0.68],
  [16, 0.5],
] as const;

/** CPU seconds that a single FFmpeg does in a second on so many processors. */
export const throughput = (vcpus: number): number => {
  if (vcpus <= 1) return vcpus;
  const next = efficiencies.findIndex(([count]) => count >= vcpus);
  const [above, before] = [efficiencies[next], efficiencies[next - 1]];
  if (!above || !before) return 16 * 0.5;
  const part = (vcpus - before[0]) / (above[0] - before[0]);
  return vcpus * (before[1] + part * (above[1] - before[1]));
};
