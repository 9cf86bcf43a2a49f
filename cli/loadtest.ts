/** `npm run loadtest`: how a running Kinoduct answers under load. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { locateFfmpeg } from '#layers/ffmpeg/locate.ts';
import { readConfig } from '#local/config.ts';
import { runningServer } from '#local/lock.ts';
import { localOwner, tokenFile } from '#local/tokens.ts';
import { type Client, kinoductClient } from './client.ts';
import { clipsOf } from './load/clips.ts';
import { type LoadOptions, readLoadOptions, usage } from './load/options.ts';
import { reportLines } from './load/report.ts';
import { loadOfJobs, loadOfPeople } from './load/run.ts';

const env = process.env;
const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());

/** Of the options, or the server that uses the data folder. */
const target = async (options: LoadOptions): Promise<{ url: string; token: string }> => {
  const told = readConfig(options.data === undefined ? [] : ['--data', options.data], env);
  if (!('config' in told)) throw new Error('wrong' in told ? told.wrong : usage);
  const { dataFolder } = told.config;
  const url = options['api-url'] ?? (await runningServer(dataFolder))?.url;
  if (url === undefined)
    throw new Error('No server of Kinoduct runs here. Start one with `npm start`, or name it with --api-url.');
  const file = options.token ?? tokenFile(dataFolder, localOwner);
  return { url, token: env['KINODUCT_TOKEN'] ?? (await readFile(file, 'utf8')).trim() };
};

/** A line a second, until the signal. */
const monitor = async (client: Client, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    const answer = await client.request('GET', '/v1/stats').catch(() => undefined);
    if (answer?.ok) console.log(`  ${new Date().toISOString()}  ${JSON.stringify(await answer.json())}`);
    await setTimeout(1000, undefined, { signal }).catch(() => undefined);
  }
};

const loadTest = async (options: LoadOptions): Promise<number> => {
  const { signal } = stopped;
  const client = kinoductClient({ ...(await target(options)), signal });
  const cacheDir = join(import.meta.dirname, '../.cache');
  const { ffmpeg } = await locateFfmpeg({ cacheDir, env, log: console.log, allowInstall: true });
  const folder = await mkdtemp(join(tmpdir(), 'kinoduct-load-'));
  const over = new AbortController();
  try {
    const load = { client, signal, newClip: await clipsOf(ffmpeg, folder, options['video-size']) };
    const start = performance.now();
    if (options.monitor) void monitor(client, AbortSignal.any([signal, over.signal]));
    const record = await (options.users === undefined ? loadOfJobs(load, options) : loadOfPeople(load, options));
    for (const line of reportLines(record, (performance.now() - start) / 1000)) console.log(line);
    return record.failures().size === 0 ? 0 : 1;
  } finally {
    over.abort();
    await rm(folder, { recursive: true, force: true });
  }
};

const told = readLoadOptions(process.argv.slice(2));
if ('help' in told) console.log(usage);
else if ('wrong' in told) {
  console.error(`${told.wrong}\n\n${usage}`);
  process.exitCode = 1;
} else {
  try {
    process.exitCode = await loadTest(told.options);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
