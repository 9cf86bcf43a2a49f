/** What a finished task leaves behind, as the runner records it. */
import * as z from 'zod';
import { Probe } from '../media/probe.ts';
import { FileName } from './file-name.ts';
import { Finding } from './findings.ts';
import { PinnedObject } from './pinned-object.ts';
import { RecognitionKind } from './recognition.ts';
import { Name } from './values.ts';

export const OutputFile = z.strictObject({
  name: FileName,
  key: z.string(),
  /** As the store gave it when the file was written; later plans pin the bytes with it. */
  etag: z.string().optional(),
  bytes: z.int().min(0),
  type: z.string(),
  /** Null of a file that was joined within the store, where nobody read it whole; its pieces were checked. */
  sha256: z.string().nullable(),
});
export type OutputFile = z.output<typeof OutputFile>;

export const Attestation = z.strictObject({
  /** The first line of `ffmpeg -version`. */
  engine: z.string(),
  /** One list of arguments per command that had part in the output. */
  commands: z.array(z.array(z.string())),
  checks: z.strictObject({
    exit: z.int(),
    bytes: z.int(),
    durationSeconds: z.number().nullable(),
    frames: z.int().nullable(),
    video: z.string().nullable(),
    audio: z.string().nullable(),
    /** Decode errors that FFmpeg reported while it went on. */
    decodeErrors: z.int(),
    /** Of what was made in pieces: how many, and what was compared with the plan after they were joined. */
    join: z
      .strictObject({
        pieces: z.int().min(1),
        /** Every picture is there once and is shown when it should be. */
        timesEqual: z.boolean(),
        /** Seconds that the sound ends after the picture; as it ends before it in the source, if it does. */
        soundOffsetSeconds: z.number().nullable(),
        /** At so many joins the pictures before and after it were decoded without an error. */
        joinsDecoded: z.int().min(0),
      })
      .optional(),
  }),
});
export type Attestation = z.output<typeof Attestation>;

/** What a task used, as it was measured where it ran. */
export const Measured = z.strictObject({
  wallMs: z.number().min(0),
  /** User and system time of FFmpeg; the process around it is not counted. */
  cpuSeconds: z.number().min(0),
  /** From and to the object store, through the process; what a store copies by itself is in neither. */
  bytesRead: z.int().min(0),
  bytesWritten: z.int().min(0),
  /** To the object store. */
  requests: z.int().min(0),
  /** Of a join task: the bytes that went through this process, of those that `bytesWritten` counts. */
  moved: z.int().min(0).optional(),
  /** Of a container: true where it ran on spare capacity, which costs less. */
  spot: z.boolean().optional(),
});
export type Measured = z.output<typeof Measured>;

/** What a finished task leaves behind. */
export const TaskResult = z.strictObject({
  /** Of an import task: the item of the library, and its bytes. */
  imported: z.strictObject({ media: z.string(), object: PinnedObject, reused: z.boolean() }).optional(),
  /** Of an analyse task. */
  finding: Finding.optional(),
  /** Of a deliver task. */
  delivered: z
    .strictObject({ url: z.string().nullable(), id: z.string().nullable(), bytes: z.int().min(0) })
    .optional(),
  /** Of a fetch task. */
  input: z
    .strictObject({
      object: PinnedObject,
      /** Null where only the header of a large file was read; its bytes are pinned by their etag. */
      sha256: z.string().nullable(),
      probe: Probe,
      /** Where its index lies, of a file that can be cut: a `SourceIndex` as JSON. */
      index: z.strictObject({ key: z.string(), bytes: z.int().min(1) }).optional(),
    })
    .optional(),
  /** Of a recognise task: how many pictures, or seconds of sound, were paid for. */
  recognised: z.strictObject({ kind: RecognitionKind, quantity: z.number().min(0) }).optional(),
  /** Of a make task, of a join task, and of a recognise task. */
  outputs: z
    .record(Name, z.strictObject({ files: z.array(OutputFile), attestation: Attestation.optional() }))
    .optional(),
  warnings: z.array(z.string()),
  /** Seconds by phase: download, probe, encode, verify, upload. */
  timings: z.record(z.string(), z.number()),
  measured: Measured.optional(),
  /** The bounded end of what FFmpeg wrote to stderr, for `GET …/log`. */
  stderrTail: z.string(),
});
export type TaskResult = z.output<typeof TaskResult>;
