/**
 * Where one piece of work runs: in one Lambda, in many at once, on Fargate, or on this machine. A pure choice between
 * candidates by predicted seconds and dollars; what would break a limit of AWS is no candidate.
 */
import {
  type Capacity,
  type FargateCapacity,
  fargateBilledSeconds,
  fargateDisk,
  fargateSizes,
  fargateStartSeconds,
  fargateStepGb,
  jobConcurrency,
  type LambdaCapacity,
  lambdaLimits,
  lambdaVcpus,
  mostTasks,
  throughput,
} from './capacity.ts';
import { mostTaskSeconds } from './limits.ts';
import { listPrices, type Prices } from './prices.ts';

/** What is to be done, predicted. */
export type Work = {
  /** Of the output. */
  readonly seconds: number;
  /** CPU seconds on one processor of the host for each of them. */
  readonly cpuSecondsPerSecond: number;
  readonly sourceBytes: number;
  readonly outputBytes: number;
  /** True, or why it cannot be cut exactly, in plain words. */
  readonly isCuttable: true | string;
  /** Of FFmpeg and Node together. */
  readonly memoryBytes: number;
  /** Other work of the same job that is cut too: together they take no more than one would. */
  readonly alongside?: number;
  /** How many files its pieces are joined to; one where it is left out. Segments of a stream are not joined. */
  readonly joins?: number;
};

export type Optimize = 'cost' | 'speed' | { readonly finishWithin: number } | undefined;

export type PlacementOptions = {
  readonly optimize?: Optimize;
  readonly capacity: Capacity;
  readonly prices?: Prices;
  /** Shorter pieces cost more than they bring. */
  readonly leastChunkSeconds?: number;
};

export type Engine = 'lambda' | 'lambda-chunks' | 'fargate' | 'local';

export type Placement = {
  readonly engine: Engine;
  /** Null where it is not cut; then `chunks` is 1. */
  readonly chunkSeconds: number | null;
  readonly chunks: number;
  /** How many of them run at once. */
  readonly parallel: number;
  readonly vcpus: number;
  readonly memoryMb: number;
  readonly storageGb: number;
  /** Predicted, from its start to its end, joining included. */
  readonly seconds: number;
  readonly usd: number;
  /** In plain words. */
  readonly why: string;
  /** The limit that it would break, where no place is large enough: it may still be tried. */
  readonly problem: {
    readonly code: 'limit.time' | 'limit.storage' | 'platform.capacity';
    readonly detail: string;
  } | null;
};

type Candidate = Omit<Placement, 'why'>;

/** Predictions are wrong by so much at times: a run must fit a limit even then. */
const margin = 1.5;
const gigabyte = 2 ** 30;
/** Assumed: a start of the function, and what storage gives to one reader. */
const coldSeconds = 1.5;
const bytesPerSecond = 80 * 2 ** 20;
/** Measured: what a piece costs beside its pictures, in CPU seconds, Node included. */
const chunkCpuSeconds = 0.12;
/** Measured: writing the index of a joined hour; a copy of a part is assumed to take 80 ms, 16 of them at once. */
const joinCpuSecondsPerHour = 0.13;
const joinSecondsPerChunk = 0.08 / 16;
const dispatchPerSecond = 500;
/** Of the functions of a job: for the pictures. */
const picturesShare = 0.9;
/** Parts of an object that is joined within S3 are no smaller. */
const leastPartBytes = 5 * 2 ** 20;
/** A piece that takes longer is lost for longer when its worker dies. */
const mostChunkWallSeconds = 300;
const leastChunk = 10;
/** Sources below two of the least pieces are not cut. */
const ladder = [1, 1.5, 2, 3, 6, 12, 30, 60, 120] as const;

const text = (seconds: number): string =>
  seconds < 90
    ? `${Math.max(1, Math.round(seconds))} s`
    : seconds < 5400
      ? `${Math.round(seconds / 60)} min`
      : `${(seconds / 3600).toFixed(1)} h`;

const transferSeconds = (bytes: number): number => 0.06 + bytes / bytesPerSecond;

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
      detail: `It takes about ${text(run.seconds)}, and a function may run for 15 minutes.`,
    };
  return null;
};

