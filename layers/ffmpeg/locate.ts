/** Finds FFmpeg on a machine, or brings it there. The order is the one that layers/ffmpeg/README.md explains. */
import { access, mkdir, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { installWithApt } from './apt.ts';
import { type Build, buildsFor } from './builds.ts';
import { DownloadError, type DownloadLimits, download, downloadLimits } from './download.ts';
import { type Tools, checkTools, ffprobeFor, findOnPath } from './tools.ts';
import { unpack } from './unpack.ts';

export interface LocatedFfmpeg extends Tools {
  readonly source: 'FFMPEG_PATH' | 'PATH' | 'pinned' | 'apt';
}

export interface LocateOptions {
  /** Pinned builds are kept here and shared by every later start. */
  readonly cacheDir: string;
  readonly env: { readonly PATH?: string; readonly FFMPEG_PATH?: string; readonly FFPROBE_PATH?: string };
  /** Lines for the person who waits. */
  readonly log: (line: string) => void;
  /** False where nothing may be downloaded or installed. */
  readonly allowInstall: boolean;
}

/** What is asked of the machine itself; a test gives its own. */
export interface Machine {
  readonly builds: readonly Build[];
  readonly limits: DownloadLimits;
  /** The command, where this process may use it. */
  readonly aptGet: string | undefined;
  readonly installCommand: string;
}

const archOf = (arch: string) => (arch === 'x64' ? 'x86_64' : arch === 'arm64' ? 'arm64' : undefined);

const installCommands: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: 'sudo apt-get update && sudo apt-get install -y ffmpeg',
  darwin: 'brew install ffmpeg',
  win32: 'winget install Gyan.FFmpeg',
};

const thisMachine = async (): Promise<Machine> => {
  const arch = archOf(process.arch);
  const aptGet = '/usr/bin/apt-get';
  const hasApt = await access(aptGet).then(
    () => true,
    () => false,
  );
  return {
    builds: process.platform === 'linux' && arch ? buildsFor(arch) : [],
    limits: downloadLimits,
    aptGet: hasApt && process.getuid?.() === 0 ? aptGet : undefined,
    installCommand: installCommands[process.platform] ?? 'see https://ffmpeg.org/download.html',
  };
};

/** A way that did not lead to FFmpeg, and why: one line of the final message. */
type Missed = { readonly problem: string };

/** Where `PATH` is not told, the folders in which package managers put programs. */
const commonPath = ['/usr/local/bin', '/usr/bin', '/opt/homebrew/bin'].join(delimiter);

const fromVariable = async ({ env }: LocateOptions, ffmpeg: string): Promise<Tools | Missed> => {
  const ffprobe = env.FFPROBE_PATH ?? (await ffprobeFor(ffmpeg, env.PATH ?? commonPath));
  return ffprobe ? checkTools(ffmpeg, ffprobe) : { problem: `there is no ffprobe beside ${ffmpeg}; set FFPROBE_PATH` };
};

const fromPath = async ({ env }: LocateOptions): Promise<Tools | Missed> => {
  const path = env.PATH ?? commonPath;
  const ffmpeg = await findOnPath('ffmpeg', path);
  if (!ffmpeg) return { problem: 'there is no ffmpeg on the PATH' };
  const ffprobe = env.FFPROBE_PATH ?? (await ffprobeFor(ffmpeg, path));
  return ffprobe ? checkTools(ffmpeg, ffprobe) : { problem: `there is no ffprobe for ${ffmpeg}` };
};

const fetchBuild = async (build: Build, folder: string, options: LocateOptions, machine: Machine): Promise<void> => {
  const archive = `${folder}.tar.xz`;
  options.log(`Downloading FFmpeg ${build.version}${build.bytes ? ` (${Math.round(build.bytes / 1e6)} MB)` : ''} …`);
  await download(build, archive, machine.limits);
  options.log('Unpacking it …');
  try {
    await unpack(archive, folder);
  } finally {
    await rm(archive, { force: true });
  }
};

const fromBuilds = async (options: LocateOptions, machine: Machine): Promise<Tools | Missed> => {
  let problem = 'no FFmpeg build is pinned for this kind of machine';
  for (const build of machine.builds) {
    const folder = join(options.cacheDir, 'ffmpeg', `${build.version}-${build.arch}-${build.sha256.slice(0, 12)}`);
    const cached = () => checkTools(join(folder, 'ffmpeg'), join(folder, 'ffprobe'));
    const found = await cached();
    if ('version' in found) return found;
    if (!options.allowInstall) return { problem: 'the pinned build is not in the cache' };
    try {
      await rm(folder, { recursive: true, force: true });
      await mkdir(join(options.cacheDir, 'ffmpeg'), { recursive: true });
      await fetchBuild(build, folder, options, machine);
      const fetched = await cached();
      if ('version' in fetched) return fetched;
      problem = fetched.problem;
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
      options.log(problem);
      if (error instanceof DownloadError && error.reason !== 'wrong') break; // a spare build would wait for the same network
    }
  }
  return { problem };
};

const fromApt = async (options: LocateOptions, machine: Machine): Promise<Tools | Missed> => {
  if (!machine.aptGet || !options.allowInstall) return { problem: 'this process may not install packages' };
  options.log('Installing FFmpeg with apt-get (a minute or two) …');
  if (!(await installWithApt(machine.aptGet, options.log))) return { problem: 'apt-get could not install ffmpeg' };
  return fromPath(options);
};

/**
 * Resolves to an FFmpeg of version 5 or newer and its ffprobe, as absolute paths. Where `FFMPEG_PATH` is set, it is
 * that one or an error. Rejects with a message that lists what was tried and the command that would help.
 */
export const locateFfmpeg = async (options: LocateOptions, given?: Machine): Promise<LocatedFfmpeg> => {
  const machine = given ?? (await thisMachine());
  const { FFMPEG_PATH } = options.env;
  if (FFMPEG_PATH) {
    const found = await fromVariable(options, FFMPEG_PATH);
    if ('problem' in found) throw new Error(`FFMPEG_PATH cannot be used: ${found.problem}.`);
    return { ...found, source: 'FFMPEG_PATH' };
  }
  const ways = { PATH: fromPath, pinned: fromBuilds, apt: fromApt } as const;
  const problems: string[] = [];
  for (const [source, way] of Object.entries(ways) as [keyof typeof ways, typeof fromBuilds][]) {
    const found = await way(options, machine);
    if ('version' in found) return { ...found, source };
    problems.push(found.problem);
  }
  throw new Error(
    [
      'FFmpeg 5 or newer was not found.',
      ...problems.map((problem) => `  - ${problem}`),
      `Install it (${machine.installCommand}), or set FFMPEG_PATH to one that is there, and start again.`,
    ].join('\n'),
  );
};
