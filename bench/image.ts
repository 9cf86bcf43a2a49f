/** The runner's image: how large it is, how soon it answers first, and what an invocation costs beside its work. */
import { exec } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { aFetchResult, aFetchTask, aJob, jobId, runId } from '#test/support/records.ts';
import { startImageServices } from '#test/support/image-services.ts';
import { noImage, openRunnerImage, runAsLambda, runAsTask, type Container } from '#test/support/runner-image.ts';
import { cpuSecondsOf, median, rounded } from './measure.ts';
import { startReport } from './report.ts';

const starts = Number(process.argv[2] ?? 9);
const invocations = 300;
const missing = noImage();
if (missing) throw new Error(`The image cannot be built: ${missing}.`);

const report = startReport('image');
const image = await openRunnerImage();
const services = await startImageServices(image.gateway);
const mb = (bytes: number): number => Math.round(bytes / 1e6);
const sizeOf = async (tag: string): Promise<number> =>
  Number(await image.engine.docker('image', 'inspect', '--format', '{{.Size}}', tag));

/** As a registry keeps it and a host fetches it. */
const compressedSizeOf = async (tag: string): Promise<number> => {
  const { stdout } = await promisify(exec)(`docker save ${tag} | gzip | wc -c`, { env: image.engine.env });
  return Number(stdout);
};

const partsOf = async (): Promise<Readonly<Record<string, number>>> => {
  const container = await image.run({
    as: 'function',
    entrypoint: 'du',
    words: ['--summarize', '--bytes', '/opt/bin', '/opt/lib', '/var/task', '/var/lang', '/var/runtime'],
  });
  await container.ended();
  const lines = (await container.log()).split('\n').map((line) => line.split('\t'));
  await container.remove();
  return Object.fromEntries(lines.map(([bytes, folder]) => [folder ?? '', mb(Number(bytes))]));
};

/** When the container's first process began, in milliseconds since the epoch, to a hundredth of a second. */
const begunAt = async (container: Container): Promise<number> => {
  const stat = readFileSync(`/proc/${await container.pid()}/stat`, 'utf8');
  const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  const [uptime] = readFileSync('/proc/uptime', 'utf8').split(' ');
  return Date.now() - Number(uptime) * 1000 + ticks * 10;
};

/** A task that has succeeded: to be asked for it again costs what an invocation costs, and no work. */
const finished = { jobId: jobId(1), attempt: 1, taskId: 'input-video' } as const;
const claim = { ...finished, runner: runId(1) };
const now = new Date().toISOString();
await services.stores.jobs.create(aJob({ status: 'running', attempt: 1 }));
await services.stores.jobs.saveTasks(finished.jobId, [aFetchTask()]);
await services.stores.jobs.claimTask(claim, { now, leaseUntil: now });
await services.stores.jobs.finishTask(claim, { at: now, result: aFetchResult() });

const epoch = (moment: number): number => performance.timeOrigin + moment;

interface Cold {
  readonly readyMs: number;
  readonly answeredMs: number;
  readonly cpuMs: number;
}

/** A container that has never run, to its first answer. */
const coldStart = async (event: unknown, other: Parameters<typeof runAsLambda>[2] = {}): Promise<Cold> => {
  const started = await runAsLambda(image, services.env, other);
  const begun = await begunAt(started.container);
  const { error } = await started.invoke(event);
  const answered = epoch(performance.now());
  const cpuMs = cpuSecondsOf(await started.container.pid()) * 1000;
  if (error) throw new Error(error.errorMessage);
  const readyMs = epoch(await started.ready) - begun;
  await started.close();
  return { readyMs, answeredMs: answered - begun, cpuMs };
};

/** What the service itself takes: the same container and runtime, with a handler that does nothing. */
const scratch = await mkdtemp(join(tmpdir(), 'kinoduct-bench-image-'));
const nothing = join(scratch, 'nothing.mjs');
await writeFile(nothing, 'export const handler = async () => ({});\n');
await chmod(scratch, 0o755);
const empties: Cold[] = [];
const cold: Cold[] = [];
for (let n = 0; n < starts; n += 1) {
  empties.push(await coldStart({}, { words: ['nothing.handler'], mounts: { '/var/task/nothing.mjs': nothing } }));
  cold.push(await coldStart(finished));
}
await rm(scratch, { recursive: true });

