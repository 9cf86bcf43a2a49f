/** What a run cost: wall time by the clock, CPU by what the kernel counted. Linux only, as the FFmpeg that we compare with. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Cost {
  readonly wallSeconds: number;
  /** User and system time, of every thread and every child that has ended. */
  readonly cpuSeconds: number;
}

/** https://www.kernel.org/doc/html/latest/filesystems/proc.html: utime, stime, cutime and cstime, in hundredths of a second. */
export const cpuSecondsOf = (pid: number | 'self'): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
};

/** The most memory that a process has had resident so far, in MB. */
export const peakMemoryMb = (pid: number): number =>
  Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1000;

/** Does the work and measures it, as seen from the process `pid`. */
export const costOf = async (pid: number | 'self', work: () => Promise<unknown>): Promise<Cost> => {
  const [start, before] = [performance.now(), cpuSecondsOf(pid)];
  await work();
  return { wallSeconds: (performance.now() - start) / 1000, cpuSeconds: cpuSecondsOf(pid) - before };
};

/** What is measured: the FFmpeg of the PATH, or another one, as the server is told of it. */
export const { FFMPEG_PATH: ffmpegPath = 'ffmpeg', FFPROBE_PATH: ffprobePath = 'ffprobe' } = process.env;

/** Runs FFmpeg in a folder; rejects unless it ends well. */
export const runFfmpeg = (args: readonly string[], folder: string, program = ffmpegPath): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
    const progress = child.stdio[3]; // where the arguments of the runner send it
    if (progress && 'resume' in progress) progress.resume();
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`ffmpeg ended with ${code}`))));
  });

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return ((sorted[middle] ?? 0) + (sorted[sorted.length % 2 === 0 ? middle - 1 : middle] ?? 0)) / 2;
};

export const rounded = (value: number, digits = 3): number => Number(value.toFixed(digits));
