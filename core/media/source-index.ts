/**
 * What is known of the samples of an MP4 or MOV file without reading them: what a plan needs to cut it on exact pictures.
 * The runner makes it from the `moov` box; the samples themselves are listed in a second object, a row of fixed length
 * each, of which whoever reads a slice reads only its own rows.
 */
import * as z from 'zod';

/** Key pictures, in their order: the row of each, and when it is shown. */
const Syncs = z.strictObject({ rows: z.array(z.int()), times: z.array(z.int()) });

export const TrackIndex = z.strictObject({
  /** As ffprobe counts the streams. */
  stream: z.int().min(0),
  kind: z.enum(['video', 'audio']),
  /** Ticks per second. All times here are ticks of the presentation: 0 is where the file starts, edit lists applied. */
  timescale: z.int().min(1),
  /** How many samples there are, and the row of the first one in the object with the rows. */
  samples: z.int().min(1),
  firstRow: z.int().min(0),
  /** When the first picture is shown, and when the last one has been. */
  start: z.int(),
  end: z.int(),
  /** The longest time that one picture stands. */
  longest: z.int().min(0),
  syncs: Syncs,
  /**
   * Of sound that lies in the file in its own order: for each of the key pictures of the first picture track, the row of
   * the first sample that lies behind it. Who reads pictures from one to the next reads the sound between them as well.
   */
  between: z.array(z.int()).optional(),
  /** Bytes of all samples together. */
  bytes: z.int().min(0),
  /** `tkhd`, `hdlr` and `stsd`, whole boxes one after another, in base64: what a slice's header is made of. */
  boxes: z.string(),
  /** Why it cannot be cut exactly, in plain words: several edits, samples without a time of their own, no sync sample. */
  refused: z.string().nullable(),
});
export type TrackIndex = z.output<typeof TrackIndex>;

export const SourceIndex = z.strictObject({
  version: z.literal(1),
  /** Where the rows lie: `{key, bytes}`; read by byte ranges. */
  rows: z.strictObject({ key: z.string(), bytes: z.int().min(0) }),
  tracks: z.array(TrackIndex),
});
export type SourceIndex = z.output<typeof SourceIndex>;