const lambda = await runAsLambda(image, services.env);
const timesOf = async (event: unknown): Promise<readonly number[]> => {
  const times: number[] = [];
  for (let n = 0; n < invocations; n += 1) times.push((await lambda.invoke(event)).ms);
  return times.slice(50).toSorted((a, b) => a - b);
};
// Refused before anything is asked of a service.
const empty = await timesOf({});
const asked = await timesOf(finished);
await lambda.close();

const tasks: number[] = [];
for (let n = 0; n < 5; n += 1) {
  const start = performance.now();
  await (await runAsTask(image, services.env, finished)).ended();
  tasks.push(performance.now() - start);
}

const sizes = {
  imageMb: mb(await sizeOf(image.tag)),
  baseMb: mb(await sizeOf(image.baseTag)),
  compressedMb: mb(await compressedSizeOf(image.tag)),
  parts: await partsOf(),
};
await services.close();
await image.close();

const of = (times: readonly number[], share: number): number => times[Math.floor(times.length * share)] ?? 0;
const ms = (value: number): string => `${rounded(value, value < 10 ? 1 : 0)} ms`;
const medianOf = (list: readonly Cold[], key: keyof Cold): number => median(list.map((each) => each[key]));
const beside = medianOf(cold, 'answeredMs') - medianOf(empties, 'answeredMs');
const besideCpu = medianOf(cold, 'cpuMs') - medianOf(empties, 'cpuMs');
const ours = sizes.imageMb - sizes.baseMb;

await report({
  title: 'The image of the runner',
  how: `The image of \`functions/ffmpeg-runner/Dockerfile\` on a base laid out as AWS’s (Debian, node, \`aws-lambda-ric\`), with the small FFmpeg of \`layers/ffmpeg/Dockerfile\` vendored; run as Lambda does, with a read-only root, no privileges and 3008 MB. Medians of ${starts} cold starts and ${invocations} invocations of each kind. An invocation asks for a task that has been done: it asks the store over the network, and does no work. The service’s own is what the same container and runtime take to answer with a handler that does nothing.`,
  rows: [
    { what: 'image, unpacked', measured: `${sizes.imageMb} MB`, target: '< 350 MB', met: sizes.imageMb < 350 },
    { what: 'of it ours and FFmpeg; the rest is the base', measured: `${ours} MB`, target: '-', met: true },
    { what: 'image, compressed', measured: `${sizes.compressedMb} MB`, target: '-', met: true },
    {
      what: 'cold: until its first answer, beside the service’s own',
      measured: ms(beside),
      target: '< 400 ms',
      met: beside < 400,
    },
    { what: 'cold: the processor’s part of that', measured: ms(besideCpu), target: '-', met: true },
    {
      what: 'cold: all of it, from the start of the first process',
      measured: ms(medianOf(cold, 'answeredMs')),
      target: '-',
      met: true,
    },
    {
      what: 'warm: an empty invocation, median',
      measured: ms(of(empty, 0.5)),
      target: '< 5 ms',
      met: of(empty, 0.5) < 5,
    },
    { what: 'warm: an empty invocation, 95 of 100 within', measured: ms(of(empty, 0.95)), target: '-', met: true },
    { what: 'warm: with its questions to the store, median', measured: ms(of(asked, 0.5)), target: '-', met: true },
    {
      what: 'as a container task: start of the container to its end',
      measured: ms(median(tasks)),
      target: '-',
      met: true,
    },
  ],
  raw: {
    sizes,
    cold,
    empties,
    warm: { empty: [of(empty, 0.5), of(empty, 0.95)], asked: [of(asked, 0.5), of(asked, 0.95)] },
    tasks,
  },
});
