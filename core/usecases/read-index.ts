/** The index of a source, as its fetch task left it, and the stretches of the source that tasks ask for. */
import { Failure } from '../failures.ts';
import type { Slice, TaskResult } from '../job/plan.ts';
import { rowsRange } from '../media/mp4/rows.ts';
import { type SliceFile, sliceOf } from '../media/mp4/slice.ts';
import { SourceIndex } from '../media/source-index.ts';
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

/** A slice that is to be read: its header, and which bytes of the source follow it. */
export const slicePlanned = async (
  objects: Pick<ObjectStore, 'readRange'>,
  index: SourceIndex,
  slice: Slice,
  signal?: AbortSignal,
): Promise<SliceFile> => {
  const track = index.tracks.find(({ stream }) => stream === slice.stream);
  if (!track) throw new Failure('platform.internal', { detail: 'The index does not hold the track of a slice.' });
  const rows = await objects.readRange({ key: index.rows.key }, rowsRange(track, slice), signal);
  return sliceOf(track, rows, slice);
};
