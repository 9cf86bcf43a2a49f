/**
 * Where one piece of work runs: in one Lambda, in many at once, on Fargate, or on this machine. A pure choice between
 * candidates by predicted seconds and dollars; what would break a limit of AWS is no candidate.
 */
import { type Capacity, fargateStartSeconds } from './capacity.ts';
import { inContainers } from './places/containers.ts';
import { inOneFunction, inPieces, pieceCounts } from './places/functions.ts';
import { onThisMachine } from './places/machine.ts';
import { type Candidate, leastChunk, margin, notCut, type Placement, durationText, type Work } from './places/place.ts';
import { listPrices, type Prices } from './prices.ts';

export type { Placement, Work } from './places/place.ts';

export type Optimize = 'cost' | 'speed' | { readonly finishWithin: number } | undefined;

export type PlacementOptions = {
  readonly optimize?: Optimize;
  readonly capacity: Capacity;
  readonly prices?: Prices;
  /** Shorter pieces cost more than they bring. */
  readonly leastChunkSeconds?: number;
};

const cheapest = (candidates: readonly Candidate[]): Candidate | undefined =>
  candidates.toSorted((a, b) => a.usd - b.usd || a.seconds - b.seconds)[0];
const fastest = (candidates: readonly Candidate[]): Candidate | undefined =>
  candidates.toSorted((a, b) => a.seconds - b.seconds || a.usd - b.usd)[0];

/** Of work that takes functions so long, the start of a container is a small part. */
const leastFunctionSeconds = 4 * fargateStartSeconds;
/** A container saves so much of what functions cost, and is done no later than so many times as long as they take. */
const leastSaving = 1 / 3;
const mostDelay = 1.25;

/** Who wishes for nothing is given a container only where functions are no place, or where it is well worth its start. */
const worthwhile = (candidates: readonly Candidate[]): readonly Candidate[] => {
  const functions = candidates.filter(({ engine }) => engine !== 'fargate');
  const [cheap, quick] = [cheapest(functions), fastest(functions)];
  if (!cheap || !quick) return candidates;
  if (quick.seconds < leastFunctionSeconds) return functions;
  const isWorth = ({ seconds, usd }: Candidate): boolean =>
    usd <= (1 - leastSaving) * cheap.usd && seconds <= mostDelay * quick.seconds;
  return candidates.filter((place) => place.engine !== 'fargate' || isWorth(place));
};

/** The one that is wanted, and the wish in words. */
const choose = (candidates: readonly Candidate[], optimize: Optimize): readonly [Candidate | undefined, string] => {
  const quick = fastest(candidates);
  if (optimize === 'cost') return [cheapest(candidates), 'it costs least'];
  if (optimize === 'speed') return [quick, 'it is done first'];
  if (optimize) {
    const { finishWithin } = optimize;
    const inTime = cheapest(candidates.filter(({ seconds }) => seconds * margin <= finishWithin));
    return inTime
      ? [inTime, `it costs least of what is done within ${durationText(finishWithin)}`]
      : [quick, `nothing is sure to be done within ${durationText(finishWithin)}, and this is done first`];
  }
  const places = worthwhile(candidates);
  const inTime = places.filter(({ seconds }) => seconds <= 2 * (fastest(places)?.seconds ?? 0) + 30);
  return [cheapest(inTime), 'it costs least of what is done about as soon as can be'];
};

const named = ({ engine, chunks, chunkSeconds, vcpus, memoryMb }: Candidate): string => {
  const size = `${Math.round(vcpus * 10) / 10} vCPU, ${memoryMb} MB`;
  if (engine === 'fargate') return `One Fargate task of ${size}`;
  if (engine === 'lambda-chunks')
    return `${chunks} pieces of ${durationText(chunkSeconds ?? 0)} in functions of ${size}`;
  return `One function of ${size}`;
};

const inTheCloud = (work: Work, capacity: Extract<Capacity, { kind: 'aws' }>, options: PlacementOptions): Placement => {
  const { lambda, fargate } = capacity;
  const { prices = listPrices, leastChunkSeconds: least = leastChunk } = options;
  const all = [
    inOneFunction(work, lambda, prices),
    ...pieceCounts(work, lambda, least).map((chunks) => inPieces(work, lambda, prices, chunks)),
    ...(fargate ? inContainers(work, fargate, prices) : []),
  ];
  const possible = all.filter(({ problem }) => problem === null);
  const [chosen, wish] = choose(possible, options.optimize);
  // Nothing fits for sure: what comes closest is tried, and the plan says so.
  const taken = chosen ?? fastest(all) ?? inOneFunction(work, lambda, prices);
  const rest = taken.engine === 'lambda-chunks' ? '' : notCut(work, least);
  const why = taken.problem
    ? `${named(taken)}: no place of this deployment is large enough for sure. ${taken.problem.detail}${rest}`
    : `${named(taken)}, about ${durationText(taken.seconds)}: ${wish}.${rest}`;
  return { ...taken, why };
};

/** Chooses. The same work and options give the same answer. */
export const placeWork = (work: Work, options: PlacementOptions): Placement =>
  options.capacity.kind === 'aws'
    ? inTheCloud(work, options.capacity, options)
    : onThisMachine(work, options.capacity, {
        optimize: options.optimize,
        least: options.leastChunkSeconds ?? leastChunk,
      });
