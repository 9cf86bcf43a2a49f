/** One video through the API, step by step, with a line for each step. */
import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { isTerminal } from '#core/job/state.ts';
import type { JobView } from '#core/job/view.ts';
import { type Client, kinoductClient } from './client.ts';
import { makeClip, makeLogo } from './clip.ts';
import { demoJob } from './demo-job.ts';
import { failureLines, outputLines, seconds, timingLine } from './demo-report.ts';
import { type ProgressBar, progressBar } from './progress-bar.ts';

export interface DemoDeps {
  readonly api: { readonly url: string; readonly token: string };
  readonly ffmpeg: string;
  /** The user's file; undefined where the clip is to be made. */
  readonly video: string | undefined;
  /** Where the outputs are saved. */
  readonly folder: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

const took = async <T>(work: Promise<T>): Promise<readonly [T, string]> => {
  const start = performance.now();
  const result = await work;
  return [result, seconds((performance.now() - start) / 1000)];
};

const say = (deps: DemoDeps, title: string, text: string): void => deps.say(`  ${title.padEnd(8)} ${text}`);

/** The video and the logo on disk, made where the user gave none. */
const sources = async (deps: DemoDeps): Promise<{ video: string; logo: string }> => {
  const logo = join(deps.folder, 'logo.png');
  await makeLogo(deps.ffmpeg, logo, deps.signal);
  if (deps.video !== undefined) return { video: deps.video, logo };
  const video = join(deps.folder, 'clip.mp4');
  const [, time] = await took(makeClip(deps.ffmpeg, video, deps.signal));
  say(deps, 'clip', `${relative('.', video)}, made by FFmpeg in ${time}`);
  return { video, logo };
};

const withBar = async <T>(deps: DemoDeps, title: string, work: (bar: ProgressBar) => Promise<T>): Promise<T> => {
  const bar = progressBar(title, deps.say);
  try {
    return await work(bar);
  } finally {
    bar.stop();
  }
};

const phaseOf = (job: JobView): string => {
  const running = Object.values(job.outputs).filter(({ status }) => status === 'running');
  return running.find(({ phase }) => phase !== 'waiting')?.phase ?? job.status;
};

/** Follows the job to its end; where the demo is stopped before, cancels it. */
const follow = async (deps: DemoDeps, client: Client, id: string): Promise<JobView> => {
  try {
    return await withBar(deps, 'job', (bar) => client.ended(id, (job) => bar.update(job.progress, phaseOf(job))));
  } catch (error) {
    if (deps.signal.aborted) await kinoductClient(deps.api).request('POST', `/v1/jobs/${id}/cancel`);
    throw error;
  }
};

const save = async (deps: DemoDeps, client: Client, job: JobView): Promise<ReadonlyMap<string, string>> => {
  const files = Object.entries(job.outputs).flatMap(
    ([
      output,
      {
        files: [file],
      },
    ]) => (file ? [[output, join(deps.folder, `${output}${extensionOf(file.name)}`)] as const] : []),
  );
  for (const [output, path] of files) await client.save(job.id, output, path);
  return new Map(files.map(([output, path]) => [output, relative('.', path)]));
};

const extensionOf = (name: string): string => name.slice(name.lastIndexOf('.'));

/** Resolves to true where every output that could be made was made. */
export const runDemo = async (deps: DemoDeps): Promise<boolean> => {
  const client = kinoductClient({ ...deps.api, signal: deps.signal });
  await mkdir(deps.folder, { recursive: true });
  const { video, logo } = await sources(deps);
  const uploads = withBar(deps, 'upload', (bar) =>
    Promise.all([client.upload(video, (share) => bar.update(share, relative('.', video))), client.upload(logo)]),
  );
  const [[videoId, logoId], uploadTime] = await took(uploads);
  const start = performance.now();
  const { id } = await client.submit(demoJob(videoId, logoId));
  const job = await follow(deps, client, id);
  const jobTime = seconds((performance.now() - start) / 1000);
  if (!isTerminal(job.status) || job.status !== 'succeeded') {
    deps.say('');
    for (const line of failureLines(job)) deps.say(line);
    return false;
  }
  const files = await save(deps, client, job);
  deps.say('');
  for (const line of outputLines(job, files)) deps.say(line);
  deps.say('');
  say(deps, 'took', `upload ${uploadTime}, job ${jobTime} (${timingLine(job.timings)})`);
  return true;
};
