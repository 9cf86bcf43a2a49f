/** What Kinoduct costs beside FFmpeg with the very same arguments: `npm run bench -- overhead [<rounds>]`. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { clientOf } from '#test/e2e/deployment.ts';
import { newDataFolder, removeFolder, type Server, startServer } from '#test/support/server.ts';
import { benchClip } from './clip.ts';
import { type Cost, costOf, median, peakMemoryMb, rounded } from './measure.ts';
import { runPlain } from './plain.ts';
import { startReport } from './report.ts';

const clipSeconds = 60;
const runs = Number(process.argv[2] ?? 3);
const repository = join(import.meta.dirname, '..');

/** Seconds from `npm start` to the line that tells the address. */
const timeToReady = async (): Promise<number> => {
  const dataFolder = await newDataFolder();
  const start = performance.now();
  const child = spawn('npm', ['run', '--silent', 'start', '--', '--port', '0', '--data', dataFolder], {
    cwd: repository,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const seconds = (performance.now() - start) / 1000;
  if (child.pid) process.kill(-child.pid, 'SIGTERM');
  await ended;
  await removeFolder(dataFolder);
  return seconds;
};

/** One job, from the request to the answer that it has ended; and the arguments that FFmpeg got for it. */
const runJob = async (server: Server, upload: string): Promise<{ cost: Cost; commands: readonly string[][] }> => {
  const client = await clientOf(server, 'bench');
  let commands: string[][] = [];
  const cost = await costOf(server.pid, async () => {
    const { id } = await client.submit({ inputs: { in: upload }, outputs: { out: 'mp4' }, reuse: false });
    const job = await client.ended(id);
    if (job.status !== 'succeeded') throw new Error(`the job ended as ${job.status}: ${job.error?.message}`);
    commands = job.outputs['out']?.attestation?.commands ?? [];
  });
  return { cost, commands };
};

const report = startReport('overhead');
const clip = await benchClip(clipSeconds);
const starts: number[] = [];
for (let n = 0; n < 5; n += 1) starts.push(await timeToReady());

const server = await startServer({ dataFolder: await newDataFolder() });
const upload = await (await clientOf(server, 'bench')).upload(clip);
const { commands } = await runJob(server, upload); // warms caches, and tells the arguments
const pairs: { kinoduct: Cost; plain: Cost }[] = [];
for (let n = 0; n < runs; n += 1) {
  const plain = await runPlain(clip, commands);
  const { cost } = await runJob(server, upload);
  pairs.push({ kinoduct: cost, plain });
}
const memoryMb = peakMemoryMb(server.pid);
await server.end('SIGTERM');
await removeFolder(server.dataFolder);

const ratio = (of: keyof Cost): number => median(pairs.map(({ kinoduct, plain }) => kinoduct[of] / plain[of]));
const [cpu, wall, ready] = [ratio('cpuSeconds'), ratio('wallSeconds'), median(starts)];
await report({
  title: 'What Kinoduct costs beside FFmpeg',
  how: `A clip of ${clipSeconds} s (1280x720, H.264 and AAC) to the preset \`mp4\`, ${runs} times by a job and, in turn, by FFmpeg alone with the arguments of the job's attestation. Medians of the ratios. CPU is that of the server and of everything that it started, probing, hashing and checking included; wall time is from \`POST /v1/jobs\` to the answer that the job has ended.`,
  rows: [
    { what: 'CPU, by plain FFmpeg', measured: `× ${rounded(cpu)}`, target: '≤ 1.03', met: cpu <= 1.03 },
    { what: 'wall time, by plain FFmpeg', measured: `× ${rounded(wall)}`, target: '≤ 1.10', met: wall <= 1.1 },
    {
      what: 'peak memory of the server, without FFmpeg',
      measured: `${Math.round(memoryMb)} MB`,
      target: '< 150 MB',
      met: memoryMb < 150,
    },
    {
      what: '`npm start` to ready, median of five',
      measured: `${rounded(ready, 2)} s`,
      target: '< 1.5 s',
      met: ready < 1.5,
    },
  ],
  raw: { pairs, starts, commands },
});
