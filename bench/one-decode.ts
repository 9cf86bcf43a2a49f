/**
 * What sharing a decode saves: the planner's own arguments for several outputs together, against those for each output
 * alone. `node bench/one-decode.ts [<runs>]`. The frames that a storyboard would tile stand in for the sprite.
 */
import { execFileSync } from 'node:child_process';
import { parseProbe } from '#core/ffmpeg/ffprobe.ts';
import { commandsOf } from '#core/job/plan.ts';
import type { Probe } from '#core/media/probe.ts';
import { planOf } from '#test/support/plans.ts';
import { benchClip } from './clip.ts';
import { type Cost, median, rounded } from './measure.ts';
import { runPlain } from './plain.ts';
import { startReport } from './report.ts';

const clipSeconds = 30;
const runs = Number(process.argv[2] ?? 3);
const speeds = ['veryfast', 'fast'] as const;
/** The slower the encoder, the smaller the share of what is decoded and scaled once: the target is for the first. */
const targets: Readonly<Partial<Record<(typeof speeds)[number], number>>> = { veryfast: 0.8 };

const outputsAt = (speed: (typeof speeds)[number]): Record<string, unknown> => {
  const encode = { preset: 'mp4', speed };
  return {
    r720: { type: 'video', audio: 'none', encode },
    r480: { type: 'video', audio: 'none', size: { shortSide: 480 }, encode },
    r240: { type: 'video', audio: 'none', size: { shortSide: 240 }, encode },
    thumbnail: { type: 'image', at: '10%', size: { width: 320 } },
    frames: { type: 'video', audio: 'none', fps: 1, size: { width: 160 }, encode },
    sound: { type: 'audio', encode: 'm4a' },
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

const measured = [];
for (const speed of speeds) {
  const outputs = outputsAt(speed);
  const together = commandsFor(outputs, probe);
  const apart = Object.entries(outputs).flatMap(([name, output]) => commandsFor({ [name]: output }, probe));
  const pairs: { together: Cost; apart: Cost }[] = [];
  for (let n = 0; n < runs; n += 1)
    pairs.push({ together: await runPlain(clip, together), apart: await runPlain(clip, apart) });
  const ratio = (of: keyof Cost): number => median(pairs.map((pair) => pair.together[of] / pair.apart[of]));
  measured.push({
    speed,
    processes: { together: together.length, apart: apart.length },
    cpuRatio: ratio('cpuSeconds'),
    wallRatio: ratio('wallSeconds'),
    pairs,
    commands: { together, apart },
  });
}

await report({
  title: 'What one decode for many outputs saves',
  how: `Three renditions, a thumbnail, one small picture a second and the sound of a clip of ${clipSeconds} s (1280x720, H.264 and AAC), ${runs} times by the planner's command for all of them and, in turn, by its commands for each. Medians of the ratios.`,
  rows: measured.flatMap(({ speed, processes, cpuRatio, wallRatio }) => [
    {
      what: `CPU at x264 ${speed}, ${processes.together} process against ${processes.apart}`,
      measured: `× ${rounded(cpuRatio)}`,
      target: targets[speed] === undefined ? '-' : `≤ ${targets[speed]}`,
      met: cpuRatio <= (targets[speed] ?? Infinity),
    },
    { what: `wall time at x264 ${speed}`, measured: `× ${rounded(wallRatio)}`, target: '-', met: true },
  ]),
  raw: measured,
});
