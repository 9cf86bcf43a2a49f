/** Which FFmpeg is installed here. */
import { Failure } from '#core/failures.ts';
import type { TaskLimits } from '#core/job/plan.ts';
import type { Engine } from '#core/ports/media-tools.ts';
import { supervise } from './supervise.ts';
import type { Wrap } from './wrapper.ts';

const limits: TaskLimits = { wallSeconds: 30, cpuSeconds: 30, memoryBytes: 1024 ** 3, outputBytes: 1024 ** 2 };

export const askEngine = async (wrap: Wrap, ffmpegPath: string): Promise<Engine> => {
  let text = '';
  const onStdout = (piece: string): void => void (text += piece);
  const run = await supervise(ffmpegPath, ['-version'], { wrap, folder: '/', limits, onStdout });
  if (run.exitCode === 0) return { version: text.split('\n')[0]?.trim() ?? '' };
  throw new Failure('platform.internal', { detail: 'FFmpeg could not be started.', stderrTail: run.stderrTail });
};
