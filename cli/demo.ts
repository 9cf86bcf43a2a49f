/** `npm run demo`: a video through Kinoduct on this machine, from upload to checked outputs. */
import { readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { once } from 'node:events';
import { locateFfmpeg } from '#layers/ffmpeg/locate.ts';
import type { LocalConfig } from '#local/config.ts';
import { runningServer } from '#local/lock.ts';
import { type Kinoduct, startKinoduct } from '#local/start.ts';
import { localOwner, tokenFile } from '#local/tokens.ts';
import { seconds } from './demo-report.ts';
import { readDemoOptions, usage } from './demo-options.ts';
import { runDemo } from './run-demo.ts';

const say = (line: string): void => console.log(line);
const env = process.env;

const stopped = new AbortController();
const stop = (): void => {
  if (stopped.signal.aborted) process.exit(130); // asked twice
  stopped.abort();
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);

/** A server of ours, or the one that uses the data folder already. */
const server = async (config: LocalConfig): Promise<{ url: string; own?: Kinoduct }> => {
  const running = await runningServer(config.dataFolder);
  if (running) return { url: running.url };
  const own = await startKinoduct(config, { env, say });
  return { url: own.url, own };
};

const demo = async ({ config, video, keep }: { config: LocalConfig; video: string | undefined; keep: boolean }) => {
  const start = performance.now();
  const cacheDir = join(import.meta.dirname, '../.cache');
  const ffmpeg = await locateFfmpeg({ cacheDir, env, log: say, allowInstall: true });
  const { url, own } = await server(config);
  say(`  server   ${url}, data in ${relative('.', config.dataFolder) || '.'}${own ? '' : ' (was running)'}`);
  say(`  ffmpeg   ${ffmpeg.version}`);
  try {
    const token = (await readFile(tokenFile(config.dataFolder, localOwner), 'utf8')).trim();
    const folder = resolve('kinoduct-demo');
    const done = await runDemo({
      api: { url, token },
      ffmpeg: ffmpeg.ffmpeg,
      video,
      folder,
      say,
      signal: stopped.signal,
    });
    say(`  all      ${seconds((performance.now() - start) / 1000)}`);
    if (keep && own) {
      say(`\nThe server goes on at ${url}; Ctrl-C stops it.`);
      await once(stopped.signal, 'abort');
    }
    return done ? 0 : 1;
  } finally {
    await own?.close();
  }
};

const told = readDemoOptions(process.argv.slice(2), env);
if ('help' in told) say(usage);
else if ('wrong' in told) {
  console.error(`${told.wrong}\n\n${usage}`);
  process.exitCode = 1;
} else {
  try {
    process.exitCode = await demo(told);
  } catch (error) {
    if (stopped.signal.aborted) say('\nStopped.');
    else console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = stopped.signal.aborted ? 130 : 1;
  }
}
