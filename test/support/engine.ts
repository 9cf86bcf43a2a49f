/**
 * A Docker engine: the one that answers on this machine, or else one of our own, started where a `dockerd` is installed
 * and gone, with everything it held, when it is closed. Nothing is ever pulled.
 */
import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import pRetry from 'p-retry';

const path = [process.env['PATH'], '/usr/sbin', '/sbin'].join(delimiter);

const has = (program: string): boolean =>
  spawnSync('sh', ['-c', `command -v ${program}`], { env: { ...process.env, PATH: path }, stdio: 'ignore' }).status ===
  0;

const answers = (env: NodeJS.ProcessEnv = process.env): boolean =>
  spawnSync('docker', ['version', '--format', '{{.Server.Os}}'], {
    env,
    encoding: 'utf8',
    timeout: 20_000,
  }).stdout?.trim() === 'linux';

/** Why there can be no engine here; undefined where there can. */
export const noEngine = (): string | undefined => {
  if (process.platform !== 'linux') return 'containers are reached through a bridge of Linux';
  if (!has('docker')) return 'there is no docker command';
  if (answers()) return undefined;
  if (!has('dockerd')) return 'no Docker engine answers, and there is no dockerd to start (apt-get install docker.io)';
  return process.getuid?.() === 0 ? undefined : 'no Docker engine answers, and only root may start one';
};

export interface Engine {
  /** Runs a docker command to its end and resolves to its stdout; rejects with its stderr where it fails. */
  docker(...words: readonly string[]): Promise<string>;
  /** For programs that call docker themselves. */
  readonly env: NodeJS.ProcessEnv;
  close(): Promise<void>;
}

const engineWith = (env: NodeJS.ProcessEnv, close: Engine['close']): Engine => ({
  env,
  close,
  docker: async (...words) => {
    const { stdout } = await promisify(execFile)('docker', [...words], { env, maxBuffer: 2 ** 26 });
    return stdout.trim();
  },
});

/** Everything of it lies in one folder. It has no bridge of its own and leaves the machine's packet filter alone. */
const startOwn = async (): Promise<Engine> => {
  const folder = await mkdtemp(join(tmpdir(), 'kinoduct-engine-'));
  const host = `unix://${join(folder, 'docker.sock')}`;
  const daemon = spawn(
    'dockerd',
    [
      ...['--host', host, '--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
      ...['--pidfile', join(folder, 'dockerd.pid'), '--bridge', 'none', '--iptables=false', '--ip6tables=false'],
    ],
    { env: { ...process.env, PATH: path }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const log = createWriteStream(join(folder, 'dockerd.log'));
  daemon.stdout.pipe(log, { end: false });
  daemon.stderr.pipe(log, { end: false });
  const ended = once(daemon, 'exit');
  const env = { ...process.env, DOCKER_HOST: host };
  const close = async (): Promise<void> => {
    daemon.kill('SIGTERM');
    await ended;
    log.end();
    // The engine unmounts what it mounted, but for what a container that could not be stopped still holds, and for the
    // machine's own network, where a build used it.
    const names = join(folder, 'exec/netns');
    for (const name of existsSync(names) ? readdirSync(names) : [])
      spawnSync('umount', ['--lazy', join(names, name)], { stdio: 'ignore' });
    await rm(folder, { recursive: true, force: true });
  };
  // Should this process end without closing it.
  process.once('exit', () => daemon.kill('SIGTERM'));
  try {
    await pRetry(
      () => {
        if (daemon.exitCode !== null) throw new Error('dockerd ended');
        if (!answers(env)) throw new Error('dockerd does not answer');
      },
      { retries: 60, minTimeout: 250, factor: 1, shouldRetry: () => daemon.exitCode === null },
    );
  } catch (error) {
    const told = execFileSync('tail', ['-n', '20', join(folder, 'dockerd.log')], { encoding: 'utf8' });
    await close();
    throw new Error(`dockerd could not be started:\n${told}`, { cause: error });
  }
  return engineWith(env, close);
};

export const openEngine = async (): Promise<Engine> =>
  answers() ? engineWith(process.env, () => Promise.resolve()) : startOwn();
