/** Work on one machine, which shares its processors among its workers. */
import { type Capacity, mostTasks, throughput } from '../capacity.ts';
import {
  chunkCpuSeconds,
  mostChunkWallSeconds,
  notCut,
  type Placement,
  durationText,
  threadsFor,
  type Work,
} from './place.ts';

const gigabyte = 2 ** 30;

type Wish = { readonly optimize: unknown; readonly least: number };

/** Pieces keep all workers busy, and a machine that is switched off loses no more than one of them. */
const localChunks = (work: Work, workers: number, { optimize, least }: Wish): number => {
  if (work.isCuttable !== true || optimize === 'cost' || work.seconds < 6 * least) return 1;
  const wanted = Math.max(workers, Math.ceil(work.seconds / mostChunkWallSeconds));
  const even = Math.ceil(wanted / workers) * workers;
  return Math.max(1, Math.min(even, Math.floor(work.seconds / least), mostTasks));
};

export const onThisMachine = (work: Work, capacity: Extract<Capacity, { kind: 'local' }>, wish: Wish): Placement => {
  const { workers, vcpus } = capacity;
  const chunks = localChunks(work, workers, wish);
  const parallel = Math.min(workers, chunks);
  const cpu = work.seconds * work.cpuSecondsPerSecond + (chunks > 1 ? chunks * chunkCpuSeconds : 0);
  const seconds = cpu / (chunks > 1 ? parallel * throughput(vcpus / parallel) : throughput(vcpus));
  const cut = chunks > 1 ? `, in ${chunks} pieces of ${durationText(work.seconds / chunks)}, ${parallel} at once` : '';
  return {
    engine: 'local',
    chunkSeconds: chunks > 1 ? work.seconds / chunks : null,
    chunks,
    parallel,
    vcpus,
    threads: chunks > 1 ? threadsFor(vcpus / workers) : null,
    memoryMb: Math.ceil(work.memoryBytes / 2 ** 20),
    storageGb: Math.ceil((work.sourceBytes + work.outputBytes) / gigabyte),
    seconds,
    usd: 0,
    why: `This machine${cut}, about ${durationText(seconds)}.${chunks > 1 ? '' : notCut(work, 3 * wish.least)}`,
    problem: null,
  };
};
