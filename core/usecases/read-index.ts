/** The index of a source, as its fetch task left it, and the stretches of the source that tasks ask for. */
import { Failure } from '../failures.ts';
import type { Slice, Stretch, Stretches } from '../job/slice.ts';
import type { TaskResult } from '../job/task-result.ts';
import { rowsRange } from '../media/mp4/rows.ts';
import { type SliceFile, sliceOf, stretchOf } from '../media/mp4/slice.ts';
import { type StretchPart, stretchParts } from '../media/mp4/stretches.ts';
import { SourceIndex, type TrackIndex } from '../media/source-index.ts';
import type { ObjectStore } from '../ports/object-store.ts';

export type FetchedInput = NonNullable<TaskResult['input']>;

/** Undefined of an input that has none. Fails with `platform.internal` where it should be there and is not. */
export const readIndex = async (
  objects: Pick<ObjectStore, 'read'>,
  { index }: Pick<FetchedInput, 'index'>,
): Promise<SourceIndex | undefined> => {
  if (!index) return undefined;
  const text = await objects.read(index.key);
  if (!text) throw new Failure('platform.internal', { detail: 'The index of a source is gone.' });
  return SourceIndex.parse(JSON.parse(new TextDecoder().decode(text)));
};

type Objects = Pick<ObjectStore, 'readRange'>;

const trackIn = ({ tracks }: SourceIndex, { stream }: Pick<Slice, 'stream'>): TrackIndex => {
  const track = tracks.find((each) => each.stream === stream);
  if (!track) throw new Failure('platform.internal', { detail: 'The index does not hold the track of a slice.' });
  return track;
};

/** A slice that is to be read: its header, and which bytes of the source follow it. */
export const slicePlanned = async (
  objects: Objects,
  index: SourceIndex,
  slice: Slice,
  signal?: AbortSignal,
): Promise<SliceFile> => {
  const track = trackIn(index, slice);
  const rows = await objects.readRange({ key: index.rows.key }, rowsRange(track, slice), signal);
  return sliceOf(track, rows, slice);
};

/** Samples that are to be read, and nothing else. */
export const stretchPlanned = async (
  objects: Objects,
  index: SourceIndex,
  stretch: Stretch,
  signal?: AbortSignal,
): Promise<SliceFile> => {
  const rows = await objects.readRange({ key: index.rows.key }, rowsRange(trackIn(index, stretch), stretch), signal);
  return stretchOf(rows, stretch);
};

/** Which bytes of the files with its samples a slice is made of. */
export const partsPlanned = async (
  objects: Objects,
  index: SourceIndex,
  of: { readonly slice: Slice; readonly file: SliceFile; readonly stretches: Stretches },
  signal?: AbortSignal,
): Promise<StretchPart[]> => {
  const { rows: starts } = of.stretches;
  const range = rowsRange(trackIn(index, of.slice), { rows: [starts[0] ?? 0, starts.at(-1) ?? 0] });
  const rows = await objects.readRange({ key: index.rows.key }, range, signal);
  return stretchParts(of.file, starts, rows);
};
