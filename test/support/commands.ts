/** FFmpeg arguments as the planner writes them, for tests that make their tasks by hand. */
import { fileArgument, inputFlags, quietFlags } from '#core/ffmpeg/hardened.ts';

/** Reads one file of the work folder. */
export const hardenedArguments = (file: string, output: readonly string[]): string[] => [
  ...quietFlags,
  ...['-progress', 'pipe:3', '-stats_period', '0.1'],
  ...inputFlags({ threads: 2 }),
  ...['-i', fileArgument(file)],
  ...output,
];
