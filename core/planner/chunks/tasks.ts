/** The tasks of films that are made in pieces: the pieces, their sound, and what puts them together. */
import { linksOfPiece, type Span } from '../../ffmpeg/pieces.ts';
import type { Branch, Bundle, Cut, Source, Window } from '../../ffmpeg/recipe.ts';
import { segmentArguments } from '../../ffmpeg/segments.ts';
import { pieceTable, type Tables } from '../../job/documents.ts';
import type { FileName } from '../../job/file-name.ts';
import type { JoinTask, MakeTask, Piece, TaskWrite } from '../../job/plan.ts';
import type { Name } from '../../job/values.ts';
import { planSlice } from '../../media/mp4/slice.ts';
import { rationalValue } from '../../media/probe.ts';
import { fuse } from '../fuse.ts';
import { taskLimits } from '../limits.ts';
import type { Chunk } from './boundaries.ts';
import { branchesOf, type CutFilms, type Film } from './decide.ts';
import { soundSource } from './sound.ts';
import { type SoundPiece, soundPieces } from './sound-pieces.ts';
import { pictureIn, picturesOf } from './timeline.ts';

/** Films that share a decode: of the same source and window, cut at the same places. */
export type Together = {
  readonly films: readonly [Film, ...Film[]];
  readonly cut: CutFilms;
  readonly hash: (text: string) => string;
};

/** In the order in which they can run: all of `pieces` at once, then all of `whole`. */
export type ChunkTasks = { readonly pieces: readonly MakeTask[]; readonly whole: readonly (MakeTask | JoinTask)[] };

const json = 'application/json';
const padded = (number: number): string => String(number).padStart(4, '0');

/** What the pieces of an output are listed under: it is no output of the job. */
const piecesOf = (output: Name, hash: Together['hash']): Name => `pieces-${hash(output).slice(0, 16)}`;

/** `p720.c0001.mp4`. No output's name has a dot in it, so none of these is another output's. */
const pieceFile = (of: string, chunk: number): FileName => `${of}.c${padded(chunk)}.mp4`;
const soundFile = (output: Name): FileName => `${output}.sound.mp4`;
const soundPieceFile = (output: Name, piece: number): FileName => `${output}.s${padded(piece)}.mp4`;
const tableOf = (file: FileName): FileName => `${file}.json`;
/** Of a stream: what its pieces' tables are named by. */
const tablesOf = ({ output }: Bundle, chunks: number): Tables => ({ prefix: `${output}.c`, count: chunks });
const soundTable = (output: Name): FileName => `${output}.sound.json`;

const chunkTaskId = ([first]: Together['films'], { number }: Chunk): string => `chunk${padded(number)}-${first.output}`;
const soundTaskId = ([first]: Together['films']): string => `sound-${first.output}`;
const soundPieceTaskId = ([first]: Together['films'], { number }: SoundPiece): string =>
  `sound${padded(number)}-${first.output}`;

const cutOf = ({ cut }: Branch): Cut => {
  if (typeof cut !== 'object') throw new TypeError('only what can be cut is cut');
  return cut;
};

type Pictures = Span & { readonly count: number | undefined };

/** The pictures of a piece, in the rate of the branch. */
const picturesIn = ({ cut: { grid } }: Together, { rate }: Cut, chunk: Chunk): Pictures => {
  const first = pictureIn(chunk.first, grid.rate, rate);
  if (chunk.last === null) {
    // A part has been cut out before its rate is made constant.
    const end = grid.timeline.part ? {} : { end: picturesOf(grid.timeline, rate) };
    return { first, last: null, ...end, count: undefined };
  }
  const last = pictureIn(chunk.last, grid.rate, rate);
  return { first, last, count: last - first };
};

/** At least so many pictures: exactly, but for the last piece, where the source's own end may be rounded. */
const least = ({ cut: { grid } }: Together, { rate }: Cut, { first, count }: Pictures): number =>
  count ?? Math.max(1, picturesOf(grid.timeline, rate) - first - 1);

