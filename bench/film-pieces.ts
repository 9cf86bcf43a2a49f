/** What ten seconds of a usual film take, as a piece, and FFmpeg's concat demuxer over many of them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { joinIn, output, pieceSeconds } from './film-lengths.ts';
import { cpuSecondsOf, median, runFfmpeg } from './measure.ts';
import { openFilm, planFilm, runMeasured } from './pieces.ts';

const quiet = ['-nostdin', '-v', 'error', '-y'];

/** The pieces of a film of 720 lines: CPU seconds of the slowest and of all, and their bytes. */
export const measurePieces = async (clip: string, rounds: number) => {
  const cpu = new Map<string, number[]>();
  let bytes = 0;
  for (let n = 0; n < rounds; n += 1) {
    const film = await openFilm(clip);
    try {
      const plan = planFilm(film, output, pieceSeconds);
      await film.runner.save(...plan.tasks);
      const made = joinIn(plan).picture.map(({ task }) => task);
      bytes = 0;
      for (const id of made) {
        const { cost, result } = await runMeasured(film, id);
        cpu.set(id, [...(cpu.get(id) ?? []), cost.cpuSeconds]);
        bytes += Object.values(result.outputs ?? {}).reduce((sum, { files }) => sum + (files[0]?.bytes ?? 0), 0);
      }
    } finally {
      await film.close();
    }
  }
  const each = [...cpu.values()].map(median);
  return {
    each,
    slowest: Math.max(...each),
    perSecond: each.reduce((sum, seconds) => sum + seconds, 0) / (each.length * pieceSeconds),
    bytesPerSecond: bytes / (each.length * pieceSeconds),
  };
};

export type Pieces = Awaited<ReturnType<typeof measurePieces>>;

/** FFmpeg's concat demuxer over so many files of ten seconds, with the index in front as ours has it. */
export const measureConcat = async (clip: string, pieces: number): Promise<number> => {
  const own = await mkdtemp(join(tmpdir(), 'kinoduct-concat-'));
  try {
    const files = Array.from({ length: 6 }, (_, n) => `piece${n}.mp4`);
    for (const [n, file] of files.entries())
      await runFfmpeg(
        [...quiet, '-ss', String(n * pieceSeconds), '-i', clip, '-t', String(pieceSeconds), '-c', 'copy', file],
        own,
      );
    const list = Array.from({ length: pieces }, (_, n) => `file '${files[n % files.length]}'\n`).join('');
    await writeFile(join(own, 'list.txt'), list);
    const words = ['-f', 'concat', '-safe', '0', '-i', 'list.txt', '-c', 'copy', '-movflags', '+faststart', 'out.mp4'];
    const before = cpuSecondsOf('self');
    await runFfmpeg([...quiet, ...words], own);
    return cpuSecondsOf('self') - before;
  } finally {
    await rm(own, { recursive: true });
  }
};
