/** The source of the benchmarks: the clip of the demo, repeated, so that it can be made anywhere. Kept in `.cache/bench`. */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeClip } from '#cli/clip.ts';
import { runFfmpeg } from './measure.ts';

const folder = join(import.meta.dirname, '../.cache/bench');

/** H.264 and AAC, 1280x720, 30 pictures a second. */
export const benchClip = async (seconds: number): Promise<string> => {
  const long = join(folder, `clip-${seconds}s.mp4`);
  if (existsSync(long)) return long;
  await mkdir(folder, { recursive: true });
  // Of this process: another may be at it too.
  const [short, draft] = [join(folder, `clip-of-${process.pid}.mp4`), join(folder, `draft-of-${process.pid}.mp4`)];
  await makeClip('ffmpeg', short);
  const repeated = ['-stream_loop', '-1', '-i', short, '-t', String(seconds), '-c', 'copy', draft];
  await runFfmpeg(['-nostdin', '-v', 'error', '-y', ...repeated], folder);
  await rename(draft, long);
  await rm(short);
  return long;
};
