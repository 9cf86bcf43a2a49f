/**
 * What encoding each clip once saves where a matrix makes many films of few clips: 3 × 3 × 2 variants with music and a
 * voice, against the same films made one by one. `node bench/variants.ts [<runs>]`.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { link, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseProbe } from '#core/ffmpeg/ffprobe.ts';
import { commandsOf } from '#core/job/plan.ts';
import type { Probe } from '#core/media/probe.ts';
import { carryOut } from '#test/support/carry-out.ts';
import { planOf } from '#test/support/plans.ts';
import { benchClip } from './clip.ts';
import { type Cost, costOf, median, rounded, runFfmpeg } from './measure.ts';
import { startReport } from './report.ts';

const runs = Number(process.argv[2] ?? 1);
const most = 0.35;

/** Clips of other sizes and rates, cut out of the clip of all benches. */
const clips = {
  a1: { start: 0, seconds: 4, size: '1280x720', rate: '30' },
  a2: { start: 3, seconds: 5, size: '1920x1080', rate: '25' },
  a3: { start: 6, seconds: 4, size: '720x1280', rate: '30000/1001' },
  b1: { start: 9, seconds: 5, size: '1280x720', rate: '24000/1001' },
  b2: { start: 12, seconds: 6, size: '854x480', rate: '30' },
  b3: { start: 15, seconds: 4, size: '1280x720', rate: '50' },
  c1: { start: 18, seconds: 5, size: '640x360', rate: '30' },
  c2: { start: 21, seconds: 4, size: '1280x720', rate: '30' },
} as const;

const matrix = { axes: { one: ['a1', 'a2', 'a3'], two: ['b1', 'b2', 'b3'], three: ['c1', 'c2'] } };
const film = {
  type: 'video',
  size: { width: 1280, height: 720 },
  fps: 30,
  audio: [
    { from: 'music', gain: 0.2, loop: true, duckUnder: 'voice' },
    { name: 'voice', from: 'voice', start: 1 },
  ],
  encode: 'mp4',
};

const folder = join(dirname(await benchClip(30)), 'variants');

const sourceOf = (name: string): string => join(folder, `${name}.mkv`);

const makeSources = async (): Promise<void> => {
  await mkdir(folder, { recursive: true });
  const make = async (name: string, words: readonly string[]): Promise<void> => {
    if (existsSync(sourceOf(name))) return;
    await runFfmpeg(['-nostdin', '-v', 'error', '-y', ...words, 'draft.mkv'], folder);
    await rename(join(folder, 'draft.mkv'), sourceOf(name));
  };
  const whole = await benchClip(30);
  for (const [name, { start, seconds, size, rate }] of Object.entries(clips)) {
    const picture = ['-vf', `scale=${size.replace('x', ':')},setsar=1`, '-r', rate, '-c:v', 'libx264', '-crf', '18'];
    await make(name, ['-ss', String(start), '-t', String(seconds), '-i', whole, ...picture, '-c:a', 'flac']);
  }
  const tone = (graph: string): string[] => ['-f', 'lavfi', '-i', graph, '-c:a', 'flac'];
  await make('music', tone('aevalsrc=0.3*sin(2*PI*220*t)+0.1*sin(2*PI*331*t):d=6'));
  await make('voice', tone('aevalsrc=0.4*sin(2*PI*900*t)*lt(mod(t\\,0.5)\\,0.3):d=7'));
};

const probeOf = (file: string): Probe => {
  const words = ['-v', 'error', '-show_format', '-show_streams', '-count_packets', '-of', 'json', file];
  return parseProbe(JSON.parse(execFileSync('ffprobe', words, { encoding: 'utf8' })));
};

type Film = { readonly frames: number | null; readonly seconds: number | null };
const lengthOf = (file: string): Film => {
  const { video, durationSeconds } = probeOf(file);
  return { frames: video[0]?.frames ?? null, seconds: durationSeconds };
};

