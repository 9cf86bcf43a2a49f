import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocatedFfmpeg } from '#layers/ffmpeg/locate.ts';

const core = join(import.meta.dirname, '../core');

/** As `lib/build-id.ts` on AWS: the planner with its FFmpeg arguments, and FFmpeg itself. */
export const buildId = async ({ version }: Pick<LocatedFfmpeg, 'version'>): Promise<string> => {
  const entries = await readdir(core, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  const texts = await Promise.all(files.map((file) => readFile(file)));
  const hash = createHash('sha256').update(version);
  for (const text of texts) hash.update(text).update('\0');
  return hash.digest('hex').slice(0, 32);
};
