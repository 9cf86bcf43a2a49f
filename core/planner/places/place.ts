/** Work, as it is predicted, and a place for it: what every kind of place is told and answers. */

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

export type Engine = 'lambda' | 'lambda-chunks' | 'fargate' | 'local';

export type Placement = {
  readonly engine: Engine;
  /** Null where it is not cut; then `chunks` is 1. */
  readonly chunkSeconds: number | null;
  readonly chunks: number;
  /** How many of them run at once. */
  readonly parallel: number;
  readonly vcpus: number;
  /** Of each codec in each of several pieces; null lets FFmpeg choose. */
  readonly threads: number | null;
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

/** A place that may be chosen. */
export type Candidate = Omit<Placement, 'why'>;

/** Predictions are wrong by so much at times: a run must fit a limit even then. */
export const margin = 1.5;

/** Assumed: what storage gives to one reader. */
export const bytesPerSecond = 80 * 2 ** 20;

export const transferSeconds = (bytes: number): number => 0.06 + bytes / bytesPerSecond;

/** Shorter pieces cost more than they bring. */
export const leastChunk = 10;
/** Measured: what a piece costs beside its pictures, in CPU seconds, Node included. */
export const chunkCpuSeconds = 0.12;
/**
 * Threads for a codec that has so many processors. FFmpeg chooses more than there are, by what it sees and not by what it may
 * use. Measured with x264 at quotas of 1 and 1.7 processors: it takes 10 % and 6 % less time with these. Beyond two it chooses.
 */
export const threadsFor = (vcpus: number): number | null => (vcpus <= 2 ? Math.max(1, Math.ceil(vcpus)) : null);
/** A piece that takes longer is lost for longer when its worker dies. */
export const mostChunkWallSeconds = 300;

/** So many seconds, in words. */
export const durationText = (seconds: number): string =>
  seconds < 90
    ? `${Math.max(1, Math.round(seconds))} s`
    : seconds < 5400
      ? `${Math.round(seconds / 60)} min`
      : `${(seconds / 3600).toFixed(1)} h`;

/** Why work is not cut, where it is not; `least` are the seconds of the shortest piece. */
export const notCut = ({ isCuttable, seconds }: Work, least: number): string => {
  if (isCuttable !== true) return ` It is not cut: ${isCuttable}.`;
  return seconds < 2 * least ? ` It is not cut: it is shorter than ${durationText(2 * least)}.` : '';
};