const inOneLambda = (work: Work, lambda: LambdaCapacity, prices: Prices): Candidate => {
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

/** Functions for the pictures of a job, at once: the sound is made beside them, and no wave begins for its sake. */
const placesOf = (work: Work, lambda: LambdaCapacity): number =>
  Math.max(1, Math.floor((picturesShare * jobConcurrency(lambda)) / (1 + (work.alongside ?? 0))));

/** A store copies pieces by itself where they are large enough; smaller ones are read and written. */
const joinSeconds = ({ seconds, outputBytes, joins = 1 }: Work, chunks: number): number => {
  if (joins === 0) return 0.2;
  const isMoved = outputBytes / joins / chunks < leastPartBytes;
  const copied = isMoved ? (2 * outputBytes) / joins / bytesPerSecond : chunks * joinSecondsPerChunk;
  return 0.2 + joinCpuSecondsPerHour * (seconds / 3600) + copied;
};

const inChunks = (work: Work, lambda: LambdaCapacity, prices: Prices, chunks: number): Candidate => {
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
    memoryMb: lambda.memoryMb,
    storageGb: lambda.storageMb / 1024,
    seconds:
      2 * coldSeconds + parallel / dispatchPerSecond + Math.ceil(chunks / placesOf(work, lambda)) * busy + joined,
    usd: lambdaUsd(lambda, prices, { seconds: chunks * busy + joined, runs: chunks + 1 }),
    problem: lambdaProblem(lambda, { seconds: busy, bytes: 1.2 * bytes, memoryBytes: work.memoryBytes }),
  };
};

/** Numbers of pieces that are worth a look, from few to many. */
const chunkCounts = (work: Work, lambda: LambdaCapacity, least: number): number[] => {
  if (work.isCuttable !== true || work.seconds < 2 * least) return [];
  const perSecond = work.outputBytes / work.seconds;
  const forParts = perSecond > 0 ? leastPartBytes / perSecond : 0;
  const perVcpu = throughput(lambdaVcpus(lambda.memoryMb)) / work.cpuSecondsPerSecond;
  const longest = mostChunkWallSeconds * perVcpu;
  // Parts that are too small are moved by hand, which costs less than pieces that take too long.
  const shortest = Math.min(Math.max(least, Math.min(forParts, 6 * least)), Math.max(least, longest));
  const most = Math.max(1, Math.floor(mostTasks / (1 + (work.alongside ?? 0))) - 10);
  const counts = ladder.map((times) => Math.ceil(work.seconds / (shortest * times)));
  const atOnce = placesOf(work, lambda);
  const all = [...counts, atOnce, 2 * atOnce, Math.ceil(work.seconds / longest), most];
  const fits = (count: number): boolean => count >= 2 && count <= most && work.seconds / count >= shortest * 0.999;
  // What is too much work for so few pieces is cut finer, down to the least.
  const finest = Math.min(most, Math.floor(work.seconds / least));
  return [...new Set([...all.filter(fits), ...(finest >= 2 ? [finest] : [])])].toSorted((a, b) => a - b);
};

const onFargate = (work: Work, fargate: FargateCapacity, prices: Prices): Candidate[] => {
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
                detail: `It takes about ${text(busy)} in one piece, and a task may run for 6 hours.`,
              }
            : null;
      return {
        engine: 'fargate',
        chunkSeconds: null,
        chunks: 1,
        parallel: 1,
        vcpus,
        memoryMb: gb * 1024,
        storageGb: Math.min(storageGb, fargateDisk.mostGb),
        seconds: fargateStartSeconds + busy,
        usd: hours * ((vcpus * vcpuHour + gb * gbHour) * spot + disk) + 2 * prices.stateTransition,
        problem,
      };
    });
};

const cheapest = (candidates: readonly Candidate[]): Candidate | undefined =>
  candidates.toSorted((a, b) => a.usd - b.usd || a.seconds - b.seconds)[0];
const fastest = (candidates: readonly Candidate[]): Candidate | undefined =>
  candidates.toSorted((a, b) => a.seconds - b.seconds || a.usd - b.usd)[0];

/** The one that is wanted, and the wish in words. */
const choose = (candidates: readonly Candidate[], optimize: Optimize): readonly [Candidate | undefined, string] => {
  const quick = fastest(candidates);
  if (optimize === 'cost') return [cheapest(candidates), 'it costs least'];
  if (optimize === 'speed') return [quick, 'it is done first'];
  if (optimize) {
    const { finishWithin } = optimize;
    const inTime = cheapest(candidates.filter(({ seconds }) => seconds * margin <= finishWithin));
    return inTime
      ? [inTime, `it costs least of what is done within ${text(finishWithin)}`]
      : [quick, `nothing is sure to be done within ${text(finishWithin)}, and this is done first`];
  }
  const inTime = candidates.filter(({ seconds }) => seconds <= 2 * (quick?.seconds ?? 0) + 30);
  return [cheapest(inTime), 'it costs least of what is done about as soon as can be'];
};

