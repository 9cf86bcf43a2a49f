/** Where a benchmark ran: without this its numbers say little. */
import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { ffmpegPath } from './measure.ts';

export const machine = () => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 1e9),
  system: `${type()} ${release()}`,
  node: process.version,
  ffmpeg: execFileSync(ffmpegPath, ['-version'], { encoding: 'utf8' }).split('\n')[0] ?? '',
  /** Of the last minute, before anything was measured: above 0 somebody else was working as well. */
  loadBefore: Number((loadavg()[0] ?? 0).toFixed(2)),
  date: new Date().toISOString().slice(0, 10),
});
export type Machine = ReturnType<typeof machine>;
