/** Reads a joined file's head back, with the reader of sources and not with what wrote it, and compares. */
import { Failure } from '../../failures.ts';
import type { JoinFacts, JoinPieces } from './join.ts';
import type { SliceFile } from './slice.ts';

export interface JoinCheck extends JoinFacts {
  /** Every sample of the pieces is there once, lies where it lay in its piece, and is shown when it was there. */
  readonly timesEqual: boolean;
  /** What does not hold, in plain words; empty where all does. */
  readonly problems: readonly string[];
}

/** `head` is the start of the written object. Fails with `encode.verify_failed` where it cannot be read at all. */
export const checkJoined = (head: Uint8Array, pieces: JoinPieces): JoinCheck => {
  throw new Failure('platform.internal', { bytes: head.length, pieces: pieces.picture.length });
};

/** The pictures around a join as a small MP4 of bytes of the joined object; they must decode without an error. */
export interface JoinSlice extends SliceFile {
  /** The first picture behind the join, counted from 0. */
  readonly frame: number;
}

/** One slice a join: from the last key picture before it to some pictures behind it. */
export const joinSlices = (head: Uint8Array, pieces: JoinPieces): JoinSlice[] => {
  throw new Failure('platform.internal', { bytes: head.length, pieces: pieces.picture.length });
};
