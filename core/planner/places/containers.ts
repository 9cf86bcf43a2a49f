/** Work in one container, of each size that has room for it. */
import {
  type FargateCapacity,
  fargateBilledSeconds,
  fargateDisk,
  fargateSizes,
  fargateStartSeconds,
  fargateStepGb,
  throughput,
} from '../capacity.ts';
import { mostTaskSeconds } from '../limits.ts';
import type { Prices } from '../prices.ts';
import { type Candidate, margin, type Placement, durationText, transferSeconds, type Work } from './place.ts';

const gigabyte = 2 ** 30;

export const inContainers = (work: Work, fargate: FargateCapacity, prices: Prices): Candidate[] => {
  const storageGb = Math.max(
    fargateDisk.freeGb + 1,
    Math.ceil((1.2 * (work.sourceBytes + work.outputBytes)) / 1e9) + 2,
  );
  const memoryGb = work.memoryBytes / gigabyte;
  const isArm = fargate.architecture === 'arm64';
  const vcpuHour = isArm ? prices.fargateVcpuHourArm : prices.fargateVcpuHourX86;
  const gbHour = isArm ? prices.fargateGbHourArm : prices.fargateGbHourX86;
  const spot = fargate.spot ? prices.fargateSpotShare : 1;
  return fargateSizes
    .filter(({ vcpus, mostGb }) => vcpus <= fargate.vcpus && mostGb >= memoryGb)
    .map(({ vcpus, leastGb }): Candidate => {
      const step = fargateStepGb(vcpus);
      const gb = leastGb + Math.max(0, Math.ceil((memoryGb - leastGb) / step)) * step;
      const busy =
        transferSeconds(work.sourceBytes) +
        (work.seconds * work.cpuSecondsPerSecond) / throughput(vcpus) +
        transferSeconds(work.outputBytes);
      const hours = fargateBilledSeconds(busy) / 3600;
      const disk = (storageGb - fargateDisk.freeGb) * prices.fargateDiskGbHour;
      const problem: Placement['problem'] =
        storageGb > fargateDisk.mostGb
          ? {
              code: 'limit.storage',
              detail: `It needs about ${storageGb} GB of disk, and a Fargate task has at most 200.`,
            }
          : busy * margin > mostTaskSeconds
            ? {
                code: 'limit.time',
                detail: `It takes about ${durationText(busy)} in one piece, and a task may run for 6 hours.`,
              }
            : null;
      return {
        engine: 'fargate',
        chunkSeconds: null,
        chunks: 1,
        parallel: 1,
        threads: null,
        vcpus,
        memoryMb: gb * 1024,
        storageGb: Math.min(storageGb, fargateDisk.mostGb),
        seconds: fargateStartSeconds + busy,
        usd: hours * ((vcpus * vcpuHour + gb * gbHour) * spot + disk) + 2 * prices.stateTransition,
        problem,
      };
    });
};
