/** What a film of a length takes, in CPU seconds: the real tasks, but of pieces that are alike only one is made. */
import type { JoinTask, Plan } from '#core/job/plan.ts';
import { joinedFile, type JoinPiece } from '#core/media/mp4/join.ts';
import { parseSampleTable } from '#core/media/mp4/sample-table.ts';
import type { Capacity } from '#core/planner/capacity.ts';
import { readIndex } from '#core/usecases/read-index.ts';
import { longFilm, standIns } from './long-film.ts';
import { chunksIn, type OpenFilm, openFilm, planFilm, runMeasured } from './pieces.ts';

export const pieceSeconds = 10;
export const output = { type: 'video', encode: { preset: 'mp4', speed: 'veryfast' } };
/** Of a usual film of 720 lines; the long ones have nothing in them. */
const sourceBytesPerSecond = 5_000_000 / 8;

/** Functions as they are deployed where nothing is said, all of them for one job. */
export const lambda = { memoryMb: 3008, storageMb: 10_240, share: 1, architecture: 'x86_64' } as const;
export const workerCounts = [40, 500, 1000] as const;
export type Workers = (typeof workerCounts)[number];
const withWorkers = (concurrency: number): Capacity => ({
  kind: 'aws',
  lambda: { ...lambda, concurrency },
  fargate: null,
});

const cpuOf = <T>(work: () => T): { readonly cpu: number; readonly made: T } => {
  const before = process.cpuUsage();
  const made = work();
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / 1e6, made };
};

/** Fails where the plan is of a film in one piece. */
export const joinIn = (plan: Plan): JoinTask => {
  const join = plan.tasks.find((task): task is JoinTask => task.kind === 'join');
  if (!join) throw new Error(`it is not cut: ${plan.warnings.join()}`);
  return join;
};

/** From the texts of the tables to the head of the joined file. */
const measureHead = async (film: OpenFilm, join: JoinTask, tables: readonly string[]): Promise<number> => {
  const made = await Promise.all(join.sound.map(({ task }) => film.runner.record(task)));
  const sounds = await Promise.all(
    join.sound.map(async ({ table }, n) => {
      const files = Object.values(made[n]?.result?.outputs ?? {}).flatMap((each) => each.files);
      const key = files.find(({ name }) => name === table)?.key ?? '';
      return new TextDecoder().decode(await film.runner.deps.objects.read(key));
    }),
  );
  const read = (texts: readonly string[], of: JoinTask['sound']): JoinPiece[] =>
    texts.map((text, n) => ({ table: parseSampleTable(text), drop: of[n]?.drop }));
  return cpuOf(() => joinedFile({ picture: read(tables, join.picture), sound: read(sounds, join.sound) })).cpu;
};

interface Tasks {
  readonly chunks: number;
  readonly sounds: number;
  /** Of the longest piece. */
  readonly chunkSeconds: number;
}

/** The tasks of a plan, counted. */
const countsIn = (plan: Plan, seconds: number): Tasks => {
  const chunks = Math.max(1, chunksIn(plan));
  return {
    chunks,
    sounds: plan.tasks.filter(({ id }) => id.startsWith('sound')).length,
    chunkSeconds: seconds / chunks,
  };
};

/** The same task, reading of the source itself what pieces would have left: here they are not made. */
const ofSource = (task: Plan['tasks'][number]): Plan['tasks'][number] =>
  task.kind === 'make'
    ? {
        ...task,
        reads: task.reads.map(({ file, from }) => ({
          file,
          from: 'slice' in from ? { input: from.input, slice: from.slice } : from,
        })),
      }
    : task;

/**
 * What is done after the pictures, in CPU seconds: the slowest piece of the sound, and the join with all its checks; of
 * that, what this machine's store takes to put the pieces together, which S3 does by itself.
 */
const measureRest = async (film: OpenFilm, plan: Plan) => {
  const join = joinIn(plan);
  await film.runner.save(...plan.tasks.map(ofSource));
  const tables = await standIns(film, join);
  let soundCpu = 0;
  for (const { task } of join.sound) soundCpu = Math.max(soundCpu, (await runMeasured(film, task)).cost.cpuSeconds);
  const before = film.composeCpu();
  const { cost } = await runMeasured(film, join.id);
  const composeCpu = film.composeCpu() - before;
  return { soundCpu, joinCpu: cost.cpuSeconds, composeCpu, headCpu: await measureHead(film, join, tables) };
};

export interface Length {
  readonly minutes: number;
  readonly indexCpu: number;
  readonly planCpu: number;
  readonly plans: Readonly<Record<Workers, Tasks>>;
  /** With a thousand workers. */
  readonly rest: Awaited<ReturnType<typeof measureRest>>;
  /** Up to an hour: in pieces of ten seconds. */
  readonly exact: (Tasks & Awaited<ReturnType<typeof measureRest>>) | undefined;
}

/** In pieces of ten seconds, whatever that costs. */
const tenSeconds = (film: OpenFilm, seconds: number): Plan => {
  const workers = Math.floor(seconds / pieceSeconds);
  return planFilm(film, output, pieceSeconds, { kind: 'local', workers, vcpus: 2 * workers });
};

export const measureLength = async (length: number): Promise<Length> => {
  const seconds = length * 60;
  const path = await longFilm(length);
  const open = async (): Promise<OpenFilm> => {
    const film = await openFilm(path);
    return { ...film, probe: { ...film.probe, bytes: seconds * sourceBytesPerSecond } };
  };
  const film = await open();
  const planFor = (workers: number): Plan => planFilm(film, output, pieceSeconds, withWorkers(workers));
  try {
    const before = process.cpuUsage();
    const { result } = await film.runner.record('input-video');
    await readIndex(film.runner.deps.objects, { index: result?.input?.index });
    const plan = planFor(1000);
    const used = process.cpuUsage(before);
    const rest = await measureRest(film, plan);
    const plans = Object.fromEntries(workerCounts.map((count) => [count, countsIn(planFor(count), seconds)])) as Record<
      Workers,
      Tasks
    >; // true: of every count
    const measured = {
      minutes: length,
      indexCpu: film.fetching.cpuSeconds,
      planCpu: (used.user + used.system) / 1e6,
      plans,
      rest,
    };
    const fine = tenSeconds(film, seconds);
    if (length > 60) return { ...measured, exact: undefined };
    if (chunksIn(fine) === plans[1000].chunks) return { ...measured, exact: { ...plans[1000], ...rest } };
    const again = await open();
    try {
      return { ...measured, exact: { ...countsIn(fine, seconds), ...(await measureRest(again, fine)) } };
    } finally {
      await again.close();
    }
  } finally {
    await film.close();
  }
};
