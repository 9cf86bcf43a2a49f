/** The runner's image: how large it is, how soon it answers first, and what an invocation costs beside its work. */
import { exec } from 'node:child_process';
import { readFileSync } from 'node:fs';
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

const cold: { readyMs: number; answeredMs: number; cpuMs: number }[] = [];
for (let n = 0; n < starts; n += 1) {
  const lambda = await runAsLambda(image, services.env);
  const begun = await begunAt(lambda.container);
  const { error } = await lambda.invoke(finished);
  const answered = epoch(performance.now());
  const cpuMs = cpuSecondsOf(await lambda.container.pid()) * 1000;
  if (error) throw new Error(error.errorMessage);
  cold.push({ readyMs: epoch(await lambda.ready) - begun, answeredMs: answered - begun, cpuMs });
  await lambda.close();
}

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
const ready = median(cold.map(({ readyMs }) => readyMs));
const answered = median(cold.map(({ answeredMs }) => answeredMs));
const ours = sizes.imageMb - sizes.baseMb;

await report({
  title: 'The image of the runner',
  how: `\`npm run bench -- image\`: \`functions/ffmpeg-runner/Dockerfile\` on a base of packages laid out as AWS's (Debian, node, \`aws-lambda-ric\`), with Debian's FFmpeg vendored; run as Lambda does, with a read-only root, no privileges and 3008 MB, ${starts} cold starts and ${invocations} invocations of each kind. An invocation asks for a task that has been done: it reads the store, over the network, and does no work. Process start to answer: what the service itself takes to bring the image and to make the sandbox comes on top.`,
  rows: [
    { what: 'image, unpacked', measured: `${sizes.imageMb} MB`, target: '< 350 MB', met: sizes.imageMb < 350 },
    { what: 'of it ours and FFmpeg; the rest is the base', measured: `${ours} MB`, target: '-', met: true },
    { what: 'image, compressed', measured: `${sizes.compressedMb} MB`, target: '-', met: true },
    { what: 'cold: until it asks for work', measured: ms(ready), target: '-', met: true },
    { what: 'cold: until its first answer', measured: ms(answered), target: '< 400 ms', met: answered < 400 },
    {
      what: 'cold: processor time until then',
      measured: ms(median(cold.map(({ cpuMs }) => cpuMs))),
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
    warm: { empty: [of(empty, 0.5), of(empty, 0.95)], asked: [of(asked, 0.5), of(asked, 0.95)] },
    tasks,
  },
});
