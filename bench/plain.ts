/** The other side of every comparison: FFmpeg alone, with the arguments that the planner made. */
import { link, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Cost, costOf, runFfmpeg } from './measure.ts';

/** Runs the commands on the clip in a folder of their own beside it, on the same disk, and resolves to what they cost. */
export const runPlain = async (clip: string, commands: readonly (readonly string[])[]): Promise<Cost> => {
  const folder = await mkdtemp(join(dirname(clip), 'plain-'));
  try {
    await link(clip, join(folder, 'in0'));
    return await costOf('self', async () => {
      for (const words of commands) await runFfmpeg(words, folder);
    });
  } finally {
    await rm(folder, { recursive: true });
  }
};