const report = startReport('variants');
await makeSources();
const names = [...Object.keys(clips), 'music', 'voice'];
const probes = Object.fromEntries(names.map((name) => [name, probeOf(sourceOf(name))]));

/** By the plan of the whole job, with the runner's own steps: its checks of every file count. */
const together = async (): Promise<{ cost: Cost; films: Film[]; processes: number }> => {
  const root = await mkdtemp(join(folder, 'together-'));
  try {
    let films: Film[] = [];
    let processes = 0;
    const cost = await costOf('self', async () => {
      const made = await carryOut(
        () => planOf({ ad: { ...film, from: { concat: ['$one', '$two', '$three'] } } }, probes, { rest: { matrix } }),
        { root, sources: sourceOf },
      );
      processes = made.plan.tasks.reduce((sum, task) => sum + commandsOf(task).length, 0);
      films = Array.from({ length: 18 }, (_, n) => lengthOf(made.file(`ad-${n + 1}`)));
    });
    return { cost, films, processes };
  } finally {
    await rm(root, { recursive: true });
  }
};

/** Each film alone: one FFmpeg with a concat filter, the same filters and the same settings. Nothing is checked. */
const apart = async (): Promise<{ cost: Cost; films: Film[] }> => {
  const { one, two, three } = matrix.axes;
  const films: Film[] = [];
  const combinations = one.flatMap((a) => two.flatMap((b) => three.map((c) => [a, b, c])));
  const cost = await costOf('self', async () => {
    for (const concat of combinations) {
      const [task, ...more] = planOf({ ad: { ...film, from: { concat } } }, probes).tasks;
      if (task?.kind !== 'make' || more.length > 0 || task.commands.length !== 1)
        throw new Error('one film alone is one process');
      const at = await mkdtemp(join(folder, 'apart-'));
      try {
        for (const { file, from } of task.reads) if ('input' in from) await link(sourceOf(from.input), join(at, file));
        for (const command of task.commands) await runFfmpeg(command.arguments, at);
        films.push(lengthOf(join(at, 'ad.mp4')));
      } finally {
        await rm(at, { recursive: true });
      }
    }
  });
  return { cost, films };
};

type Pair = { together: Awaited<ReturnType<typeof together>>; apart: Awaited<ReturnType<typeof apart>> };
const pairs: Pair[] = [];
for (let n = 0; n < runs; n += 1) pairs.push({ together: await together(), apart: await apart() });
const ratio = (of: keyof Cost): number => median(pairs.map((pair) => pair.together.cost[of] / pair.apart.cost[of]));
const differing = pairs.flatMap((pair) =>
  pair.together.films.filter(({ frames, seconds }, n) => {
    const other = pair.apart.films[n];
    return frames !== other?.frames || Math.abs((seconds ?? 0) - (other?.seconds ?? 0)) > 0.001;
  }),
);

await report({
  title: 'What encoding each clip once saves',
  how: `18 films of 13 to 16 s (1280x720, 30 pictures a second, x264 medium): every combination of 3 × 3 × 2 clips of several sizes and rates, with music that gives way to a voice; ${runs} times by the plan of one job (${pairs[0]?.together.processes ?? 0} processes, every file checked) and, in turn, one FFmpeg with a concat filter for each film. Medians of the ratios.`,
  rows: [
    {
      what: 'CPU, the job against film by film',
      measured: `× ${rounded(ratio('cpuSeconds'))}`,
      target: `≤ ${most}`,
      met: ratio('cpuSeconds') <= most,
    },
    {
      what: 'wall time, one process after the other',
      measured: `× ${rounded(ratio('wallSeconds'))}`,
      target: '-',
      met: true,
    },
    {
      what: 'films with another number of pictures or another length',
      measured: String(differing.length),
      target: '0',
      met: differing.length === 0,
    },
  ],
  raw: pairs,
});
