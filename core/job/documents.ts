/**
 * Texts that a task makes itself, out of files in its folder. The plan names what is made of what;
 * `core/documents/` makes it, purely, and the runner only reads and writes.
 */
import * as z from 'zod';
import { Rational } from '../media/probe.ts';
import { FileName } from './file-name.ts';

/** Known when the plan is made: a probe, the text that is drawn over a picture, a list of files to join. */
const Text = z.strictObject({ kind: z.literal('text'), text: z.string() });

/** The sha256 of a file as `sha256sum` prints it, under a name for people. */
const Checksum = z.strictObject({ kind: z.literal('checksum'), of: FileName, name: z.string() });

/** The name of a rendition of a stream, which the names of its files start with. */
export const RenditionId = z.string().regex(/^[a-z][a-z0-9]{0,15}$/);

/**
 * Of a stream that was made in pieces: the tables of its pictures are `{prefix}0000.json` and so on, that of its sound is
 * one. Without them the segments themselves lie in the folder.
 */
const Tables = z.strictObject({ prefix: FileName, count: z.int().min(1), sound: FileName.optional() });
export type Tables = z.output<typeof Tables>;
const tables = Tables.optional();

/** The table of a piece, counted from 0. */
export const pieceTable = ({ prefix }: Pick<Tables, 'prefix'>, piece: number): FileName =>
  `${prefix}${String(piece).padStart(4, '0')}.json`;
const stream = { video: z.array(RenditionId).min(1), audio: RenditionId.optional(), tables };

const HlsMaster = z.strictObject({ kind: z.literal('hls-master'), ...stream });
const HlsMedia = z.strictObject({ kind: z.literal('hls-media'), rendition: RenditionId, tables });
const DashManifest = z.strictObject({ kind: z.literal('dash-manifest'), ...stream });

/** What a fragmented MP4 says of its samples: whoever joins it with others need not read it. */
const SampleTable = z.strictObject({ kind: z.literal('sample-table'), of: FileName });

/** The segments of a piece of a stream, read back and compared with the plan. */
const SegmentTable = z.strictObject({
  kind: z.literal('segment-table'),
  renditions: z.array(RenditionId).min(1),
  /** The number of the first segment of each, and the second at which that starts. */
  first: z.int().min(1),
  start: Rational,
  /** How many pictures each has, where that is known before. */
  pictures: z.int().min(1).optional(),
});

/** Which clip is which part of the source, and how long each is: a copied one begins at the key picture before. */
const Clips = z.strictObject({
  kind: z.literal('clips'),
  clips: z.array(
    z.strictObject({ file: FileName, start: z.number(), end: z.number(), label: z.string().max(64).optional() }),
  ),
});

/** Captions as a file of their own, of the cues of another one in a window of its seconds; null goes to the end. */
const Captions = z.strictObject({
  kind: z.literal('captions'),
  from: FileName,
  to: z.enum(['srt', 'webvtt']),
  start: z.number().min(0),
  seconds: z.number().min(0).nullable(),
});

/** Captions as `ass` draws them, for a picture of this size. The window is in seconds of the source of the picture. */
const BurnedCaptions = z.strictObject({
  kind: z.literal('burned-captions'),
  from: FileName,
  width: z.int().min(1),
  height: z.int().min(1),
  start: z.number().min(0),
  seconds: z.number().min(0).nullable(),
  tempo: z.number().positive(),
});

export const Document = z.discriminatedUnion('kind', [
  Text,
  Checksum,
  Captions,
  Clips,
  BurnedCaptions,
  HlsMaster,
  HlsMedia,
  DashManifest,
  SampleTable,
  SegmentTable,
]);
export type Document = z.output<typeof Document>;
export type DocumentOf<K extends Document['kind']> = Extract<Document, { kind: K }>;
