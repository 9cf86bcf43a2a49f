/** Work in one function, or in many at once. */
import { jobConcurrency, type LambdaCapacity, lambdaLimits, lambdaVcpus, mostTasks, throughput } from '../capacity.ts';
import type { Prices } from '../prices.ts';
import {
  bytesPerSecond,
  type Candidate,
  chunkCpuSeconds,
  durationText,
  margin,
  mostChunkWallSeconds,
  type Placement,
  threadsFor,
  transferSeconds,
  type Work,
} from './place.ts';

const gigabyte = 2 ** 30;
/** Assumed: a start of the function. */
const coldSeconds = 1.5;
/** Measured: writing the index of a joined hour; a copy of a part is assumed to take 80 ms, 32 of them at once. */
const joinCpuSecondsPerHour = 0.13;
const joinSecondsPerChunk = 0.08 / 32;
const dispatchPerSecond = 500;
/** Of the functions of a job: for the pictures. Stills and the like are made beside them. */
const picturesShare = 0.97;
/** Parts of an object that is joined within S3 are no smaller. */
const leastPartBytes = 5 * 2 ** 20;
/** Lengths of pieces that are worth a look, as multiples of the shortest: some pieces have fewer bytes than others. */
const ladder = [1.2, 1.5, 2, 3, 6, 12, 30, 60, 120] as const;

const lambdaUsd = (
  { memoryMb, storageMb, architecture }: LambdaCapacity,
  prices: Prices,
  use: { readonly seconds: number; readonly runs: number },
): number => {
  const gbSecond = architecture === 'arm64' ? prices.lambdaGbSecondArm : prices.lambdaGbSecondX86;
  const storageGb = Math.max(0, storageMb - 512) / 1024;
  const perSecond = (memoryMb / 1024) * gbSecond + storageGb * prices.lambdaStorageGbSecond;
  return use.seconds * perSecond + use.runs * (prices.lambdaRequest + 2 * prices.stateTransition);
};

/** What a run of the function would break. */
const lambdaProblem = (
  { memoryMb, storageMb }: LambdaCapacity,
  run: { readonly seconds: number; readonly bytes: number; readonly memoryBytes: number },
): Placement['problem'] => {
  if (run.memoryBytes > memoryMb * 2 ** 20)
    return {
      code: 'platform.capacity',
      detail: `It needs about ${Math.ceil(run.memoryBytes / 2 ** 20)} MB of memory, and the function has ${memoryMb}.`,
    };
  if (run.bytes > storageMb * 2 ** 20)
    return {
      code: 'limit.storage',
      detail: `It needs about ${(run.bytes / gigabyte).toFixed(1)} GB of scratch space, and the function has ${(storageMb / 1024).toFixed(1)}.`,
    };
  if (run.seconds * margin > lambdaLimits.seconds - 30)
    return {
      code: 'limit.time',
      detail: `It takes about ${durationText(run.seconds)}, and a function may run for 15 minutes.`,
    };
  return null;
};

export const inOneFunction = (work: Work, lambda: LambdaCapacity, prices: Prices): Candidate => {
  const vcpus = lambdaVcpus(lambda.memoryMb);
  const busy =
    transferSeconds(work.sourceBytes) +
    (work.seconds * work.cpuSecondsPerSecond) / throughput(vcpus) +
    transferSeconds(work.outputBytes);
  return {
    engine: 'lambda',
    chunkSeconds: null,
    chunks: 1,
    parallel: 1,
    vcpus,
    threads: null,
    memoryMb: lambda.memoryMb,
    storageGb: lambda.storageMb / 1024,
    seconds: coldSeconds + busy,
    usd: lambdaUsd(lambda, prices, { seconds: busy, runs: 1 }),
    problem: lambdaProblem(lambda, {
      seconds: busy,
      bytes: work.sourceBytes + work.outputBytes,
      memoryBytes: work.memoryBytes,
    }),
  };
};

