/** What makes two files on a machine an FFmpeg that we can work with. */
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

export interface Tools {
  readonly ffmpeg: string;
  readonly ffprobe: string;
  /** Such as "8.1.3" or "n8.1.3-9-g29e619e767". */
  readonly version: string;
}

/** FFmpeg 5.0 brought libavutil 57. Git builds have no release number, but every build tells this one. */
const oldestLibavutil = 57;

const run = promisify(execFile);

const suffix = process.platform === 'win32' ? '.exe' : '';

const executable = async (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );

const firstExecutable = async (files: readonly string[]): Promise<string | undefined> => {
  for (const file of files) if (await executable(file)) return file;
  return undefined;
};

/** The first file of that name in the folders of a PATH. */
export const findOnPath = (name: string, path: string): Promise<string | undefined> =>
  firstExecutable(
    path
      .split(delimiter)
      .filter(Boolean)
      .map((folder) => join(folder, name + suffix)),
  );

/** The ffprobe that belongs to an FFmpeg: the one beside it, else the one on the PATH. */
export const ffprobeFor = (ffmpeg: string, path: string): Promise<string | undefined> =>
  firstExecutable([
    join(dirname(ffmpeg), `ffprobe${suffix}`),
    ...path
      .split(delimiter)
      .filter(Boolean)
      .map((folder) => join(folder, `ffprobe${suffix}`)),
  ]);

/** Resolves to the tools where both run and are FFmpeg 5 or newer, else to a sentence that says what is wrong. */
export const checkTools = async (ffmpeg: string, ffprobe: string): Promise<Tools | { readonly problem: string }> => {
  for (const tool of [ffprobe, ffmpeg]) {
    const answer = await run(tool, ['-version'], { timeout: 10_000 }).catch((error: unknown) => String(error));
    if (typeof answer === 'string') return { problem: `${tool} does not run: ${answer.split('\n')[0]}` };
    const version = /^ff(?:mpeg|probe) version (\S+)/.exec(answer.stdout)?.[1];
    const libavutil = Number(/^libavutil\s+(\d+)\./m.exec(answer.stdout)?.[1] ?? Number.NaN);
    if (!version || Number.isNaN(libavutil)) return { problem: `${tool} is not FFmpeg` };
    if (libavutil < oldestLibavutil) return { problem: `${tool} is version ${version}, and 5 or newer is needed` };
    if (tool === ffmpeg) return { ffmpeg, ffprobe, version };
  }
  return { problem: `${ffmpeg} is not FFmpeg` };
};
