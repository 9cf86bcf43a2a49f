/**
 * How the time to make a film grows with its length, with as many workers as it has pieces: `node bench/growth.ts`.
 * Measured are CPU seconds of the real tasks, as one core takes them; what a cloud adds is modelled and says so.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JoinTask, Plan } from '#core/job/plan.ts';
import { checkJoined, joinSlices } from '#core/media/mp4/check-join.ts';
import { joinedFile, type JoinPiece } from '#core/media/mp4/join.ts';
import { parseSampleTable, type SampleTable, writeSampleTable } from '#core/media/mp4/sample-table.ts';
import { benchClip } from './clip.ts';
import { type Cost, cpuSecondsOf, rounded, runFfmpeg } from './measure.ts';
import { chunksIn, openFilm, planFilm, runMeasured } from './pieces.ts';
import { writePlot } from './plot.ts';
import { startReport } from './report.ts';

const minutes = [1, 4, 15, 60, 240, 600];
const pieceSeconds = 10;
const quiet = ['-nostdin', '-v', 'error', '-y'];
const output = { type: 'video', encode: { preset: 'mp4', speed: 'veryfast' } };
const folder = join(import.meta.dirname, '../.cache/bench');

/** A film of any length with thirty pictures a second and sound, and next to nothing in them: only their number counts. */
const longFilm = async (length: number): Promise<string> => {
  const [short, long] = [join(folder, 'still.mp4'), join(folder, `still-${length}min.mp4`)];
  await mkdir(folder, { recursive: true });
  if (!existsSync(short)) {
    const picture = ['-f', 'lavfi', '-i', 'color=gray:s=320x180:r=30:d=60', '-f', 'lavfi', '-i', 'sine=d=60:r=48000'];
    const encode = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-g', '60', '-c:a', 'aac', '-b:a', '32k'];
    await runFfmpeg([...quiet, ...picture, ...encode, '-shortest', short], folder);
  }
  if (existsSync(long)) return long;
  const loop = ['-stream_loop', String(length - 1), '-i', short, '-c', 'copy'];
  await runFfmpeg([...quiet, ...loop, '-t', String(length * 60), 'draft.mp4'], folder);
  await rename(join(folder, 'draft.mp4'), long);
  return long;
};

/** The pieces of a film of 720 lines: what each costs, and the tables of the sound and of one piece. */
const measurePieces = async (clip: string) => {
  const film = await openFilm(clip);
  try {
    const plan = planFilm(film, output, pieceSeconds);
    const join = plan.tasks.find((task): task is JoinTask => task.kind === 'join');
    if (!join) throw new Error(`it is not cut: ${plan.warnings.join()}`);
    await film.runner.save(...plan.tasks);
    const costs: { id: string; cost: Cost }[] = [];
    const tables: Record<string, string> = {};
    for (const id of plan.stages.flat()) {
      const { cost, result } = await runMeasured(film, id);
      costs.push({ id, cost });
      for (const { files } of Object.values(result.outputs ?? {}))
        for (const { name, key } of files)
          if (name.endsWith('.json')) tables[name] = new TextDecoder().decode(await film.runner.deps.objects.read(key));
    }
    return {
      costs,
      picture: tables[join.picture[1]?.table ?? ''] ?? '',
      sound: tables[join.sound[0]?.table ?? ''] ?? '',
    };
  } finally {
    await film.close();
  }
};

const cpuOf = <T>(work: () => T): { readonly cpu: number; readonly made: T } => {
  const before = process.cpuUsage();
  const made = work();
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / 1e6, made };
};

/** The same piece, so much later. */
const later = (table: SampleTable, ticks: number): SampleTable => ({
  ...table,
  shown: table.shown.map((time) => time + ticks),
});

