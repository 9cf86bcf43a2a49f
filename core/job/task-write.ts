/** What a task writes, and what must hold of it. */
import * as z from 'zod';
import { Document, RenditionId } from './documents.ts';
import { FileName } from './file-name.ts';
import { Name } from './values.ts';

/** What must hold for a written file before it is published. Absent fields are not checked. */
export const Expectation = z.strictObject({
  /** Null: there must be none. `width` and `height` are exact. */
  video: z.strictObject({ codec: z.string(), width: z.int(), height: z.int() }).nullable().optional(),
  audio: z.strictObject({ codec: z.string(), channels: z.int().optional() }).nullable().optional(),
  /** Seconds; the tolerance is `max(1 s, 2 %, the last frame's duration)`. */
  durationSeconds: z.number().min(0).optional(),
  lastFrameSeconds: z.number().min(0).optional(),
  /** The least number of pictures, counted by decoding nothing (packets). */
  minFrames: z.int().min(0).optional(),
});
export type Expectation = z.output<typeof Expectation>;

export const TaskWrite = z.strictObject({
  output: Name,
  file: FileName,
  contentType: z.string(),
  expects: Expectation,
  /** The file is made after the commands, from what they wrote; no command writes it. */
  document: Document.optional(),
  /** The file is a byte-for-byte copy of this file that the task reads. */
  copyOf: FileName.optional(),
  /** The file is the head of this rendition of a stream: it is checked together with its segments. */
  rendition: RenditionId.optional(),
});
export type TaskWrite = z.output<typeof TaskWrite>;

/** Files that a command counts by itself: `{prefix}{digits}{suffix}`. Each is checked and stored like any other. */
export const TaskSeries = z.strictObject({
  output: Name,
  prefix: FileName,
  suffix: z.string().regex(/^\.[a-z0-9]{2,4}$/),
  contentType: z.string(),
  expects: Expectation,
  least: z.int().min(0),
  most: z.int().min(1),
});
export type TaskSeries = z.output<typeof TaskSeries>;