const named = ({ engine, chunks, chunkSeconds, vcpus, memoryMb }: Candidate): string => {
  const size = `${Math.round(vcpus * 10) / 10} vCPU, ${memoryMb} MB`;
  if (engine === 'fargate') return `One Fargate task of ${size}`;
  if (engine === 'lambda-chunks') return `${chunks} pieces of ${text(chunkSeconds ?? 0)} in functions of ${size}`;
  return `One function of ${size}`;
};

const notCut = ({ isCuttable, seconds }: Work, least: number): string => {
  if (isCuttable !== true) return ` It is not cut: ${isCuttable}.`;
  return seconds < 2 * least ? ` It is not cut: it is shorter than ${text(2 * least)}.` : '';
};

const inTheCloud = (work: Work, capacity: Extract<Capacity, { kind: 'aws' }>, options: PlacementOptions): Placement => {
  const { lambda, fargate } = capacity;
  const { prices = listPrices, leastChunkSeconds: least = leastChunk } = options;
  const all = [
    inOneLambda(work, lambda, prices),
    ...chunkCounts(work, lambda, least).map((chunks) => inChunks(work, lambda, prices, chunks)),
    ...(fargate ? onFargate(work, fargate, prices) : []),
  ];
  const possible = all.filter(({ problem }) => problem === null);
  const [chosen, wish] = choose(possible, options.optimize);
  // Nothing fits for sure: what comes closest is tried, and the plan says so.
  const taken = chosen ?? fastest(all) ?? inOneLambda(work, lambda, prices);
  const rest = taken.engine === 'lambda-chunks' ? '' : notCut(work, least);
  const why = taken.problem
    ? `${named(taken)}: no place of this deployment is large enough for sure. ${taken.problem.detail}${rest}`
    : `${named(taken)}, about ${text(taken.seconds)}: ${wish}.${rest}`;
  return { ...taken, why };
};

/** Pieces keep all workers busy, and a machine that is switched off loses no more than one of them. */
const localChunks = (work: Work, workers: number, options: PlacementOptions): number => {
  const least = options.leastChunkSeconds ?? leastChunk;
  if (work.isCuttable !== true || options.optimize === 'cost' || work.seconds < 6 * least) return 1;
  const wanted = Math.max(workers, Math.ceil(work.seconds / mostChunkWallSeconds));
  const even = Math.ceil(wanted / workers) * workers;
  return Math.max(1, Math.min(even, Math.floor(work.seconds / least), mostTasks));
};

const onThisMachine = (
  work: Work,
  capacity: Extract<Capacity, { kind: 'local' }>,
  options: PlacementOptions,
): Placement => {
  const { workers, vcpus } = capacity;
  const chunks = localChunks(work, workers, options);
  const parallel = Math.min(workers, chunks);
  const cpu = work.seconds * work.cpuSecondsPerSecond + (chunks > 1 ? chunks * chunkCpuSeconds : 0);
  const seconds = cpu / (chunks > 1 ? parallel * throughput(vcpus / parallel) : throughput(vcpus));
  const cut = chunks > 1 ? `, in ${chunks} pieces of ${text(work.seconds / chunks)}, ${parallel} at once` : '';
  return {
    engine: 'local',
    chunkSeconds: chunks > 1 ? work.seconds / chunks : null,
    chunks,
    parallel,
    vcpus,
    memoryMb: Math.ceil(work.memoryBytes / 2 ** 20),
    storageGb: Math.ceil((work.sourceBytes + work.outputBytes) / gigabyte),
    seconds,
    usd: 0,
    why: `This machine${cut}, about ${text(seconds)}.${chunks > 1 ? '' : notCut(work, 3 * (options.leastChunkSeconds ?? leastChunk))}`,
    problem: null,
  };
};

/** Chooses. The same work and options give the same answer. */
export const placeWork = (work: Work, options: PlacementOptions): Placement =>
  options.capacity.kind === 'aws'
    ? inTheCloud(work, options.capacity, options)
    : onThisMachine(work, options.capacity, options);

/** Ids in their order, as lists of at most so many as may run at once: each list is a stage of its own. */
export const inWaves = <T>(items: readonly T[], atOnce: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / atOnce) }, (_, n) => items.slice(n * atOnce, (n + 1) * atOnce));