/** Of the source's pictures, those that are asked for and nothing before or after: only in the first and last piece. */
const partLinks = ({ cut: { grid } }: Together, chunk: Chunk): string[] => {
  const { part, origin } = grid.timeline;
  if (!part) return [];
  const keep = [
    ...(chunk.first === 0 ? ['start_pts=0'] : []),
    ...(chunk.last === null ? [`end_pts=${part.end - origin}`] : []),
  ];
  return keep.length === 0 ? [] : [`trim=${keep.join(':')}`];
};

const sliceSource = ({ cut: { grid } }: Together, source: Source, chunk: Chunk): Source => {
  const { track, aheadSeconds } = grid.timeline;
  if (!('input' in source.from)) throw new TypeError('only inputs are cut');
  const from = { input: source.from.input, slice: planSlice(track, chunk.from, chunk.to) };
  return { ...source, from, aheadSeconds };
};

const asPiece = (together: Together, branch: Branch, chunk: Chunk, source: Source): Branch => {
  const { picture, sound: _sound, join: _join, ...rest } = branch;
  const cut = cutOf(branch);
  if (!picture) throw new TypeError('pieces have pictures');
  const pictures = picturesIn(together, cut, chunk);
  const { segments, every, rate } = cut;
  const edits = [...partLinks(together, chunk), ...linksOfPiece(picture.edits, rate, pictures)];
  const piece: Branch = { ...rest, source, picture: { ...picture, index: 0, edits } };
  if (segments && branch.series) {
    const number = pictures.first / every + 1;
    const count = pictures.count === undefined ? undefined : pictures.count / every;
    return {
      ...piece,
      encode: [...segments.encode, ...segmentArguments(segments.id, segments.cuts, number)],
      series: { ...branch.series, ...(count === undefined ? {} : { least: count, most: count }) },
    };
  }
  return {
    ...piece,
    output: piecesOf(branch.output, together.hash),
    encode: cut.picture ?? [],
    file: pieceFile(branch.output, chunk.number),
    contentType: 'video/mp4',
    expects: { video: branch.expects.video ?? null, audio: null, minFrames: least(together, cut, pictures) },
  };
};

const sampleTable = (output: Name, of: FileName): TaskWrite => ({
  output,
  file: tableOf(of),
  contentType: json,
  expects: {},
  document: { kind: 'sample-table', of },
});

/** The tables of the files that a task writes as pieces, and the heads of the renditions that begin in it. */
const beside = (together: Together, branches: readonly Branch[], chunk: Chunk): TaskWrite[] => {
  const { films, cut, hash } = together;
  const files = branches.filter((branch) => !cutOf(branch).segments);
  const segmented = branches.filter((branch) => cutOf(branch).segments);
  const heads = segmented.flatMap((branch): TaskWrite[] => {
    const head = chunk.number === 0 ? headOf(together, branch) : undefined;
    if (!head) return [];
    const { durationSeconds: _whole, ...expects } = head.expects;
    const film = cutOf(branch);
    return [{ ...head, expects: { ...expects, minFrames: least(together, film, picturesIn(together, film, chunk)) } }];
  });
  const tables = films.flatMap((film): TaskWrite[] => {
    const of = segmented.filter(({ output }) => output === film.output);
    const [first] = of;
    if (film.kind !== 'bundle' || !first) return [];
    const { rate, every } = cutOf(first);
    const pictures = picturesIn(together, cutOf(first), chunk);
    return [
      {
        output: piecesOf(film.output, hash),
        file: pieceTable(tablesOf(film, cut.chunks.length), chunk.number),
        contentType: json,
        expects: {},
        document: {
          kind: 'segment-table',
          renditions: of.flatMap((branch) => cutOf(branch).segments?.id ?? []),
          first: pictures.first / every + 1,
          start: { num: pictures.first * rate.den, den: rate.num },
          ...(pictures.count === undefined ? {} : { pictures: pictures.count }),
        },
      },
    ];
  });
  const samples = files.map(({ output }) => sampleTable(piecesOf(output, hash), pieceFile(output, chunk.number)));
  return [...samples, ...heads, ...tables];
};

