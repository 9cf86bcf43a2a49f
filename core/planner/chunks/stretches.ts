/**
 * The sound of a source lies between its pictures, so whoever reads those has read it as well: each piece leaves what it
 * has read of the sound, and what makes the sound reads that. So every byte of the source is read once.
 */
import type { Source } from '../../ffmpeg/recipe.ts';
import type { MakeTask } from '../../job/plan.ts';
import { type Slice, stretchFile, type Stretches } from '../../job/slice.ts';
import type { TaskWrite } from '../../job/task-write.ts';
import type { Name } from '../../job/values.ts';
import type { Chunk } from './boundaries.ts';
import type { CutFilms } from './decide.ts';
import { piecesOf, stretchPrefix } from './names.ts';
import type { Together } from './together.ts';

export type SoundStretches = {
  readonly input: Name;
  readonly stream: number;
  readonly output: Name;
  readonly prefix: string;
  /** The row of the sound that each piece starts with, and the one that the last one ends before. */
  readonly starts: readonly number[];
  readonly bytesPerRow: number;
};

type Sliced = { readonly input: Name; readonly slice: Slice };

const slicesOf = (sources: readonly Source[]): Sliced[] =>
  sources.flatMap(({ from }) => ('slice' in from && from.slice ? [{ input: from.input, slice: from.slice }] : []));

/** By where the pictures of each piece start in the file, not by when they are shown: sound may lie before or after them. */
const startsOf = (
  { grid, chunks }: CutFilms,
  between: readonly number[],
  [start, end]: readonly [number, number],
): number[] => {
  const { times } = grid.timeline.track.syncs;
  let last = start;
  const starts = chunks.map(({ number, from }) => {
    const at = number === 0 || from === null ? -1 : times.indexOf(from);
    last = Math.min(end, Math.max(last, between[at] ?? last));
    return last;
  });
  return [...starts, end];
};

/** Undefined where the sources are no slices of one track, or where nobody knows between which pictures that lies. */
export const stretchesOf = (
  { films: [{ output }], cut, hash }: Together,
  sources: readonly Source[],
): SoundStretches | undefined => {
  const slices = slicesOf(sources);
  const [first] = slices;
  const { tracks } = cut.index;
  const picture = tracks.find(({ kind, refused }) => kind === 'video' && refused === null);
  const track = tracks.find(({ stream }) => stream === first?.slice.stream);
  if (!first || !track?.between || picture?.stream !== cut.grid.timeline.track.stream) return undefined;
  const ends = [
    Math.min(...slices.map(({ slice }) => slice.rows[0])),
    Math.max(...slices.map(({ slice }) => slice.rows[1])),
  ] as const;
  return {
    input: first.input,
    stream: track.stream,
    output: piecesOf(output, hash),
    prefix: stretchPrefix(output),
    starts: startsOf(cut, track.between, ends),
    bytesPerRow: track.bytes / track.samples,
  };
};

/** What a piece reads and leaves of the sound. */
export const stretchIn = (
  stretches: SoundStretches | undefined,
  { number }: Chunk,
): { readonly reads: MakeTask['reads']; readonly writes: TaskWrite[] } => {
  const [start, end] = [stretches?.starts[number] ?? 0, stretches?.starts[number + 1] ?? 0];
  if (!stretches || end <= start) return { reads: [], writes: [] };
  const { input, stream, output, prefix } = stretches;
  const file = stretchFile(prefix, number);
  return {
    reads: [{ file, from: { input, stretch: { stream, rows: [start, end] } } }],
    writes: [{ output, file, contentType: 'application/octet-stream', expects: {} }],
  };
};

/** The same source, read where the pieces have left it. */
export const ofStretches = (stretches: SoundStretches | undefined, source: Source): Source => {
  const { from } = source;
  if (!stretches || !('slice' in from) || !from.slice) return source;
  const { starts, output, prefix, bytesPerRow } = stretches;
  const [start, end] = from.slice.rows;
  const first = starts.findLastIndex((row) => row <= start);
  const last = starts.findIndex((row) => row >= end);
  const rows = starts.slice(first, last + 1);
  const bytes = Math.round((end - start) * bytesPerRow);
  const held: Stretches = { output, prefix, first, rows, bytes };
  return { ...source, from: { ...from, stretches: held } };
};
