/**
 * How the time to make a film grows with its length, with many workers: `npm run bench -- growth [<rounds>]`. Measured
 * are CPU seconds of the real tasks, as one core takes them; what a cloud adds is modelled and says so.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JoinTask, Plan } from '#core/job/plan.ts';
import { joinedFile, type JoinPiece } from '#core/media/mp4/join.ts';
import { parseSampleTable } from '#core/media/mp4/sample-table.ts';
import { type Capacity, lambdaLimits, lambdaVcpus, throughput } from '#core/planner/capacity.ts';
import { readIndex } from '#core/usecases/read-index.ts';
import { benchClip } from './clip.ts';
import { longFilm, standIns } from './long-film.ts';
import { cpuSecondsOf, median, rounded, runFfmpeg } from './measure.ts';
import { chunksIn, type OpenFilm, openFilm, planFilm, runMeasured } from './pieces.ts';
import { writePlot } from './plot.ts';
import { startReport } from './report.ts';
import { colors } from './svg.ts';

const rounds = Number(process.argv[2] ?? 3);
const minutes = [1, 4, 15, 60, 240, 600];
const pieceSeconds = 10;
const quiet = ['-nostdin', '-v', 'error', '-y'];
const output = { type: 'video', encode: { preset: 'mp4', speed: 'veryfast' } };
/** Of a usual film of 720 lines; the long ones have nothing in them. */
const sourceBytesPerSecond = 5_000_000 / 8;

/** Functions as they are deployed where nothing is said, all of them for one job. */
const lambda = { memoryMb: 3008, storageMb: 10_240, share: 1, architecture: 'x86_64' } as const;
const workerCounts = [40, 500, 1000] as const;
type Workers = (typeof workerCounts)[number];
const withWorkers = (concurrency: number): Capacity => ({
  kind: 'aws',
  lambda: { ...lambda, concurrency },
  fargate: null,
});

/**
 * What a cloud adds; assumed, not measured: three containers start one after the other, eight transitions of a Standard
 * state machine, five hundred tasks started a second, what S3 takes for a request and gives to one reader, and sixteen
 * copies of 80 ms at once. Functions of 3008 MB have 1.7 processors, of which one helps what runs in one thread; plans
 * are made by a function of 512 MB.
 */
const cloud = {
  coldSeconds: 3 * 1.5,
  transitionSeconds: 8 * 0.03,
  startsPerSecond: 500,
  requestSeconds: 0.06,
  bytesPerSecond: 80 * 2 ** 20,
  copySeconds: 0.08 / 16,
  leastPartBytes: 5 * 2 ** 20,
  encoding: throughput(lambdaVcpus(lambda.memoryMb)),
  planning: 512 / lambdaLimits.mbPerVcpu,
} as const;

const cpuOf = <T>(work: () => T): { readonly cpu: number; readonly made: T } => {
  const before = process.cpuUsage();
  const made = work();
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / 1e6, made };
};

const joinIn = (plan: Plan): JoinTask => {
  const join = plan.tasks.find((task): task is JoinTask => task.kind === 'join');
  if (!join) throw new Error(`it is not cut: ${plan.warnings.join()}`);
  return join;
};

/** The pieces of a film of 720 lines: CPU seconds of the slowest and of all, and their bytes. */
const measurePieces = async (clip: string) => {
  const cpu = new Map<string, number[]>();
  let bytes = 0;
  for (let n = 0; n < rounds; n += 1) {
    const film = await openFilm(clip);
    try {
      const plan = planFilm(film, output, pieceSeconds);
      await film.runner.save(...plan.tasks);
      const made = joinIn(plan).picture.map(({ task }) => task);
      bytes = 0;
      for (const id of made) {
        const { cost, result } = await runMeasured(film, id);
        cpu.set(id, [...(cpu.get(id) ?? []), cost.cpuSeconds]);
        bytes += Object.values(result.outputs ?? {}).reduce((sum, { files }) => sum + (files[0]?.bytes ?? 0), 0);
      }
    } finally {
      await film.close();
    }
  }
  const each = [...cpu.values()].map(median);
  return {
    each,
    slowest: Math.max(...each),
    perSecond: each.reduce((sum, seconds) => sum + seconds, 0) / (each.length * pieceSeconds),
    bytesPerSecond: bytes / (each.length * pieceSeconds),
  };
};

