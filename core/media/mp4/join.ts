/** One MP4 out of pieces: a `moov` in front, and behind it the pieces byte for byte, so that a store can copy them. */
import { Failure } from '../../failures.ts';
import type { SampleTable } from './sample-table.ts';

export interface JoinPiece {
  readonly table: SampleTable;
  /** Samples that are not listed: their bytes stay in the file and nobody reads them. */
  readonly drop?: { readonly first: number; readonly last: number } | undefined;
}

export interface JoinPieces {
  readonly picture: readonly JoinPiece[];
  readonly sound: readonly JoinPiece[];
}

/** When a track starts and ends, in seconds of the presentation. */
export interface Span {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

export interface JoinFacts {
  readonly frames: number;
  readonly durationSeconds: number;
  readonly picture: Span;
  readonly sound: Span | null;
  /** The sound's end less the picture's. */
  readonly soundOffsetSeconds: number | null;
}

export interface Joined {
  /** `ftyp`, `moov` and the start of `mdat`. */
  readonly head: Uint8Array;
  /** Whole pieces, in this order behind the head. */
  readonly layout: readonly { readonly of: keyof JoinPieces; readonly piece: number; readonly bytes: number }[];
  /** Of the whole file. */
  readonly bytes: number;
  readonly facts: JoinFacts;
}

/** Fails with `encode.verify_failed`, whose `facts.reason` says why, where the pieces do not make one film. */
export const joinedFile = (pieces: JoinPieces): Joined => {
  throw new Failure('platform.internal', { pieces: pieces.picture.length });
};
