/** The FFmpeg builds that this project pins. The first of an architecture is the one in use; later ones are spares. */
import * as z from 'zod';
import table from './builds.json' with { type: 'json' };

export const Architecture = z.enum(['x86_64', 'arm64']);
export type Architecture = z.output<typeof Architecture>;

export const Build = z.strictObject({
  version: z.string(),
  arch: Architecture,
  file: z.string().endsWith('.tar.xz'),
  url: z.url(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** The archive's exact size; null where it is not known. */
  bytes: z.int().positive().nullable(),
});
export type Build = z.output<typeof Build>;

const builds = z.array(Build).parse(table);

export const buildsFor = (arch: Architecture): readonly Build[] => builds.filter((build) => build.arch === arch);

/** The build of an architecture that deployments use. */
export const pinnedBuild = (arch: Architecture): Build => {
  const [first] = buildsFor(arch);
  if (!first) throw new Error(`layers/ffmpeg/builds.json has no build for ${arch}`);
  return first;
};
