/**
 * What sharing a decode saves: the planner's own arguments for several outputs together, against those for each output
 * alone. `npm run bench -- one-decode [<rounds>]`.
 */
import { execFileSync } from 'node:child_process';
import { parseProbe } from '#core/ffmpeg/ffprobe.ts';
import { commandsOf } from '#core/job/plan.ts';
import type { Probe } from '#core/media/probe.ts';
import { planOf } from '#test/support/plans.ts';
import { writeBars } from './bars.ts';
import { benchClip } from './clip.ts';
import { type Cost, median, rounded } from './measure.ts';
import { runPlain } from './plain.ts';
import { startReport } from './report.ts';
import { colors } from './svg.ts';

const clipSeconds = 30;
const rounds = Number(process.argv[2] ?? 3);
/** The slower the encoder, the smaller the share of what is decoded and scaled once. */
const targets = { ultrafast: 0.65, veryfast: 0.8, fast: undefined } as const;
type Speed = keyof typeof targets;
const speeds = Object.keys(targets) as Speed[]; // true: the keys of this very record

/** What a film of 720 lines has on a page: a ladder, a poster, a storyboard and its sound. */
const outputsAt = (speed: Speed): Record<string, unknown> => {
  const encode = { preset: 'mp4', speed };
  const film = { type: 'video', audio: 'none', encode };
  return {
    r720: film,
    r480: { ...film, size: { shortSide: 480 } },
    r360: { ...film, size: { shortSide: 360 } },
    r240: { ...film, size: { shortSide: 240 } },
    poster: { type: 'image', at: '10%', size: { width: 320 } },
    storyboard: { type: 'sprite', every: 1, vtt: true },
    sound: { type: 'audio', encode: { preset: 'm4a', bitrate: '128k' } },
  };
};

/** The commands of a plan for these outputs. */
const commandsFor = (outputs: Record<string, unknown>, probe: Probe): readonly string[][] =>
  planOf(outputs, { in: probe }).tasks.flatMap((task) => commandsOf(task).map((command) => command.arguments));

const probeOf = (file: string): Probe => {
  const words = ['-v', 'error', '-show_format', '-show_streams', '-count_packets', '-of', 'json', file];
  return parseProbe(JSON.parse(execFileSync('ffprobe', words, { encoding: 'utf8' })));
};

const report = startReport('one-decode');
const clip = await benchClip(clipSeconds);
const probe = probeOf(clip);

const commandsAt = (speed: Speed) => {
  const outputs = outputsAt(speed);
  return {
    together: commandsFor(outputs, probe),
    apart: Object.entries(outputs).flatMap(([name, output]) => commandsFor({ [name]: output }, probe)),
  };
};
const work = speeds.map((speed) => {
  const pairs: { together: Cost; apart: Cost }[] = [];
  return { speed, commands: commandsAt(speed), pairs };
});
for (let n = 0; n < rounds; n += 1)
  for (const { commands, pairs } of work)
    pairs.push({ together: await runPlain(clip, commands.together), apart: await runPlain(clip, commands.apart) });

const measured = work.map(({ speed, commands, pairs }) => {
  const ratio = (of: keyof Cost): number => median(pairs.map((pair) => pair.together[of] / pair.apart[of]));
  return {
    speed,
    target: targets[speed],
    processes: { together: commands.together.length, apart: commands.apart.length },
    cpuRatio: ratio('cpuSeconds'),
    wallRatio: ratio('wallSeconds'),
    cpuSeconds: {
      together: median(pairs.map(({ together }) => together.cpuSeconds)),
      apart: median(pairs.map(({ apart }) => apart.cpuSeconds)),
    },
    pairs,
    commands,
  };
});

await writeBars('one-decode', {
  title: 'One decode for a whole page',
  subtitle: `${clipSeconds} s of 720p to four renditions, a poster, a storyboard and the sound: CPU seconds, one process against seven`,
  panels: [{ title: 'CPU seconds', told: (value) => `${value.toFixed(1)} s` }],
  groups: measured.map(({ speed, processes, cpuSeconds, cpuRatio, target }) => ({
    label: `x264 ${speed}: × ${cpuRatio.toFixed(2)}${target === undefined ? '' : ` (target ≤ ${target.toFixed(2)})`}`,
    bars: [
      { label: `${processes.apart} processes`, color: colors.other, values: [cpuSeconds.apart] },
      {
        label: processes.together === 1 ? 'one process' : `${processes.together} processes`,
        color: colors.ours,
        values: [cpuSeconds.together],
      },
    ],
  })),
  names: 120,
});

await report({
  title: 'What one decode for many outputs saves',
  how: `Four renditions, a poster, a storyboard with a tile a second, and the sound as AAC of a clip of ${clipSeconds} s (1280x720, H.264 and AAC), ${rounds} times by the planner's command for all of them and, in turn, by its commands for each. Medians of the ratios.`,
  plot: 'CPU seconds of one process against those of seven',
  rows: measured.flatMap(({ speed, processes, cpuRatio, wallRatio, target }) => [
    {
      what: `CPU at x264 ${speed}, ${processes.together} process against ${processes.apart}`,
      measured: `× ${rounded(cpuRatio)}`,
      target: target === undefined ? '-' : `≤ ${target}`,
      met: cpuRatio <= (target ?? Infinity),
    },
    { what: `wall time at x264 ${speed}`, measured: `× ${rounded(wallRatio)}`, target: '-', met: true },
  ]),
  raw: measured,
});
