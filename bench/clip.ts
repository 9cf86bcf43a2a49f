/** The source of the benchmarks: the clip of the demo, repeated, so that it can be made anywhere. Kept in `.cache/bench`. */
import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { makeClip } from '#cli/clip.ts';
import { runFfmpeg } from './measure.ts';

const folder = join(import.meta.dirname, '../.cache/bench');

/** H.264 and AAC, 1280x720, 30 pictures a second. */
export const benchClip = async (seconds: number): Promise<string> => {
  const [short, long] = [join(folder, 'clip.mp4'), join(folder, `clip-${seconds}s.mp4`)];
  if (existsSync(long)) return long;
  await mkdir(folder, { recursive: true });
  await makeClip('ffmpeg', short);
  const repeated = ['-stream_loop', '-1', '-i', short, '-t', String(seconds), '-c', 'copy', 'draft.mp4'];
  await runFfmpeg(['-nostdin', '-v', 'error', '-y', ...repeated], folder);
  await rename(join(folder, 'draft.mp4'), long);
  return long;
};