/** The head of a rendition, as its bundle lists it. */
const headOf = ({ films }: Together, { output, cut }: Branch): TaskWrite | undefined => {
  const bundle = films.find((film): film is Bundle => film.kind === 'bundle' && film.output === output);
  const id = typeof cut === 'object' ? cut.segments?.id : undefined;
  const head = bundle?.documents.find(({ rendition }) => rendition !== undefined && rendition === id);
  return head && { output, ...head };
};

const secondsOf = ({ cut: { grid } }: Together, { first, last }: Chunk): number =>
  ((last ?? picturesOf(grid.timeline, grid.rate)) - first) / rationalValue(grid.rate);

/** Outputs that a task makes a part of, and writes no file of. */
const partOf = (branches: readonly Branch[]): Pick<MakeTask, 'partOf'> => {
  const names = [...new Set(branches.filter((branch) => !cutOf(branch).segments).map(({ output }) => output))];
  return names.length > 0 ? { partOf: names } : {};
};

const named = (films: readonly Film[]): string => films.map(({ output }) => output).join(', ');

const cutInto = (films: readonly Film[]): { cut: Name[] } => ({ cut: films.map(({ output }) => output) });

const chunkTask = (together: Together, chunk: Chunk): MakeTask => {
  const { films, cut } = together;
  const [first] = films;
  const originals = films.flatMap(branchesOf).filter(({ picture }) => picture);
  const source = sliceSource(together, first.source, chunk);
  const window: Window = { start: 0, seconds: Math.max(0.001, secondsOf(together, chunk)), trimmed: false };
  const pieces = originals.map((branch) => asPiece(together, branch, chunk, source));
  const task = fuse(chunkTaskId(films, chunk), pieces, source, window);
  const progressFrom = chunk.first / rationalValue(cut.grid.rate);
  return {
    ...task,
    label: `${named(films)}: piece ${chunk.number + 1} of ${cut.chunks.length}`,
    commands: task.commands.map((command) => (progressFrom > 0 ? { ...command, progressFrom } : command)),
    writes: [...task.writes, ...beside(together, originals, chunk)],
    ...partOf(originals),
    ...cutInto(films),
  };
};

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
const soundsOf = ({ films, cut }: Together) => {
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
const soundTasks = (together: Together): MakeTask[] => {
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

const joinTask = (together: Together, branch: Branch): JoinTask => {
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
  const ofSound = (file: FileName, task: string): Piece => ({ output: pieces, file, table: tableOf(file), task });
  const sounds = soundsOf(together);
  const heard = sounds.inPieces.includes(branch)
    ? (sounds.pieces ?? []).map((piece): Piece => {
        const { drop, samples, number } = piece;
        const made = ofSound(soundPieceFile(output, number), soundPieceTaskId(films, piece));
        return { ...made, ...(drop && { drop }), ...(samples === undefined ? {} : { samples }) };
      })
    : [ofSound(soundFile(output), soundTaskId(films))];
  const total = picturesOf(cut.grid.timeline, film.rate);
  return {
    kind: 'join',
    id: `join-${output}`,
    label: `${output}: joined of ${picture.length} pieces`,
    picture,
    sound: branch.sound ? heard : [],
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

export const chunkTasks = (together: Together): ChunkTasks => {
  const { films, cut } = together;
  return {
    pieces: [...soundTasks(together), ...cut.chunks.map((chunk) => chunkTask(together, chunk))],
    whole: films.map((film) => (film.kind === 'bundle' ? assembleTask(together, film) : joinTask(together, film))),
  };
};