/** FFmpeg's concat demuxer over so many files of ten seconds, with the index in front as ours has it. */
const measureConcat = async (clip: string, pieces: number): Promise<number> => {
  const own = await mkdtemp(join(tmpdir(), 'kinoduct-concat-'));
  try {
    const files = Array.from({ length: 6 }, (_, n) => `piece${n}.mp4`);
    for (const [n, file] of files.entries())
      await runFfmpeg(
        [...quiet, '-ss', String(n * pieceSeconds), '-i', clip, '-t', String(pieceSeconds), '-c', 'copy', file],
        own,
      );
    const list = Array.from({ length: pieces }, (_, n) => `file '${files[n % files.length]}'\n`).join('');
    await writeFile(join(own, 'list.txt'), list);
    const words = ['-f', 'concat', '-safe', '0', '-i', 'list.txt', '-c', 'copy', '-movflags', '+faststart', 'out.mp4'];
    const before = cpuSecondsOf('self');
    await runFfmpeg([...quiet, ...words], own);
    return cpuSecondsOf('self') - before;
  } finally {
    await rm(own, { recursive: true });
  }
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

/** What is done after the pictures, in CPU seconds: the slowest piece of the sound, and the join with all its checks. */
const measureRest = async (film: OpenFilm, plan: Plan) => {
  const join = joinIn(plan);
  await film.runner.save(...plan.tasks.map(ofSource));
  let soundCpu = 0;
  for (const { task } of join.sound) soundCpu = Math.max(soundCpu, (await runMeasured(film, task)).cost.cpuSeconds);
  const tables = await standIns(film, join);
  const { cost } = await runMeasured(film, join.id);
  return { soundCpu, joinCpu: cost.cpuSeconds, headCpu: await measureHead(film, join, tables) };
};

interface Length {
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

const measureLength = async (length: number): Promise<Length> => {
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

/** The slope of a line through the logarithms. */
const exponent = (points: readonly (readonly [number, number])[]): number => {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const [mx, my] = [0, 1].map((at) => logs.reduce((sum, each) => sum + (each[at] ?? 0), 0) / logs.length);
  const over = logs.reduce((sum, [x, y]) => sum + (x - (mx ?? 0)) * (y - (my ?? 0)), 0);
  return over / logs.reduce((sum, [x]) => sum + (x - (mx ?? 0)) ** 2, 0);
};

const report = startReport('growth');
const clip = await benchClip(60);
const pieces = await measurePieces(clip);
const concatCpu = await measureConcat(clip, 360);
const lengths: Length[] = [];
for (const length of minutes) {
  lengths.push(await measureLength(length));
  console.log(JSON.stringify(lengths.at(-1)));
}

const chunkCpu = (seconds: number): number => (pieces.slowest * seconds) / pieceSeconds;
/** Index, plan, the slowest piece of the pictures, then of the sound, and join, each on one core. */
const path = ({ indexCpu, planCpu, exact }: Length): readonly [number, number][] =>
  exact ? [[exact.chunks, indexCpu + planCpu + chunkCpu(exact.chunkSeconds) + exact.soundCpu + exact.joinCpu]] : [];

/** What the store does of a join. */
const storedSeconds = (chunks: number, seconds: number): number => {
  const bytes = pieces.bytesPerSecond * seconds;
  return bytes / chunks < cloud.leastPartBytes ? (2 * bytes) / cloud.bytesPerSecond : chunks * cloud.copySeconds;
};
/** Seconds, by what takes them. */
const modelled = ({ minutes: length, indexCpu, planCpu, plans, rest }: Length, workers: Workers) => {
  const { chunks, chunkSeconds } = plans[workers];
  const waves = Math.ceil(chunks / workers);
  const made = chunkSeconds * pieces.bytesPerSecond;
  const piece = 2 * cloud.requestSeconds + chunkCpu(chunkSeconds) / cloud.encoding + made / cloud.bytesPerSecond;
  return {
    start: cloud.coldSeconds + cloud.transitionSeconds,
    plan: cloud.requestSeconds + indexCpu + planCpu / cloud.planning,
    dispatch: Math.min(chunks, workers) / cloud.startsPerSecond,
    make: waves * piece + rest.soundCpu + 2 * cloud.requestSeconds,
    join: rest.joinCpu + storedSeconds(chunks, length * 60),
  };
};
const total = (parts: ReturnType<typeof modelled>): number => Object.values(parts).reduce((sum, part) => sum + part, 0);
const oneEncode = (length: number): number => pieces.perSecond * length * 60;

const grown = exponent(lengths.flatMap((each) => path(each).map(([, seconds]) => [each.minutes, seconds] as const)));
const growth = (workers: Workers): number =>
  exponent(lengths.map((each) => [each.minutes, total(modelled(each, workers))]));
const cold = growth(1000);
const hour = lengths.find((each) => each.minutes === 60)?.exact;
const share = (hour?.headCpu ?? NaN) / concatCpu;

const lineOf = (workers: Workers, color: string, label: string) => ({
  label,
  color,
  dashed: true,
  points: lengths.map((each) => [each.minutes, total(modelled(each, workers))] as const),
});
await writePlot('growth', {
  title: 'Time to make a film, by its length',
  subtitle:
    '720p at x264 veryfast. Solid: CPU seconds that were measured. Dashed: AWS, modelled from them, cold starts included',
  x: {
    label: 'length of the film',
    ticks: [
      [1, '1 min'],
      [4, '4 min'],
      [15, '15 min'],
      [60, '1 h'],
      [240, '4 h'],
      [600, '10 h'],
    ],
  },
  y: {
    label: 'time to make it',
    ticks: [
      [1, '1 s'],
      [10, '10 s'],
      [60, '1 min'],
      [600, '10 min'],
      [3600, '1 h'],
      [36_000, '10 h'],
    ],
  },
  lines: [
    {
      label: 'one FFmpeg, one core',
      color: colors.plain,
      points: minutes.map((length) => [length, oneEncode(length)]),
    },
    lineOf(40, colors.soft, '40 functions'),
    lineOf(500, colors.second, '500 functions'),
    lineOf(1000, colors.ours, '1000 functions'),
    {
      label: 'longest path, one core',
      color: colors.target,
      points: lengths.flatMap((each) => path(each).map(([, seconds]) => [each.minutes, seconds] as const)),
    },
  ],
});

const told = (seconds: number): string =>
  seconds < 100
    ? `${rounded(seconds, 1)} s`
    : seconds < 6000
      ? `${rounded(seconds / 60, 1)} min`
      : `${rounded(seconds / 3600, 1)} h`;
await report({
  title: 'How the time to make a film grows with its length',
  how: `CPU seconds of the real tasks, as one core of this machine takes them. What a piece costs is that of the slowest of ${pieces.each.length} pieces of a clip of 1280x720 at x264 veryfast (medians of ${rounds} rounds), by its length; index, plan, sound and join, with every check of the join, are those of films of the very length. Up to an hour in pieces of ${pieceSeconds} s. "Modelled" is AWS: as many pieces as the planner makes for so many functions of ${lambda.memoryMb} MB, all of them for this job, and assumed ${cloud.coldSeconds} s for three cold starts, ${rounded(cloud.transitionSeconds, 2)} s for transitions, ${cloud.startsPerSecond} tasks started a second, ${1000 * cloud.requestSeconds} ms a request and 80 MB/s from S3, a plan made on ${rounded(cloud.planning, 2)} of a processor, ${rounded(cloud.encoding, 2)} processors' work from the 1.7 of a function.`,
  plot: 'Time by length, of one FFmpeg and in pieces',
  rows: [
    {
      what: 'growth exponent of index, plan, slowest piece, sound and join, 1 to 60 min',
      measured: String(rounded(grown)),
      target: '≤ 0.05',
      met: grown <= 0.05,
    },
    {
      what: 'the same with cold starts and dispatch, modelled with 1000 functions, 1 min to 10 h',
      measured: String(rounded(cold)),
      target: '≤ 0.2',
      met: cold <= 0.2,
    },
    {
      what: 'with 500, which is what one job may take where nothing is said',
      measured: String(rounded(growth(500))),
      target: '-',
      met: true,
    },
    {
      what: "join of one hour, by the CPU of FFmpeg's concat demuxer",
      measured: `1/${rounded(1 / share, 1)} (${rounded(hour?.headCpu ?? NaN)} s of ${rounded(concatCpu, 2)} s; with reading all back, ffprobe and decoding 20 joins ${rounded(hour?.joinCpu ?? NaN, 1)} s)`,
      target: '≤ 1/20',
      met: share <= 1 / 20,
    },
  ],
  tables: [
    {
      title: 'By length',
      head: [
        'film',
        'one FFmpeg, one core',
        'longest path on one core, in pieces of 10 s',
        ...workerCounts.map((count) => `modelled, ${count} functions`),
        'pieces (1000)',
        'of that: start, plan, dispatch, make, join',
      ],
      rows: lengths.map((each) => {
        const parts = modelled(each, 1000);
        return [
          told(each.minutes * 60),
          told(oneEncode(each.minutes)),
          path(each)
            .map(([count, seconds]) => `${told(seconds)} (${count})`)
            .join(''),
          ...workerCounts.map((count) => told(total(modelled(each, count)))),
          `${each.plans[1000].chunks} of ${rounded(each.plans[1000].chunkSeconds, 1)} s, sound ${each.plans[1000].sounds}`,
          Object.values(parts)
            .map((part) => rounded(part, 1))
            .join(', '),
        ];
      }),
    },
    {
      title: 'CPU seconds of what is not encoding, with 1000 functions',
      head: ['film', 'index', 'plan', 'slowest piece of sound', 'join and its checks', 'of that the head'],
      rows: lengths.map(({ minutes: length, indexCpu, planCpu, rest }) => [
        told(length * 60),
        ...[indexCpu, planCpu, rest.soundCpu, rest.joinCpu, rest.headCpu].map((cpu) => rounded(cpu, 2).toString()),
      ]),
    },
  ],
  raw: { pieces, concatCpu, cloud, lengths },
});
