/** Starts and stops the whole of Kinoduct on a data folder. */
import { join } from 'node:path';
import { systemClock } from '#adapters/system/clock.ts';
import { jsonLog } from '#adapters/system/json-log.ts';
import { ulidIds } from '#adapters/system/ids.ts';
import type { Log } from '#core/ports/log.ts';
import { interruptJobs } from '#core/usecases/interrupt-jobs.ts';
import { sweep, type SweepDeps } from '#core/usecases/sweep.ts';
import type { Transfer } from '#functions/transfer/app.ts';
import { type LocatedFfmpeg, locateFfmpeg } from '#layers/ffmpeg/locate.ts';
import type { LocalConfig } from './config.ts';
import { watchDropFolder } from './drop-folder.ts';
import { consoleLinks } from './console-links.ts';
import { consoleRoutes, linkPath } from './console.ts';
import { closeServer, listen, portOf } from './http-server.ts';
import { type Holder, takeLock } from './lock.ts';
import { fileLog } from './log.ts';
import { systemFacts } from './system-facts.ts';
import { authorizer, localOwner, renewTokens, tokenFile, tokenFor } from './tokens.ts';
import { traced, traceFields } from './trace.ts';
import { buildParts } from './wiring.ts';

export interface Kinoduct {
  readonly url: string;
  readonly tokenFile: string;
  /** Leads into the console, once, whoever opens it. */
  readonly consoleUrl: string;
  /** Files that are put below it become jobs. */
  readonly inbox: string;
  /** Undefined where the log goes to the terminal. */
  readonly logFile: string | undefined;
  readonly ffmpeg: LocatedFfmpeg;
  /** Stops jobs so that the next start goes on with them, and resolves when nothing of it runs any more. */
  close(): Promise<void>;
}

/** Another server uses the data folder. */
class FolderInUse extends Error {
  override readonly name = 'FolderInUse';
  constructor(dataFolder: string, holder: Holder | undefined) {
    const who = holder ? `the process ${holder.pid}, which answers at ${holder.url}` : 'another process';
    super(`${dataFolder} is in use by ${who}.\nStop it, or give this one a folder of its own with --data.`);
  }
}

const sweepEveryMs = 10_000;
/** How long requests that are being answered may go on when the server stops. */
const closeGraceMs = 300;

/** How long a webhook may wait that nothing else sets off. */
const notifyEveryMs = 1000;

/** Sends the webhooks that are due, every second. Resolves to what stops it; one that is under way goes on to its end. */
const keepNotifying = (transfer: Transfer): (() => Promise<void>) => {
  const stop = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      // What fails has been logged, and is due again.
      await transfer({ notify: true }).catch(() => undefined);
      await systemClock.sleep(notifyEveryMs, stop.signal).catch(() => undefined);
    }
  };
  const done = loop();
  return async () => {
    stop.abort();
    await done;
  };
};

/** Sweeps at once, then every ten seconds; no sweep begins before the last has ended. Resolves to what stops it. */
const keepSweeping = (deps: SweepDeps): (() => Promise<void>) => {
  const stop = new AbortController();
  // A sweep that fails is one that the next makes up for.
  const once = (options?: { graceSeconds: number }): Promise<void> =>
    traced(() => sweep(deps, options)).catch((error: unknown) =>
      deps.log.error('sweep failed', { error: String(error) }),
    );
  const loop = async (): Promise<void> => {
    await once({ graceSeconds: 0 }); // no execution has outlived the process before this one
    while (!stop.signal.aborted) {
      await systemClock.sleep(sweepEveryMs, stop.signal).catch(() => undefined);
      if (!stop.signal.aborted) await once();
    }
  };
  const swept = loop();
  return async () => {
    stop.abort();
    await swept;
  };
};

const openLog = ({ log, dataFolder }: LocalConfig): { log: Log; file?: string; close: () => Promise<void> } =>
  log === 'file'
    ? fileLog(dataFolder)
    : { log: jsonLog((line) => process.stdout.write(line), { context: traceFields }), close: async () => undefined };

/** `say` gets lines for the person who waits, where something takes long. Fails with `FolderInUse`. */
export const startKinoduct = async (
  config: LocalConfig,
  { env, say }: { env: Readonly<Record<string, string | undefined>>; say: (line: string) => void },
): Promise<Kinoduct> => {
  const { dataFolder } = config;
  const taken = await takeLock(dataFolder);
  if ('heldBy' in taken) throw new FolderInUse(dataFolder, taken.heldBy);
  const undo: (() => Promise<unknown>)[] = [taken.lock.release];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  try {
    const log = openLog(config);
    undo.push(log.close);
    const cacheDir = join(import.meta.dirname, '../.cache');
    const ffmpeg = await locateFfmpeg({ cacheDir, env, log: say, allowInstall: true });
    let port = config.port;
    const parts = await buildParts({ ...config, ffmpeg, log: log.log, origin: () => `http://127.0.0.1:${port}` });
    undo.push(
      () => parts.stores.close(),
      () => parts.workflow.close(),
      () => interruptJobs(parts.workflowDeps),
    );
    await renewTokens(dataFolder);
    const authorize = authorizer(dataFolder);
    const links = consoleLinks();
    const server = await listen(
      {
        app: parts.app,
        objects: parts.objectRoutes,
        console: consoleRoutes({
          links,
          owner: localOwner,
          isHost: async (authorization) => (await authorize(authorization))?.sub === localOwner,
          tokenFor: (owner) => tokenFor(dataFolder, owner),
          facts: systemFacts({ dataFolder, ffmpeg: ffmpeg.version, concurrency: config.concurrency }),
        }),
        metrics: parts.metrics,
        authorize,
        ids: ulidIds(),
        log: log.log,
      },
      config.port,
    );
    port = portOf(server);
    undo.push(() => closeServer(server, closeGraceMs), keepSweeping(parts.workflowDeps), keepNotifying(parts.transfer));
    const dropFolder = join(dataFolder, 'drop');
    const drop = await watchDropFolder(parts.dropDeps, { folder: dropFolder, owner: localOwner });
    undo.push(() => drop.close());
    const url = `http://127.0.0.1:${port}`;
    await taken.lock.announce({ pid: process.pid, url });
    log.log.info('started', { url, ffmpeg: ffmpeg.version });
    return {
      url,
      tokenFile: tokenFile(dataFolder, localOwner),
      consoleUrl: `${url}${linkPath(links.make(localOwner))}`,
      inbox: drop.inbox,
      logFile: log.file,
      ffmpeg,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
};
