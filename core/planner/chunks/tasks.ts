/** The tasks of films that are made in pieces: the pieces, their sound, and what puts them together. */
import type { Branch, Bundle } from '../../ffmpeg/recipe.ts';
import { pieceTable, type Tables } from '../../job/documents.ts';
import type { JoinTask, MakeTask, Piece } from '../../job/plan.ts';
import type { TaskWrite } from '../../job/task-write.ts';
import { taskLimits } from '../limits.ts';
import { chunkTaskId, pieceFile, piecesOf, soundTable, tableOf, tablesOf } from './names.ts';
import { chunkTask, picturesIn } from './picture-tasks.ts';
import { type Sounds, soundsOf } from './sound-tasks.ts';
import { picturesOf } from './timeline.ts';
import { cutInto, cutOf, roundsOf, type Together } from './together.ts';

/** A task, and how many rounds of others must have ended before it starts. */
type StagedTask = { readonly task: MakeTask | JoinTask; readonly round: number };

const joinTask = (together: Together, sounds: Sounds, branch: Branch): JoinTask => {
  const { films, cut, hash } = together;
  const { output, file, contentType, expects } = branch;
  const pieces = piecesOf(output, hash);
  const film = cutOf(branch);
  const picture = cut.chunks.map((chunk): Piece => {
    const of = pieceFile(output, chunk.number);
    const { count } = picturesIn(together, film, chunk);
    return {
      output: pieces,
      file: of,
      table: tableOf(of),
      task: chunkTaskId(films, chunk),
      ...(count === undefined ? {} : { samples: count }),
    };
  });
  const total = picturesOf(cut.grid.timeline, film.rate);
  return {
    kind: 'join',
    id: `join-${output}`,
    label: `${output}: joined of ${picture.length} pieces`,
    picture,
    sound: [...sounds.piecesOf(branch)],
    write: { output, file, contentType, expects: { ...expects, minFrames: Math.max(1, total - 1) } },
    ...cutInto(films),
    limits: taskLimits({ seconds: 60, outputs: 1 }),
  };
};

/** Playlists and manifest of a stream whose segments are there already. Its id comes first, as its files do. */
const assembleTask = ({ films, cut, hash }: Together, bundle: Bundle): MakeTask => {
  const { output } = bundle;
  const pieces = piecesOf(output, hash);
  const sound = bundle.branches.some((branch) => branch.sound) ? soundTable(output) : undefined;
  const tables: Tables = { ...tablesOf(bundle, cut.chunks.length), ...(sound === undefined ? {} : { sound }) };
  const files = [
    ...cut.chunks.map(({ number }) => pieceTable(tables, number)),
    ...(sound === undefined ? [] : [sound]),
  ];
  return {
    kind: 'make',
    id: `assemble-${output}`,
    label: `${output}: playlists`,
    reads: files.map((file) => ({ file, from: { output: pieces, file } })),
    commands: [],
    writes: bundle.documents.flatMap((write): TaskWrite[] => {
      const { document } = write;
      if (!document) return [];
      const isOfTables =
        document.kind === 'hls-master' || document.kind === 'hls-media' || document.kind === 'dash-manifest';
      return [{ output, ...write, document: isOfTables ? { ...document, tables } : document }];
    }),
    ...cutInto(films),
    limits: taskLimits({ seconds: 1, outputs: 1 }),
  };
};

export const chunkTasks = (together: Together): StagedTask[] => {
  const { films, cut } = together;
  const sounds = soundsOf(together);
  const soundRound = sounds.stretches ? 1 : 0;
  return [
    ...sounds.tasks.map((task) => ({ task, round: soundRound })),
    ...cut.chunks.map((chunk) => ({ task: chunkTask(together, sounds.stretches, chunk), round: 0 })),
    ...films.map((film) => ({
      task: film.kind === 'bundle' ? assembleTask(together, film) : joinTask(together, sounds, film),
      round: roundsOf(film),
    })),
  ];
};
