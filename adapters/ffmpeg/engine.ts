/** Which FFmpeg is installed here and what it can do. */
import { Failure } from '#core/failures.ts';
import type { TaskLimits } from '#core/job/plan.ts';
import type { Engine } from '#core/ports/media-tools.ts';
import { supervise } from './supervise.ts';
import type { Wrap } from './wrapper.ts';

const limits: TaskLimits = { wallSeconds: 30, cpuSeconds: 30, memoryBytes: 1024 ** 3, outputBytes: 1024 ** 2 };

/** Tables begin after a line of dashes (encoders) or have three marks before each name (filters). */
const names = (table: string): ReadonlySet<string> =>
  new Set(
    table
      .split('\n')
      .flatMap((line) => /^ [A-Z.|]{2,6} (\S+) +\S/.exec(line)?.[1] ?? [])
      .filter((n) => n !== '='),
  );

export const askEngine = async (wrap: Wrap, ffmpegPath: string): Promise<Engine> => {
  const ask = async (...words: string[]): Promise<string> => {
    let text = '';
    const onStdout = (piece: string): void => void (text += piece);
    const run = await supervise(ffmpegPath, words, { wrap, folder: '/', limits, onStdout });
    if (run.exitCode === 0) return text;
    throw new Failure('platform.internal', { detail: 'FFmpeg could not be started.', stderrTail: run.stderrTail });
  };
  const [version, encoders, filters] = await Promise.all([
    ask('-version'),
    ask('-hide_banner', '-encoders'),
    ask('-hide_banner', '-filters'),
  ]);
  return { version: version.split('\n')[0]?.trim() ?? '', encoders: names(encoders), filters: names(filters) };
};
