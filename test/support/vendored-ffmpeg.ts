/**
 * An FFmpeg as a deployment vendors one, for machines that cannot download the pinned build: the small one that
 * layers/ffmpeg/Dockerfile makes of Debian's sources.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from './engine.ts';

const recipe = join(import.meta.dirname, '../../layers/ffmpeg');
const cache = join(import.meta.dirname, '../../.cache/vendored-ffmpeg');

export interface VendoredFfmpeg {
  /** For `functions/ffmpeg-runner/vendor`. */
  readonly archive: string;
  readonly sha256: string;
}

const hash = (...parts: readonly (string | Buffer)[]): string => {
  const sum = createHash('sha256');
  for (const part of parts) sum.update(part);
  return sum.digest('hex');
};

/** As docs/image.md says, for an engine without BuildKit. There may be no bridge for a build to reach Debian by. */
const build = async (engine: Engine, base: string, archive: string): Promise<void> => {
  const tag = `kinoduct-ffmpeg:${hash(archive).slice(0, 8)}`;
  await engine.docker(
    'build',
    '--quiet',
    '--network',
    'host',
    '--build-arg',
    `BASE_IMAGE=${base}`,
    '--tag',
    tag,
    recipe,
  );
  const container = await engine.docker('create', tag, 'nothing');
  try {
    await engine.docker('cp', `${container}:/ffmpeg.tar.xz`, `${archive}.draft`);
    await rename(`${archive}.draft`, archive);
  } finally {
    await engine.docker('rm', container);
    await engine.docker('image', 'rm', tag);
  }
};

/** Made once a machine and recipe, on an image of Debian, in about a quarter of an hour. */
export const vendoredFfmpeg = async (engine: Engine, debian: string): Promise<VendoredFfmpeg> => {
  const texts = await Promise.all(['Dockerfile', 'build.sh'].map((name) => readFile(join(recipe, name))));
  const archive = join(cache, `${hash(process.arch, ...texts).slice(0, 16)}.tar.xz`);
  await mkdir(cache, { recursive: true });
  if (!existsSync(archive)) await build(engine, debian, archive);
  return { archive, sha256: hash(await readFile(archive)) };
};
