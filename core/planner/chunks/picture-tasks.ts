/** The pieces of films: each is made of a slice of the source, by one process that makes it of all films at once. */
import { linksOfPiece, type Span } from '../../ffmpeg/pieces.ts';
import type { Branch, Cut, Source, Window } from '../../ffmpeg/recipe.ts';
import { segmentArguments } from '../../ffmpeg/segments.ts';
import { pieceTable } from '../../job/documents.ts';
import type { MakeTask } from '../../job/plan.ts';
import type { TaskWrite } from '../../job/task-write.ts';
import { planSlice } from '../../media/mp4/slice.ts';
import { rationalValue } from '../../media/probe.ts';
import { fuse } from '../fuse.ts';
import type { Placement } from '../places/place.ts';
import type { Chunk } from './boundaries.ts';
import { branchesOf } from './decide.ts';
import { chunkTaskId, pieceFile, piecesOf, tablesOf } from './names.ts';
import { type SoundStretches, stretchIn } from './stretches.ts';
import { pictureIn, picturesOf } from './timeline.ts';
import { cutInto, cutOf, headOf, json, named, partOf, sampleTable, type Together } from './together.ts';

type Pictures = Span & { readonly count: number | undefined };

/** The pictures of a piece, in the rate of the branch. */
export const picturesIn = ({ cut: { grid } }: Together, { rate }: Cut, chunk: Chunk): Pictures => {
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

const sliceSource = ({ cut: { grid, placement } }: Together, source: Source, chunk: Chunk): Source => {
  const { track, aheadSeconds } = grid.timeline;
  if (!('input' in source.from)) throw new TypeError('only inputs are cut');
  const from = { input: source.from.input, slice: planSlice(track, chunk.from, chunk.to) };
  return { ...source, from, aheadSeconds, ...(placement.threads !== null && { threads: placement.threads }) };
};

const threadsOf = ({ threads }: Placement): string[] => (threads === null ? [] : ['-threads', String(threads)]);

const asPiece = (together: Together, branch: Branch, chunk: Chunk, source: Source): Branch => {
  const { picture, sound: _sound, join: _join, ...rest } = branch;
  const cut = cutOf(branch);
  const threads = threadsOf(together.cut.placement);
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
      encode: [...segments.encode, ...threads, ...segmentArguments(segments.id, segments.cuts, number)],
      series: { ...branch.series, ...(count === undefined ? {} : { least: count, most: count }) },
    };
  }
  return {
    ...piece,
    output: piecesOf(branch.output, together.hash),
    encode: [...(cut.picture ?? []), ...threads],
    file: pieceFile(branch.output, chunk.number),
    contentType: 'video/mp4',
    expects: { video: branch.expects.video ?? null, audio: null, minFrames: least(together, cut, pictures) },
  };
};

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

const secondsOf = ({ cut: { grid } }: Together, { first, last }: Chunk): number =>
  ((last ?? picturesOf(grid.timeline, grid.rate)) - first) / rationalValue(grid.rate);

/** The task of a piece, which also leaves what it reads of the sound. */
export const chunkTask = (together: Together, stretches: SoundStretches | undefined, chunk: Chunk): MakeTask => {
  const { films, cut } = together;
  const [first] = films;
  const originals = films.flatMap(branchesOf).filter(({ picture }) => picture);
  const source = sliceSource(together, first.source, chunk);
  const window: Window = { start: 0, seconds: Math.max(0.001, secondsOf(together, chunk)), trimmed: false };
  const pieces = originals.map((branch) => asPiece(together, branch, chunk, source));
  const task = fuse(chunkTaskId(films, chunk), pieces, source, window);
  const progressFrom = chunk.first / rationalValue(cut.grid.rate);
  const left = stretchIn(stretches, chunk);
  return {
    ...task,
    label: `${named(films)}: piece ${chunk.number + 1} of ${cut.chunks.length}`,
    commands: task.commands.map((command) => (progressFrom > 0 ? { ...command, progressFrom } : command)),
    reads: [...task.reads, ...left.reads],
    writes: [...task.writes, ...beside(together, originals, chunk), ...left.writes],
    ...partOf(originals),
    ...cutInto(films),
  };
};
