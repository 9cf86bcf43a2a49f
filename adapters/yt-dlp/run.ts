/** Runs a program that a stranger's page will talk to: little environment, bounded output, a deadline, no orphans. */
import { type ChildProcess, spawn } from 'node:child_process';
import { Failure } from '#core/failures.ts';

export interface Bounds {
  readonly path?: string | undefined;
  readonly timeoutSeconds: number;
  readonly mostOutputBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Ended {
  readonly exitCode: number | null;
  /** For people: how it ended. */
  readonly why: string;
  readonly stdout: string;
  /** The last of it. */
  readonly stderr: string;
}

const mostErrorBytes = 16 * 1024;

/** The whole group: the program may have started others, which a signal to it alone would leave behind. */
const killGroup = ({ pid }: ChildProcess): void => {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All of it is gone already.
  }
};

/** Rejects with the signal's reason, and with `input.unreachable` where the program could not be started. */
export const run = async (program: string, words: readonly string[], bounds: Bounds): Promise<Ended> => {
  const { timeoutSeconds, mostOutputBytes, signal, path = '/usr/local/bin:/usr/bin:/bin' } = bounds;
  signal?.throwIfAborted();
  const child = spawn(program, words, {
    cwd: '/',
    env: { PATH: path, LANG: 'C.UTF-8' },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let why: string | undefined;
  const end = (reason: string): void => {
    why ??= reason;
    killGroup(child);
  };
  const pieces: Buffer[] = [];
  let bytes = 0;
  let stderr = Buffer.alloc(0);
  child.stdout.on('data', (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > mostOutputBytes) end('its answer is too long');
    else pieces.push(piece);
  });
  child.stderr.on('data', (piece: Buffer) => {
    stderr = Buffer.concat([stderr, piece]).subarray(-mostErrorBytes);
  });
  const timer = setTimeout(() => end(`no answer within ${timeoutSeconds} seconds`), timeoutSeconds * 1000);
  const onAbort = (): void => end('canceled');
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    child.once('error', reject).once('close', () => resolve());
    // What it started may hold the pipes open when it has ended.
    child.once('exit', () => killGroup(child));
    await promise;
  } catch (error) {
    throw new Failure('input.unreachable', { detail: 'The page resolver could not be started.' }, { cause: error });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
  signal?.throwIfAborted();
  return {
    exitCode: why === undefined ? child.exitCode : null,
    why: why ?? `status ${child.exitCode ?? child.signalCode}`,
    stdout: Buffer.concat(pieces).toString('utf8'),
    stderr: stderr.toString('utf8'),
  };
};
