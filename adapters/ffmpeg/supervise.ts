/** Runs one program to its end, whatever that end is, and leaves nothing of it behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { Failure } from '#core/failures.ts';
import type { TaskLimits } from '#core/job/plan.ts';
import type { MediaRun } from '#core/ports/media-tools.ts';
import { errorText } from './stderr.ts';
import { cpuSeconds, folderBytes } from './usage.ts';
import { childEnvironment, type Wrap } from './wrapper.ts';

const watchEveryMs = 250;
/** FFmpeg gets this long to end by itself; what it wrote is thrown away, and a canceled job must be gone within 3 s. */
const graceMs = 1_000;

export interface Supervision {
  readonly wrap: Wrap;
  readonly folder: string;
  readonly limits: TaskLimits;
  /** True where files grow in the folder, so that their total has to be watched. */
  readonly writes?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onStdout?: (piece: string) => void;
  /** Pieces of file descriptor 3. */
  readonly onProgress?: (piece: string) => void;
  /** Called about four times a second while the program uses CPU. */
  readonly onActivity?: (() => void) | undefined;
}

type Ended = MediaRun['endedBy'];

/** The whole group, of which the program is the leader; gone is fine. */
const killGroup = (child: ChildProcess, signal: NodeJS.Signals): void => {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It ended between the question and the signal.
  }
};

const hear = (stream: unknown, listener: ((piece: string) => void) | undefined): void => {
  if (!stream || !listener) return;
  const readable = stream as Readable; // true: every descriptor above is opened as a pipe to read from
  readable.setEncoding('utf8').on('data', listener);
};

/** Samples the child until it is told to stop; `total()` is the CPU time at the last sample. */
const watch = (child: ChildProcess, { folder, writes, limits, onActivity }: Supervision, tooMuch: () => void) => {
  let cpu: number | null = null;
  let before: number | undefined;
  const sample = (): void => {
    if (child.pid === undefined) return;
    const now = cpuSeconds(child.pid);
    if (now !== null && now > (cpu ?? 0)) onActivity?.();
    cpu = now === null ? cpu : Math.max(now, cpu ?? 0);
    const bytes = writes ? folderBytes(folder) : 0;
    before ??= bytes;
    if (bytes - before > limits.outputBytes) tooMuch();
  };
  sample();
  const timer = setInterval(sample, watchEveryMs);
  return { sample, total: () => cpu, stop: () => clearInterval(timer) };
};

const verdict = (child: ChildProcess, cause: Ended | undefined, cpu: number | null, limits: TaskLimits): Ended => {
  if (cause) return cause;
  if (child.signalCode === 'SIGXFSZ') return 'disk';
  // FFmpeg answers SIGXCPU by closing its files and exiting with 255, as for SIGTERM.
  const spent = cpu !== null && cpu >= limits.cpuSeconds - 1;
  if (child.signalCode === 'SIGXCPU' || (spent && child.exitCode !== 0)) return 'deadline';
  return child.signalCode ? 'signal' : 'exit';
};

/**
 * Resolves when the program has ended and its output was read to the end. Rejects with `platform.internal` where it
 * could not be started. The wall-clock limit, the abort signal and too many bytes in the folder end the whole process
 * group: SIGTERM first, SIGKILL a second later.
 */
export const supervise = async (program: string, words: readonly string[], how: Supervision): Promise<MediaRun> => {
  const { limits, signal } = how;
  const stderr = errorText();
  if (signal?.aborted) return { exitCode: null, endedBy: 'abort', stderrTail: '', errorLines: 0, cpuSeconds: null };
  const [file, ...rest] = [...how.wrap(program, limits), ...words];
  const child = spawn(file ?? program, rest, {
    cwd: how.folder,
    env: childEnvironment,
    detached: true,
    stdio: ['ignore', how.onStdout ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });

  let cause: Ended | undefined;
  let killer: NodeJS.Timeout | undefined;
  const end = (why: Ended): void => {
    if (cause) return;
    cause = why;
    killGroup(child, 'SIGTERM');
    killer = setTimeout(() => killGroup(child, 'SIGKILL'), graceMs);
  };
  const onAbort = (): void => end('abort');
  signal?.addEventListener('abort', onAbort, { once: true });
  const deadline = setTimeout(() => end('deadline'), limits.wallSeconds * 1000);
  const watched = watch(child, how, () => end('disk'));

  hear(child.stdio[1], how.onStdout);
  hear(child.stdio[2], stderr.add);
  hear(child.stdio[3], (piece) => {
    how.onProgress?.(piece);
    // The last moment at which the system still tells how much CPU it took.
    if (piece.includes('progress=end')) watched.sample();
  });

  try {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    child.once('error', reject);
    child.once('close', () => resolve());
    await promise;
  } catch (error) {
    throw new Failure('platform.internal', { detail: 'FFmpeg could not be started.' }, { cause: error });
  } finally {
    clearTimeout(deadline);
    clearTimeout(killer);
    watched.stop();
    signal?.removeEventListener('abort', onAbort);
  }
  return {
    exitCode: child.exitCode,
    endedBy: verdict(child, cause, watched.total(), limits),
    stderrTail: stderr.tail(),
    errorLines: stderr.lines(),
    cpuSeconds: watched.total(),
  };
};
