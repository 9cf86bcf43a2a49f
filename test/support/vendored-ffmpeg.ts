/**
 * An FFmpeg as a deployment vendors one, for machines that cannot download the pinned build: Debian's, with the shared
 * libraries that it needs, made to find them beside itself. It runs on the base of lambda-base.ts, whose C library is
 * the one that it was linked with.
 */
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cache = join(import.meta.dirname, '../../.cache/vendored-ffmpeg');

/** Debian 13, of which the base is made as well. */
export const suite = 'trixie';

const programs = ['debootstrap', 'dpkg-deb', 'patchelf', 'xz', 'tar'];

/** Why there can be none on this machine; undefined where there can. */
export const noVendoredFfmpeg = (): string | undefined => {
  if (process.platform !== 'linux') return 'Debian’s FFmpeg is for Linux';
  const missing = programs.filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0);
  return missing.length > 0 ? `there is no ${missing.join(', ')} (apt-get install it)` : undefined;
};

/** The loader and the C library are the base's. */
const ofTheBase = /^(?:ld-linux|lib(?:c|m|mvec|dl|rt|pthread|resolv|util)\.so)/;

/** Where Debian has libraries that stand in for others, and libraries of one package. */
const subfolders = ['', 'pulseaudio', 'blas', 'lapack'];

/** Every package that FFmpeg needs, unpacked and not installed. */
const unpackDebian = async (folder: string): Promise<string> => {
  const [packages, root] = [join(folder, 'packages'), join(folder, 'root')];
  await run('debootstrap', ['--variant=minbase', '--download-only', '--include=ffmpeg', suite, packages], {
    maxBuffer: 2 ** 26,
  });
  const archives = join(packages, 'var/cache/apt/archives');
  await mkdir(root);
  for (const name of await readdir(archives))
    if (name.endsWith('.deb')) await run('dpkg-deb', ['--extract', join(archives, name), root]);
  return root;
};

/** The libraries that a program loads, by its own loader. */
const librariesOf = async (root: string, program: string): Promise<readonly string[]> => {
  const machine = (await readdir(join(root, 'usr/lib'))).find((name) => name.endsWith('-linux-gnu')) ?? '';
  const libraries = join(root, 'usr/lib', machine);
  const loader = (await readdir(libraries)).find((name) => name.startsWith('ld-linux')) ?? '';
  const path = subfolders.map((name) => join(libraries, name)).join(':');
  const { stdout } = await run(join(libraries, loader), ['--list', '--library-path', path, program]);
  if (stdout.includes('not found')) throw new Error(stdout);
  return [...stdout.matchAll(/=> (\/\S+) /g)]
    .map(([, file]) => file ?? '')
    .filter((file) => !ofTheBase.test(basename(file)));
};

/** Debian's layout becomes `bin/` and `lib/`, which can lie anywhere. */
const relocate = async (root: string, folder: string): Promise<void> => {
  for (const name of ['bin', 'lib']) await mkdir(join(folder, name), { recursive: true });
  const all = new Set<string>();
  for (const tool of ['ffmpeg', 'ffprobe']) {
    const program = join(root, 'usr/bin', tool);
    for (const library of await librariesOf(root, program)) all.add(library);
    await copyFile(program, join(folder, 'bin', tool));
    await run('patchelf', ['--set-rpath', '$ORIGIN/../lib', join(folder, 'bin', tool)]);
  }
  for (const library of all) {
    const copy = join(folder, 'lib', basename(library));
    await copyFile(library, copy);
    await run('patchelf', ['--set-rpath', '$ORIGIN', copy]);
  }
  await copyFile(join(root, 'usr/share/doc/ffmpeg/copyright'), join(folder, 'COPYING'));
};

export interface VendoredFfmpeg {
  /** For `functions/ffmpeg-runner/vendor`. */
  readonly archive: string;
  readonly sha256: string;
}

/** Made once a machine, in about a minute. */
export const vendoredFfmpeg = async (): Promise<VendoredFfmpeg> => {
  const archive = join(cache, suite, 'ffmpeg.tar.xz');
  if (!existsSync(archive)) {
    await mkdir(join(cache, suite), { recursive: true });
    const scratch = await mkdtemp(join(cache, 'draft-'));
    try {
      await relocate(await unpackDebian(scratch), join(scratch, 'ffmpeg'));
      const packed = join(scratch, 'ffmpeg.tar.xz');
      await run('tar', [
        '--create',
        '--use-compress-program',
        'xz -1 -T0',
        '--file',
        packed,
        '--directory',
        scratch,
        'ffmpeg',
      ]);
      await rename(packed, archive);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
  return {
    archive,
    sha256: createHash('sha256')
      .update(await readFile(archive))
      .digest('hex'),
  };
};
