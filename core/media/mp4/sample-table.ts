/** What a fragmented MP4 with one track says of its samples, as a small text that is kept beside it. */
import { Failure } from '../../failures.ts';
import type { RangedFile } from './source-index.ts';

export interface SampleTable {
  /** Of the whole file that the offsets lie in. */
  readonly bytes: number;
  /** Ticks per second. */
  readonly timescale: number;
  readonly kind: 'video' | 'audio';
  /** As `mdhd` packs it: three letters of five bits. */
  readonly language: number;
  /** Whole boxes. */
  readonly tkhd: Uint8Array;
  readonly hdlr: Uint8Array;
  readonly stsd: Uint8Array;
  /** In the order of decoding; all of the same length. Times in ticks of the presentation; they may be negative. */
  readonly sizes: Uint32Array;
  readonly offsets: Float64Array;
  readonly shown: Float64Array;
  readonly durations: Uint32Array;
  /** 1 where decoding can start. */
  readonly sync: Uint8Array;
}

/** Reads the boxes and not the samples. Fails with `encode.verify_failed` where it is no such file. */
export const readSampleTable = async (file: RangedFile): Promise<SampleTable> => {
  throw new Failure('platform.internal', { bytes: file.bytes });
};

/** JSON; some four kilobytes for ten seconds of thirty pictures each. */
export const writeSampleTable = (table: SampleTable): string => {
  throw new Failure('platform.internal', { bytes: table.bytes });
};

/** Fails with `encode.verify_failed` where the text is no such table. */
export const parseSampleTable = (text: string): SampleTable => {
  throw new Failure('platform.internal', { bytes: text.length });
};
