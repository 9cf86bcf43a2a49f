/** Parts of a track of an MP4 or MOV input that tasks read, and leave for each other. */
import * as z from 'zod';
import { FileName } from './file-name.ts';
import { Name } from './values.ts';

/**
 * A stretch of one track of an MP4 or MOV input, brought into the folder as a file of its own: a small header and the
 * samples, nothing else of the source is read. It holds every sample that is shown in `from`..`to` (ticks of the track,
 * counted as its index counts them), from the sync sample before it, and one more after it where there is one.
 */
export const Slice = z.strictObject({
  /** As ffprobe counts the streams of the source. */
  stream: z.int().min(0),
  /** Null: from the first sample, to the last one. */
  from: z.int().nullable(),
  to: z.int().nullable(),
  /** Rows of the track's index among which those samples are: the first, and the one after the last. */
  rows: z.tuple([z.int().min(0), z.int().min(1)]),
});
export type Slice = z.output<typeof Slice>;

/**
 * Samples of a track of an MP4 or MOV input, one after another as the source holds them, with nothing before or between:
 * whoever reads the pictures around them has read them too, and leaves them for those that need them later.
 */
export const Stretch = z.strictObject({ stream: z.int().min(0), rows: z.tuple([z.int().min(0), z.int().min(1)]) });
export type Stretch = z.output<typeof Stretch>;

/** Files with the samples that a slice is made of, as tasks have left them. */
export const Stretches = z.strictObject({
  output: Name,
  prefix: FileName,
  /** The number of the first file. */
  first: z.int().min(0),
  /** The row that each file starts with, and the one that the last one ends before. No file is empty: it is left out. */
  rows: z.array(z.int().min(0)).min(2),
  /** About so many bytes altogether. */
  bytes: z.int().min(0),
});
export type Stretches = z.output<typeof Stretches>;

export const stretchFile = (prefix: FileName, number: number): FileName =>
  `${prefix}${String(number).padStart(4, '0')}.samples`;
