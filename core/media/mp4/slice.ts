/**
 * A stretch of one track as a small MP4 of its own: a header, and behind it the bytes of the samples. Read by FFmpeg
 * with `-copyts`, each sample is shown at its time in the index plus `sliceLeadSeconds`, in exact ticks.
 */
import { Failure } from '../../failures.ts';
import type { TrackIndex } from '../source-index.ts';
import type { ByteRange } from './rows.ts';

/** Added to every time, so that what is shown before the presentation's start has a time as well. */
export const sliceLeadSeconds = 10;

/** As a task holds it: core/job/plan.ts. */
export interface SliceWanted {
  readonly stream: number;
  readonly from: number | null;
  readonly to: number | null;
  readonly rows: [number, number];
}

/** One request for bytes of the source, and those of them that are written, in this order. */
export interface SliceRead extends ByteRange {
  readonly keep: readonly ByteRange[];
}

export interface SliceFile {
  /** `ftyp`, `moov` and the start of `mdat`. */
  readonly header: Uint8Array;
  /** The file is the header and then, read after read, what is to be kept of it. */
  readonly ranges: readonly SliceRead[];
  /** Of the whole file. */
  readonly bytes: number;
  readonly samples: number;
}

/** Which rows tell what a slice needs; `from` and `to` are times of the index, null is the track's own start or end. */
export const planSlice = (track: TrackIndex, from: number | null, to: number | null): SliceWanted => {
  throw new Failure('platform.internal', { track: track.stream, from, to });
};

/** `rows` are those that `rowsRange` names. Fails with `input.corrupt` where they are not this track's. */
export const sliceOf = (track: TrackIndex, rows: Uint8Array, slice: SliceWanted): SliceFile => {
  throw new Failure('platform.internal', { track: track.stream, rows: rows.length, slice: slice.stream });
};

/** What is kept of the bytes that a read brought. */
export const keptOf = (read: SliceRead, bytes: Uint8Array): Uint8Array[] =>
  read.keep.map(({ start, end }) => bytes.subarray(start - read.start, end - read.start));
