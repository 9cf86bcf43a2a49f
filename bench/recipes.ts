/** How films are usually encoded in pieces: three recipes that are found everywhere, as they are found. */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runFfmpeg as runProgram } from './measure.ts';

export interface Work {
  readonly source: string;
  readonly folder: string;
  readonly seconds: number;
  readonly pieceSeconds: number;
  /** What encodes the picture. */
  readonly encode: readonly string[];
  readonly hasSound: boolean;
}

/** Which FFmpeg they take: that of the PATH, because they read over HTTP, which the small one of the image cannot. */
export const recipesFfmpeg = 'ffmpeg';
const runFfmpeg = (words: readonly string[], folder: string): Promise<void> => runProgram(words, folder, recipesFfmpeg);

const quiet = ['-nostdin', '-v', 'error', '-y'];

const starts = ({ seconds, pieceSeconds }: Work): number[] =>
  Array.from({ length: Math.ceil(seconds / pieceSeconds) }, (_, n) => n * pieceSeconds);

/** All sound at once, beside the pieces. */
const soundOf = async ({ source, folder, hasSound }: Work): Promise<string[]> => {
  if (!hasSound) return [];
  await runFfmpeg([...quiet, '-i', source, '-map', '0:a:0', '-vn', '-c:a', 'copy', 'sound.m4a'], folder);
  return ['-i', 'sound.m4a'];
};

const joinedBy = async (work: Work, opened: readonly string[]): Promise<string> => {
  const sound = await soundOf(work);
  const maps = sound.length > 0 ? ['-map', '0:v', '-map', '1:a'] : ['-map', '0:v'];
  await runFfmpeg(
    [...quiet, ...opened, ...sound, ...maps, '-c', 'copy', '-movflags', '+faststart', 'joined.mp4'],
    work.folder,
  );
  return join(work.folder, 'joined.mp4');
};

const listed = async (work: Work, files: readonly string[]): Promise<string> => {
  await writeFile(join(work.folder, 'list.txt'), files.map((file) => `file '${file}'\n`).join(''));
  return joinedBy(work, ['-f', 'concat', '-safe', '0', '-i', 'list.txt']);
};

const cut = (work: Work, start: number): string[] => [
  ...['-ss', String(start), '-i', work.source, '-t', String(work.pieceSeconds), '-map', '0:v:0', '-an', ...work.encode],
];

/** The same with nothing cut: what a recipe's film is compared with. */
export const uncut = async ({ source, folder, encode, hasSound }: Work): Promise<string> => {
  const sound = hasSound ? ['-map', '0:a:0', '-c:a', 'copy'] : ['-an'];
  await runFfmpeg([...quiet, '-i', source, '-map', '0:v:0', ...encode, ...sound, 'uncut.mp4'], folder);
  return join(folder, 'uncut.mp4');
};

export const recipes: Readonly<Record<string, (work: Work) => Promise<string>>> = {
  '`-ss` and `-t`, concat demuxer': async (work) => {
    const files: string[] = [];
    for (const [n, start] of starts(work).entries()) {
      files.push(`piece${n}.mp4`);
      await runFfmpeg([...quiet, ...cut(work, start), `piece${n}.mp4`], work.folder);
    }
    return listed(work, files);
  },
  'MPEG-TS, concat protocol': async (work) => {
    const files: string[] = [];
    for (const [n, start] of starts(work).entries()) {
      files.push(`piece${n}.ts`);
      const offset = ['-output_ts_offset', String(start), '-muxdelay', '0', '-muxpreload', '0', '-f', 'mpegts'];
      await runFfmpeg([...quiet, ...cut(work, start), ...offset, `piece${n}.ts`], work.folder);
    }
    return joinedBy(work, ['-i', `concat:${files.join('|')}`]);
  },
  '`-f segment`, then each, concat demuxer': async (work) => {
    const split = ['-map', '0:v:0', '-an', '-c', 'copy', '-f', 'segment', '-segment_time', String(work.pieceSeconds)];
    await runFfmpeg([...quiet, '-i', work.source, ...split, '-reset_timestamps', '1', 'part%03d.mp4'], work.folder);
    const parts = (await readdir(work.folder)).filter((file) => file.startsWith('part')).toSorted();
    for (const part of parts) await runFfmpeg([...quiet, '-i', part, ...work.encode, `piece-${part}`], work.folder);
    return listed(
      work,
      parts.map((part) => `piece-${part}`),
    );
  },
};
