/** The sound of films in pieces. */
import type { Branch, Source, Window } from '../../ffmpeg/recipe.ts';
import type { FileName } from '../../job/file-name.ts';
import type { MakeTask, Piece, TaskId } from '../../job/plan.ts';
import type { TaskWrite } from '../../job/task-write.ts';
import type { Name } from '../../job/values.ts';
import { fuse } from '../fuse.ts';
import { branchesOf } from './decide.ts';
import { piecesOf, soundFile, soundPieceFile, soundPieceTaskId, soundTable, soundTaskId, tableOf } from './names.ts';
import { soundSource } from './sound.ts';
import { type SoundPiece, soundPieces } from './sound-pieces.ts';
import { ofStretches, type SoundStretches, stretchesOf } from './stretches.ts';
import { cutInto, cutOf, headOf, json, named, partOf, sampleTable, type Together } from './together.ts';

/** A branch with the sound alone. */
const soundBranch = ({ hash }: Together, { picture: _picture, join: _join, ...branch }: Branch): Branch => {
  const cut = cutOf(branch);
  if (cut.segments) return branch;
  return {
    ...branch,
    output: piecesOf(branch.output, hash),
    encode: cut.sound ?? [],
    file: soundFile(branch.output),
    contentType: 'audio/mp4',
    expects: { video: null, audio: branch.expects.audio ?? null },
  };
};

const besideSound = (together: Together, branches: readonly Branch[]): TaskWrite[] =>
  branches.flatMap((branch): TaskWrite[] => {
    const output = piecesOf(branch.output, together.hash);
    const { segments } = cutOf(branch);
    if (!segments) {
      return [sampleTable(output, soundFile(branch.output))];
    }
    const document = {
      kind: 'segment-table',
      renditions: [segments.id],
      first: 1,
      start: { num: 0, den: 1 },
    } satisfies TaskWrite['document'];
    const file = soundTable(branch.output);
    const head = headOf(together, branch);
    return [...(head ? [head] : []), { output, file, contentType: json, expects: {}, document }];
  });

/** Who reads what of the sound, before it is known from where. */
type Wanted = {
  readonly inPieces: readonly Branch[];
  readonly pieces: readonly SoundPiece[];
  readonly whole: ReturnType<typeof soundSource> | undefined;
  readonly originals: readonly Branch[];
};

/** Of files, the sound may be made in pieces where it would be waited for; of streams it is made whole. */
const wantedOf = (together: Together): Wanted => {
  const { films, cut } = together;
  const [{ source, window }] = films;
  const heard = films.flatMap(branchesOf).filter(({ sound }) => sound);
  const branches = heard.filter((branch) => !cutOf(branch).segments);
  const { placement, leastSoundSeconds: leastSeconds } = cut;
  const options = { pictureSeconds: placement.seconds, leastSeconds };
  const pieces = soundPieces(cut.index, { source, window, branches }, options);
  const originals = pieces ? heard.filter((one) => !branches.includes(one)) : heard;
  const parts = originals.map((branch) => soundBranch(together, branch));
  return {
    inPieces: pieces ? branches : [],
    pieces: pieces ?? [],
    whole: parts.length > 0 ? soundSource(cut.index, source, window, parts) : undefined,
    originals,
  };
};

const soundPieceTask = (together: Together, originals: readonly Branch[], piece: SoundPiece): MakeTask => {
  const { films } = together;
  const branches = originals.map(
    (branch): Branch => ({
      ...soundBranch(together, branch),
      source: piece.source,
      sound: { index: 0, filters: piece.filters },
      file: soundPieceFile(branch.output, piece.number),
    }),
  );
  const window: Window = { start: 0, seconds: piece.seconds, trimmed: false };
  const task = fuse(soundPieceTaskId(films, piece), branches, piece.source, window);
  return {
    ...task,
    label: `${named(films)}: sound, piece ${piece.number + 1}`,
    commands: task.commands.map((command) => (piece.from > 0 ? { ...command, progressFrom: piece.from } : command)),
    writes: [...task.writes, ...branches.map(({ output, file }): TaskWrite => sampleTable(output, file))],
    ...partOf(originals),
    ...cutInto(films),
  };
};

const wholeSoundTask = (
  together: Together,
  originals: readonly Branch[],
  { source, branches }: ReturnType<typeof soundSource>,
): MakeTask => {
  const { films } = together;
  const task = fuse(soundTaskId(films), branches, source, films[0].window);
  return {
    ...task,
    label: `${named(films)}: sound`,
    writes: [...task.writes, ...besideSound(together, originals)],
    ...partOf(originals),
    ...cutInto(films),
  };
};

export type Sounds = {
  readonly tasks: readonly MakeTask[];
  /** What the pieces of the picture leave of the sound for these tasks, which come after them. */
  readonly stretches: SoundStretches | undefined;
  /** What the sound of a file is joined of. */
  readonly piecesOf: (branch: Branch) => readonly Piece[];
};

/** The sound of all films: once and whole, and that of files in pieces where it would be waited for. */
export const soundsOf = (together: Together): Sounds => {
  const { films, hash } = together;
  const { inPieces, pieces, whole, originals } = wantedOf(together);
  const stretches = stretchesOf(together, [...pieces.map(({ source }) => source), ...(whole ? [whole.source] : [])]);
  const kept = <T extends { readonly source: Source }>(of: T): T => ({
    ...of,
    source: ofStretches(stretches, of.source),
  });
  const pieceOf = (output: Name, file: FileName, task: TaskId): Piece => ({
    output: piecesOf(output, hash),
    file,
    table: tableOf(file),
    task,
  });
  return {
    stretches,
    tasks: [
      ...pieces.map((piece) => soundPieceTask(together, inPieces, kept(piece))),
      ...(whole
        ? [wholeSoundTask(together, originals, kept({ ...whole, branches: whole.branches.map((each) => kept(each)) }))]
        : []),
    ],
    piecesOf: (branch) => {
      const { output, sound } = branch;
      if (!sound) return [];
      if (!inPieces.includes(branch)) return [pieceOf(output, soundFile(output), soundTaskId(films))];
      return pieces.map((piece) => ({
        ...pieceOf(output, soundPieceFile(output, piece.number), soundPieceTaskId(films, piece)),
        ...(piece.drop && { drop: piece.drop }),
        ...(piece.samples === undefined ? {} : { samples: piece.samples }),
      }));
    },
  };
};
