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

/** 1280x720, thirty pictures a second and sound, and next to nothing in them. */
export const longFilm = async (minutes: number): Promise<string> => {
  const [short, long] = [join(folder, 'flat.mp4'), join(folder, `flat-${minutes}min.mp4`)];
  await mkdir(folder, { recursive: true });
  if (!existsSync(short)) {
    const picture = ['-f', 'lavfi', '-i', 'color=gray:s=1280x720:r=30:d=60', '-f', 'lavfi', '-i', 'sine=d=60:r=48000'];
    const encode = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-g', '60', '-c:a', 'aac', '-b:a', '96k'];
    await runFfmpeg([...quiet, ...picture, ...encode, '-shortest', short], folder);
  }
  if (existsSync(long)) return long;
  const loop = ['-stream_loop', String(minutes - 1), '-i', short, '-c', 'copy'];
  await runFfmpeg([...quiet, ...loop, '-t', String(minutes * 60), 'draft.mp4'], folder);
  await rename(join(folder, 'draft.mp4'), long);
  return long;
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
