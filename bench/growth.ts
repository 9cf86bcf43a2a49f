/**
 * How the time to make a film grows with its length, with many workers: `npm run bench -- growth [<rounds>]`. Measured
 * are CPU seconds of the real tasks, as one core takes them; what a cloud adds is modelled and says so.
 */
import { benchClip } from './clip.ts';
import { cloud, modelled as modelledOf, pieceCpu, total } from './cloud-model.ts';
import { lambda, type Length, measureLength, pieceSeconds, type Workers, workerCounts } from './film-lengths.ts';
import { measureConcat, measurePieces } from './film-pieces.ts';
import { rounded } from './measure.ts';
import { writePlot } from './plot.ts';
import { startReport } from './report.ts';
import { colors } from './svg.ts';

const rounds = Number(process.argv[2] ?? 3);
const minutes = [1, 4, 15, 60, 240, 600];

/** The slope of a line through the logarithms. */
const exponent = (points: readonly (readonly [number, number])[]): number => {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const [mx, my] = [0, 1].map((at) => logs.reduce((sum, each) => sum + (each[at] ?? 0), 0) / logs.length);
  const over = logs.reduce((sum, [x, y]) => sum + (x - (mx ?? 0)) * (y - (my ?? 0)), 0);
  return over / logs.reduce((sum, [x]) => sum + (x - (mx ?? 0)) ** 2, 0);
};

const report = startReport('growth');
/** So that whoever waits sees that it goes on. */
const measured = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
  const start = performance.now();
  process.stdout.write(`${what} … `);
  const made = await work();
  console.log(`${rounded((performance.now() - start) / 1000, 1)} s`);
  return made;
};

const clip = await measured('a clip of a minute', () => benchClip(60));
const pieces = await measured(`its pieces, ${rounds} times`, () => measurePieces(clip, rounds));
const concatCpu = await measured("FFmpeg's concat demuxer over an hour", () => measureConcat(clip, 360));
const lengths: Length[] = [];
for (const length of minutes) lengths.push(await measured(`a film of ${length} min`, () => measureLength(length)));

/** Index, plan, the slowest piece of the pictures, then of the sound, and join, each on one core. */
const path = ({ indexCpu, planCpu, exact }: Length): readonly [number, number][] =>
  exact
    ? [[exact.chunks, indexCpu + planCpu + pieceCpu(pieces, exact.chunkSeconds) + exact.soundCpu + exact.joinCpu]]
    : [];
const modelled = (length: Length, workers: Workers) => modelledOf(pieces, length, workers);
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
  how: `CPU seconds of the real tasks, as one core of this machine takes them. What a piece costs is that of the slowest of ${pieces.each.length} pieces of a clip of 1280x720 at x264 veryfast (medians of ${rounds} rounds), by its length; index, plan, sound and join, with every check of the join, are those of films of the very length. Up to an hour in pieces of ${pieceSeconds} s. "Modelled" is AWS: as many pieces as the planner makes for so many functions of ${lambda.memoryMb} MB, all of them for this job, and assumed ${cloud.coldSeconds} s for three cold starts, ${rounded(cloud.transitionSeconds, 2)} s for transitions, ${cloud.startsPerSecond} tasks started a second, ${1000 * cloud.requestSeconds} ms a request and 80 MB/s from S3, ${cloud.requestsAtOnce} requests at once for copies of ${1000 * cloud.copySeconds} ms and for the tables of pieces, a plan made on ${rounded(cloud.planning, 2)} of a processor, ${rounded(cloud.encoding, 2)} processors' work from the 1.7 of a function.`,
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
