/** Starts the local server as its user does, as a process of its own, on a free port and a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tokenFor } from '#local/tokens.ts';

const root = join(import.meta.dirname, '../..');
/** As `npm start` does in package.json. */
const nodeFlags = ['--max-semi-space-size=1', '--import', join(root, 'local/compile-cache.mjs')];
const readyWithinMs = 20_000;

export interface Server {
  readonly url: string;
  readonly pid: number;
  readonly dataFolder: string;
  /** What it has printed so far, stdout and stderr together. */
  printed: () => string;
  token: (owner: string, options?: { readonly isAdmin: boolean }) => Promise<string>;
  /** Sends the signal and resolves when the process has ended, to its exit code or the name of the signal. */
  end: (signal: NodeJS.Signals) => Promise<number | NodeJS.Signals>;
}

export interface ServerOptions {
  readonly dataFolder: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export const newDataFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'kinoduct-data-'));
export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

/** The process, and what it prints; `ended` resolves with it. */
export const spawnServer = ({ dataFolder, args = [], env = {} }: ServerOptions) => {
  const program = [...nodeFlags, join(root, 'local/kinoduct.server.ts'), '--port', '0', '--data', dataFolder, ...args];
  const child = spawn(process.execPath, program, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 1));
  });
  return { child, printed: () => printed, ended };
};

const untilReady = (child: ChildProcess, printed: () => string): Promise<string> =>
  new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`the server ${why}:\n${printed()}`));
    const timer = setTimeout(() => fail('was not ready in time'), readyWithinMs);
    child.once('exit', () => fail('ended'));
    child.stdout?.on('data', () => {
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(printed())?.[0];
      if (!url) return;
      clearTimeout(timer);
      resolve(url);
    });
  });

/** Resolves when it answers requests. */
export const startServer = async (options: ServerOptions): Promise<Server> => {
  const { child, printed, ended } = spawnServer(options);
  const url = await untilReady(child, printed);
  return {
    url,
    pid: child.pid ?? 0,
    dataFolder: options.dataFolder,
    printed,
    token: (owner, rights) => tokenFor(options.dataFolder, owner, rights),
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
};
