/** Seconds that a cloud takes to make a film, modelled from CPU seconds that were measured. */
import { lambdaLimits, lambdaVcpus, throughput } from '#core/planner/capacity.ts';
import { lambda, type Length, pieceSeconds, type Workers } from './film-lengths.ts';
import type { Pieces } from './film-pieces.ts';

/**
 * What a cloud adds; assumed, not measured: three containers start one after the other, eight transitions of a Standard
 * state machine, five hundred tasks started a second, what S3 takes for a request and gives to one reader, and thirty-two
 * requests at once, where there are many: copies of 80 ms, or tables of pieces. Functions of 3008 MB have 1.7 processors, of which one helps what runs in one thread; plans
 * are made by a function of 512 MB.
 */
export const cloud = {
  coldSeconds: 3 * 1.5,
  transitionSeconds: 8 * 0.03,
  startsPerSecond: 500,
  requestSeconds: 0.06,
  bytesPerSecond: 80 * 2 ** 20,
  copySeconds: 0.08,
  requestsAtOnce: 32,
  leastPartBytes: 5 * 2 ** 20,
  encoding: throughput(lambdaVcpus(lambda.memoryMb)),
  planning: 512 / lambdaLimits.mbPerVcpu,
} as const;

/** CPU seconds of a piece of that length. */
export const pieceCpu = ({ slowest }: Pieces, seconds: number): number => (slowest * seconds) / pieceSeconds;

/** What the store does of a join. */
const storedSeconds = ({ bytesPerSecond }: Pieces, chunks: number, seconds: number): number => {
  const bytes = bytesPerSecond * seconds;
  return bytes / chunks < cloud.leastPartBytes
    ? (2 * bytes) / cloud.bytesPerSecond
    : (chunks * cloud.copySeconds) / cloud.requestsAtOnce;
};

/** Seconds, by what takes them. */
export const modelled = (
  pieces: Pieces,
  { minutes: length, indexCpu, planCpu, plans, rest }: Length,
  workers: Workers,
) => {
  const { chunks, chunkSeconds } = plans[workers];
  const waves = Math.ceil(chunks / workers);
  const made = chunkSeconds * pieces.bytesPerSecond;
  const piece =
    2 * cloud.requestSeconds + pieceCpu(pieces, chunkSeconds) / cloud.encoding + made / cloud.bytesPerSecond;
  return {
    start: cloud.coldSeconds + cloud.transitionSeconds,
    plan: cloud.requestSeconds + indexCpu + planCpu / cloud.planning,
    dispatch: Math.min(chunks, workers) / cloud.startsPerSecond,
    make: waves * piece + rest.soundCpu + 2 * cloud.requestSeconds,
    join:
      (chunks * cloud.requestSeconds) / cloud.requestsAtOnce +
      (rest.joinCpu - rest.composeCpu) +
      storedSeconds(pieces, chunks, length * 60),
  };
};

export const total = (parts: ReturnType<typeof modelled>): number =>
  Object.values(parts).reduce((sum, part) => sum + part, 0);
