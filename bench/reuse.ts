/** What the same job costs the second time, and with one output changed: `npm run bench -- reuse [<rounds>]`. */
import { clientOf } from '#test/e2e/deployment.ts';
import { newDataFolder, removeFolder, startServer } from '#test/support/server.ts';
import { writeBars } from './bars.ts';
import { benchClip } from './clip.ts';
import { type Cost, costOf, median, rounded } from './measure.ts';
import { startReport } from './report.ts';
import { colors } from './svg.ts';

const clipSeconds = 60;
const runs = Number(process.argv[2] ?? 5);

const outputs = {
  mp4: { type: 'video', size: { shortSide: 480 }, encode: 'mp4' },
  abr: { type: 'stream', formats: ['hls', 'dash'], ladder: [{ shortSide: 360 }, { shortSide: 240 }] },
  poster: 'thumb',
  sound: 'm4a',
} as const;

const report = startReport('reuse');
const clip = await benchClip(clipSeconds);
const server = await startServer({ dataFolder: await newDataFolder() });
const client = await clientOf(server, 'bench');
const upload = await client.upload(clip);

/** From the request to the answer that it has ended. */
const submit = (job: { readonly outputs: object; readonly reuse: boolean }): Promise<Cost & { reused: number }> => {
  let reused = 0;
  const cost = costOf(server.pid, async () => {
    const answered = await client.submit({ inputs: { in: upload }, ...job });
    const ended = answered.endedAt === null ? await client.ended(answered.id) : answered;
    if (ended.status !== 'succeeded') throw new Error(`the job ended as ${ended.status}: ${ended.error?.message}`);
    reused = Object.values(ended.outputs).filter((output) => output.reused).length;
  });
  return cost.then((spent) => ({ ...spent, reused }));
};

const rounds: Record<'first' | 'second' | 'changed', Cost & { reused: number }>[] = [];
for (let n = 0; n < runs; n += 1) {
  // Another poster each time, so that exactly one output of the changed job is new.
  const changed = { ...outputs, poster: { type: 'image', at: n + 1, size: { width: 320 } } };
  rounds.push({
    first: await submit({ outputs, reuse: false }),
    second: await submit({ outputs, reuse: true }),
    changed: await submit({ outputs: changed, reuse: true }),
  });
}
await server.end('SIGTERM');
await removeFolder(server.dataFolder);

const middle = (of: 'first' | 'second' | 'changed', what: keyof Cost): number =>
  median(rounds.map((round) => round[of][what]));
const ms = Math.round(1000 * middle('second', 'wallSeconds'));
const ratio = (of: 'second' | 'changed', what: keyof Cost): number =>
  median(rounds.map((round) => round[of][what] / round.first[what]));
const counts = (of: 'second' | 'changed'): string => [...new Set(rounds.map((round) => round[of].reused))].join(', ');

const told = (seconds: number): string =>
  seconds < 0.0995 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
await writeBars('reuse', {
  title: 'The same job again',
  subtitle: `${clipSeconds} s of 720p to an MP4, a stream of two renditions, a poster and the sound; medians of ${runs} rounds`,
  panels: [
    { title: 'until it has ended', told },
    { title: 'CPU', told },
  ],
  groups: [
    {
      bars: (
        [
          ['made for the first time', 'first', colors.other],
          ['with another poster', 'changed', colors.second],
          ['the same again', 'second', colors.ours],
        ] as const
      ).map(([label, of, color]) => ({
        label,
        color,
        values: [middle(of, 'wallSeconds'), middle(of, 'cpuSeconds')],
      })),
    },
  ],
  names: 190,
});
await report({
  title: 'What the same job costs again',
  how: `A clip of ${clipSeconds} s (1280x720) to an MP4, a stream of two renditions, a poster and its sound: made anew, asked for again, and asked for with another poster, ${runs} times. Medians; wall time is from \`POST /v1/jobs\` to the answer that the job has ended.`,
  plot: 'Time and CPU of a job that is made, made again with another poster, and asked for again',
  rows: [
    { what: 'the same job again', measured: `${ms} ms`, target: '≤ 200 ms', met: ms <= 200 },
    {
      what: 'encodes of the same job again',
      measured: counts('second') === '4' ? '0' : `only ${counts('second')} of 4 outputs reused`,
      target: '0',
      met: counts('second') === '4',
    },
    {
      what: 'its CPU, by the first',
      measured: `× ${rounded(ratio('second', 'cpuSeconds'), 4)}`,
      target: '≤ 0.02',
      met: ratio('second', 'cpuSeconds') <= 0.02,
    },
    {
      what: `CPU with one output changed, by the first (${counts('changed')} of 4 outputs reused)`,
      measured: `× ${rounded(ratio('changed', 'cpuSeconds'), 3)}`,
      target: '≤ 0.10',
      met: ratio('changed', 'cpuSeconds') <= 0.1,
    },
  ],
  raw: { rounds },
});