/** Joins so many pieces like this one, from the texts of their tables to the check of what was written. */
const measureJoin = (pieces: number, text: { readonly picture: string; readonly sound: string }) => {
  const picture = parseSampleTable(text.picture);
  const sound = parseSampleTable(text.sound);
  const count = picture.shown.length;
  const step = picture.durations[0] ?? 0;
  const first = Math.min(...picture.shown);
  const texts = Array.from({ length: pieces }, (_, n) => writeSampleTable(later(picture, n * count * step - first)));
  const soundStep = sound.shown.length * 1024;
  const soundPieces = Math.ceil((pieces * count * step) / picture.timescale / (soundStep / sound.timescale));
  const sounds = Array.from({ length: soundPieces }, (_, n) => writeSampleTable(later(sound, n * soundStep)));
  const read = (all: readonly string[]): JoinPiece[] => all.map((each) => ({ table: parseSampleTable(each) }));
  const join = cpuOf(() => {
    const loaded = { picture: read(texts), sound: read(sounds) };
    return { loaded, joined: joinedFile(loaded) };
  });
  const { joined, loaded } = join.made;
  const check = cpuOf(() => ({ found: checkJoined(joined.head, loaded), slices: joinSlices(joined.head, loaded) }));
  if (check.made.found.problems.length > 0) throw new Error(check.made.found.problems.join());
  return { joinCpu: join.cpu, checkCpu: check.cpu, headBytes: joined.head.length, bytes: joined.bytes };
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

/** The slope of a line through the logarithms. */
const exponent = (points: readonly (readonly [number, number])[]): number => {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const [mx, my] = [0, 1].map((at) => logs.reduce((sum, each) => sum + (each[at] ?? 0), 0) / logs.length);
  const over = logs.reduce((sum, [x, y]) => sum + (x - (mx ?? 0)) * (y - (my ?? 0)), 0);
  return over / logs.reduce((sum, [x]) => sum + (x - (mx ?? 0)) ** 2, 0);
};

/**
 * What a cloud adds; assumed, not measured: three containers start one after the other, six transitions of a Standard
 * state machine, five hundred tasks started a second, and two virtual processors of which 0.88 are of use.
 */
const cloud = { coldSeconds: 4.5, transitionSeconds: 0.18, startsPerSecond: 500, cores: 2 * 0.88 };

interface Length {
  readonly minutes: number;
  readonly chunks: number;
  readonly chunkSeconds: number;
  readonly indexCpu: number;
  readonly planCpu: number;
  readonly soundCpu: number;
  readonly joinCpu: number;
  readonly checkCpu: number;
}

const chunkSecondsOf = (plan: Plan, seconds: number): number => seconds / Math.max(1, chunksIn(plan));

const report = startReport('growth');
const clip = await benchClip(60);
const { costs, picture, sound } = await measurePieces(clip);
const chunkCosts = costs.filter(({ id }) => id.startsWith('chunk')).map(({ cost }) => cost.cpuSeconds);
const slowest = Math.max(...chunkCosts);
const realJoin = costs.find(({ id }) => id.startsWith('join'))?.cost.cpuSeconds ?? 0;
const perSecond = chunkCosts.reduce((sum, cpu) => sum + cpu, 0) / 60;
const concatCpu = await measureConcat(clip, 360);

const lengths: Length[] = [];
for (const length of minutes) {
  const film = await openFilm(await longFilm(length));
  try {
    const planned = cpuOf(() => planFilm(film, output, pieceSeconds));
    const chunks = Math.max(1, chunksIn(planned.made));
    await film.runner.save(...planned.made.tasks);
    const { cost } = await runMeasured(film, 'sound-out');
    const joined = measureJoin(chunks, { picture, sound });
    lengths.push({
      minutes: length,
      chunks,
      chunkSeconds: chunkSecondsOf(planned.made, length * 60),
      indexCpu: film.fetching.cpuSeconds,
      planCpu: planned.cpu,
      soundCpu: cost.cpuSeconds,
      joinCpu: joined.joinCpu,
      checkCpu: joined.checkCpu,
    });
    console.log(lengths.at(-1));
  } finally {
    await film.close();
  }
}

const hour = lengths.find((each) => each.minutes === 60);
/** Index, plan, the slowest piece or the sound, and join, each on one core. */
const path = ({ chunkSeconds, indexCpu, planCpu, soundCpu, joinCpu, checkCpu }: Length): number =>
  indexCpu + planCpu + Math.max((slowest * chunkSeconds) / pieceSeconds, soundCpu) + joinCpu + checkCpu + realJoin;
const modelled = (each: Length, workers: number, coldSeconds: number): number => {
  const { chunks, chunkSeconds, indexCpu, planCpu, joinCpu, checkCpu, soundCpu } = each;
  const waves = Math.ceil((chunks + 1) / workers);
  const chunk = (slowest * chunkSeconds) / pieceSeconds / cloud.cores;
  const work = Math.max(waves * chunk + Math.min(chunks, workers) / cloud.startsPerSecond, soundCpu / cloud.cores);
  return (
    coldSeconds + cloud.transitionSeconds + (indexCpu + planCpu + joinCpu + checkCpu + realJoin) / cloud.cores + work
  );
};
const oneEncode = (length: number): number => perSecond * length * 60;

const upToHour = lengths.filter((each) => each.minutes <= 60);
const grown = exponent(upToHour.map((each) => [each.minutes, path(each)]));
const cold = exponent(lengths.map((each) => [each.minutes, modelled(each, 1000, cloud.coldSeconds)]));
const share = hour ? hour.joinCpu / concatCpu : NaN;

await writePlot('growth', {
  title: 'Time to make a film of 720 lines, by its length',
  x: {
    label: 'length of the film',
    ticks: [
      [1, '1 min'],
      [4, '4'],
      [15, '15'],
      [60, '1 h'],
      [240, '4 h'],
      [600, '10 h'],
    ],
  },
  y: {
    label: 'time',
    ticks: [
      [1, '1 s'],
      [10, '10 s'],
      [60, '1 min'],
      [600, '10 min'],
      [3600, '1 h'],
      [21_600, '6 h'],
    ],
  },
  lines: [
    { label: 'one FFmpeg, one core', color: '#c0392b', points: minutes.map((length) => [length, oneEncode(length)]) },
    {
      label: 'pieces, 40 workers (model)',
      color: '#8e7cc3',
      dashed: true,
      points: lengths.map((each) => [each.minutes, modelled(each, 40, cloud.coldSeconds)]),
    },
    {
      label: 'pieces, 1000 workers (model)',
      color: '#2e86c1',
      dashed: true,
      points: lengths.map((each) => [each.minutes, modelled(each, 1000, cloud.coldSeconds)]),
    },
    {
      label: 'plan + slowest piece + join',
      color: '#117a65',
      points: lengths.map((each) => [each.minutes, path(each)]),
    },
  ],
});
await report({
  title: 'How the time to make a film grows with its length',
  how: `CPU seconds of the real tasks of this machine, as one core takes them. The pieces are those of a clip of 1280x720 at x264 veryfast (the slowest of ${chunkCosts.length} counts; of films longer than ${pieceSeconds * 1000} s pieces are longer, since there are a thousand workers); indexes, plans, joins and their checks are those of films of the very length. "Modelled" adds what a cloud takes, which is assumed: ${cloud.coldSeconds} s for three cold starts, ${cloud.transitionSeconds} s for transitions, ${cloud.startsPerSecond} tasks started a second, two virtual processors of which ${cloud.cores} are of use. ![time by length](growth.png)`,
  rows: [
    {
      what: 'growth exponent of index, plan, slowest piece and join, 1 to 60 min',
      measured: String(rounded(grown)),
      target: '≤ 0.05',
      met: grown <= 0.05,
    },
    {
      what: 'the same with cold starts and dispatch, modelled, 1 min to 10 h',
      measured: String(rounded(cold)),
      target: '≤ 0.2',
      met: cold <= 0.2,
    },
    {
      what: "join of one hour, by the CPU of FFmpeg's concat demuxer",
      measured: `1/${rounded(1 / share, 1)} (${rounded(hour?.joinCpu ?? NaN)} s of ${rounded(concatCpu, 2)} s)`,
      target: '≤ 1/20',
      met: share <= 1 / 20,
    },
    ...lengths.map((each) => ({
      what: `${each.minutes} min in ${each.chunks} pieces: one FFmpeg on one core, pieces on one core each, modelled with 40 and with 1000 workers`,
      measured: `${rounded(oneEncode(each.minutes), 1)} s, ${rounded(path(each), 2)} s, ${rounded(modelled(each, 40, cloud.coldSeconds), 1)} s, ${rounded(modelled(each, 1000, cloud.coldSeconds), 1)} s`,
      target: '-',
      met: true,
    })),
  ],
  raw: { costs, lengths, slowest, realJoin, perSecond, concatCpu, cloud },
});
