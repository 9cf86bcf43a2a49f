/** Films of any length, and their pieces without making all of them: what a join costs hangs on their number alone. */
import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { JoinTask, Piece } from '#core/job/plan.ts';
import type { OutputFile, TaskResult } from '#core/job/task-result.ts';
import { parseSampleTable, type SampleTable, writeSampleTable } from '#core/media/mp4/sample-table.ts';
import { runFfmpeg } from './measure.ts';
import { type OpenFilm, runMeasured } from './pieces.ts';

const folder = join(import.meta.dirname, '../.cache/bench');
const quiet = ['-nostdin', '-v', 'error', '-y'];

const minute = {
  picture: ['-f', 'lavfi', '-i', 'color=gray:s=1280x720:r=30:d=60', '-c:v', 'libx264', '-preset', 'ultrafast'],
  gops: ['-bf', '2', '-g', '60', '-keyint_min', '60'],
  sound: ['-f', 'lavfi', '-i', 'sine=d=60:r=48000', '-c:a', 'aac', '-b:a', '96k'],
} as const;

const madeOnce = async (name: string, words: readonly string[]): Promise<string> => {
  const path = join(folder, name);
  if (existsSync(path)) return path;
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `draft-of-${process.pid}-${name}`);
  await runFfmpeg([...quiet, ...words, draft], folder);
  await rename(draft, path);
  return path;
};

/**
 * 1280x720, thirty pictures a second and sound, and next to nothing in them. A minute of each is repeated by itself: where
 * the longer one of both is waited for, no two minutes are alike, and hardly two pieces.
 */
export const longFilm = async (minutes: number): Promise<string> => {
  const picture = await madeOnce('even-picture.mp4', [...minute.picture, ...minute.gops]);
  const sound = await madeOnce('even-sound.m4a', minute.sound);
  const again = ['-stream_loop', String(minutes - 1)];
  const words = [...again, '-i', picture, ...again, '-i', sound, '-c', 'copy', '-t', String(minutes * 60)];
  return madeOnce(`even-${minutes}min.mp4`, words);
};

interface Made {
  readonly piece: OutputFile;
  readonly table: SampleTable;
}

const madeBy = async ({ runner }: OpenFilm, { file, table }: Piece, { outputs }: TaskResult): Promise<Made> => {
  const files = Object.values(outputs ?? {}).flatMap((output) => output.files);
  const [piece, sidecar] = [file, table].map((name) => files.find((each) => each.name === name));
  if (!piece || !sidecar) throw new Error(`${file} was not made`);
  const text = new TextDecoder().decode(await runner.deps.objects.read(sidecar.key));
  return { piece, table: parseSampleTable(text) };
};

/** The same piece, so many ticks later. */
const later = (table: SampleTable, ticks: number): string =>
  writeSampleTable({ ...table, shown: table.shown.map((time) => time + ticks) });

const leastOf = (times: Float64Array): number => times.reduce((least, time) => Math.min(least, time), Infinity);

/**
 * Makes one piece of each length, and the last one, and pretends that all others are like these but later. Resolves to
 * the tables of all pieces, as texts.
 */
export const standIns = async (film: OpenFilm, { picture }: JoinTask): Promise<readonly string[]> => {
  const { objects } = film.runner.deps;
  const ofLength = new Map<number, Made>();
  const texts: string[] = [];
  let next = 0;
  for (const piece of picture) {
    const { samples } = piece;
    const like = samples === undefined ? undefined : ofLength.get(samples);
    if (samples === undefined || !like) {
      const made = await madeBy(film, piece, (await runMeasured(film, piece.task)).result);
      if (samples !== undefined) ofLength.set(samples, made);
      texts.push(writeSampleTable(made.table));
    } else {
      const text = later(like.table, next * (like.table.durations[0] ?? 0) - leastOf(like.table.shown));
      texts.push(text);
      const stored = await objects.write(`work/stand-ins/${piece.table}`, text, { contentType: 'application/json' });
      const sidecar = { ...stored, name: piece.table, type: 'application/json', sha256: null };
      film.pretend(piece.task, {
        outputs: { [piece.output]: { files: [{ ...like.piece, name: piece.file }, fileOf(sidecar)] } },
        warnings: [],
        timings: {},
        stderrTail: '',
      });
    }
    next += samples ?? 0;
  }
  return texts;
};

const fileOf = ({ name, key, etag, bytes, type, sha256 }: OutputFile): OutputFile => ({
  name,
  key,
  etag,
  bytes,
  type,
  sha256,
});
