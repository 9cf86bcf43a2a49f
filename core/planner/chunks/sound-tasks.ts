/** The sound of films in pieces. */
import type { Branch, Window } from '../../ffmpeg/recipe.ts';
import type { MakeTask, TaskWrite } from '../../job/plan.ts';
import { fuse } from '../fuse.ts';
import { branchesOf } from './decide.ts';
import { piecesOf, soundFile, soundPieceFile, soundPieceTaskId, soundTable, soundTaskId } from './names.ts';
import { soundSource } from './sound.ts';
import { type SoundPiece, soundPieces } from './sound-pieces.ts';
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

/** Branches with sound: of files, which may be made in pieces, and of streams. */
export const soundsOf = ({ films, cut }: Together) => {
  const [{ source, window }] = films;
  const heard = films.flatMap(branchesOf).filter(({ sound }) => sound);
  const branches = heard.filter((branch) => !cutOf(branch).segments);
  const { placement, leastSoundSeconds: leastSeconds } = cut;
  const options = { pictureSeconds: placement.seconds, leastSeconds };
  const pieces = soundPieces(cut.index, { source, window, branches }, options);
  return {
    inPieces: pieces ? branches : [],
    pieces,
    whole: pieces ? heard.filter((one) => !branches.includes(one)) : heard,
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

/** The sound of all films: once and whole, and that of files in pieces where it would be waited for. */
export const soundTasks = (together: Together): MakeTask[] => {
  const { inPieces, pieces = [], whole } = soundsOf(together);
  return [
    ...pieces.map((piece) => soundPieceTask(together, inPieces, piece)),
    ...(whole.length > 0 ? [wholeSoundTask(together, whole)] : []),
  ];
};

const wholeSoundTask = (together: Together, originals: readonly Branch[]): MakeTask => {
  const { films, cut } = together;
  const [{ source, window }] = films;
  const branches = originals.map((branch) => soundBranch(together, branch));
  const read = soundSource(cut.index, source, window, branches);
  const task = fuse(soundTaskId(films), read.branches, read.source, window);
  return {
    ...task,
    label: `${named(films)}: sound`,
    writes: [...task.writes, ...besideSound(together, originals)],
    ...partOf(originals),
    ...cutInto(films),
  };
};