/** Functions for the pictures of a job, at once: no wave begins for the sake of what is made beside them. */
const placesOf = (work: Work, lambda: LambdaCapacity): number =>
  Math.max(1, Math.floor((picturesShare * jobConcurrency(lambda)) / (1 + (work.alongside ?? 0))));

/** A store copies pieces by itself where they are large enough; smaller ones are read and written. */
const joinSeconds = ({ seconds, outputBytes, joins = 1 }: Work, chunks: number): number => {
  if (joins === 0) return 0.2;
  const isMoved = outputBytes / joins / chunks < leastPartBytes;
  const copied = isMoved ? (2 * outputBytes) / joins / bytesPerSecond : chunks * joinSecondsPerChunk;
  return 0.2 + joinCpuSecondsPerHour * (seconds / 3600) + copied;
};

export const inPieces = (work: Work, lambda: LambdaCapacity, prices: Prices, chunks: number): Candidate => {
  const share = 1 / (1 + (work.alongside ?? 0));
  const parallel = Math.max(1, Math.min(chunks, Math.floor(jobConcurrency(lambda) * share)));
  const vcpus = lambdaVcpus(lambda.memoryMb);
  const seconds = work.seconds / chunks;
  const bytes = (work.sourceBytes + work.outputBytes) / chunks;
  const busy =
    // The source streams in while it is decoded: only its first bytes are waited for.
    0.06 +
    0.2 * (work.sourceBytes / chunks / bytesPerSecond) +
    (seconds * work.cpuSecondsPerSecond + chunkCpuSeconds) / throughput(vcpus) +
    transferSeconds(work.outputBytes / chunks);
  const joined = joinSeconds(work, chunks);
  return {
    engine: 'lambda-chunks',
    chunkSeconds: seconds,
    chunks,
    parallel,
    vcpus,
    threads: threadsFor(vcpus),
    memoryMb: lambda.memoryMb,
    storageGb: lambda.storageMb / 1024,
    seconds:
      2 * coldSeconds + parallel / dispatchPerSecond + Math.ceil(chunks / placesOf(work, lambda)) * busy + joined,
    usd: lambdaUsd(lambda, prices, { seconds: chunks * busy + joined, runs: chunks + 1 }),
    problem: lambdaProblem(lambda, { seconds: busy, bytes: 1.2 * bytes, memoryBytes: work.memoryBytes }),
  };
};

/** Numbers of pieces that are worth a look, from few to many. */
export const pieceCounts = (work: Work, lambda: LambdaCapacity, least: number): number[] => {
  if (work.isCuttable !== true || work.seconds < 2 * least) return [];
  const perSecond = work.outputBytes / work.seconds;
  const forParts = perSecond > 0 ? leastPartBytes / perSecond : 0;
  const perVcpu = throughput(lambdaVcpus(lambda.memoryMb)) / work.cpuSecondsPerSecond;
  const longest = mostChunkWallSeconds * perVcpu;
  // Parts that are too small are moved by hand, which costs less than pieces that take too long.
  const shortest = Math.min(Math.max(least, Math.min(forParts, 6 * least)), Math.max(least, longest));
  const most = Math.max(1, Math.floor(mostTasks / (1 + (work.alongside ?? 0))) - 10);
  const counts = ladder.map((times) => Math.floor(work.seconds / (shortest * times)));
  const atOnce = placesOf(work, lambda);
  const all = [...counts, atOnce, 2 * atOnce, Math.ceil(work.seconds / longest), most];
  const fits = (count: number): boolean => count >= 2 && count <= most && work.seconds / count >= shortest * 0.999;
  // What is too much work for so few pieces is cut finer, down to the least.
  const finest = Math.min(most, Math.floor(work.seconds / least));
  return [...new Set([...all.filter(fits), ...(finest >= 2 ? [finest] : [])])].toSorted((a, b) => a - b);
};
