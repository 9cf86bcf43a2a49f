/**
 * A plan as it is recorded: tasks with the exact FFmpeg arguments, what each reads and writes, and what its
 * outputs must look like. The planner makes it, the runner carries it out, and neither adds to it.
 */
import * as z from 'zod';
import { Probe } from '../media/probe.ts';
import { Name } from './values.ts';

/** A name in a task's private work folder. Names are ours, never a user's. */
export const FileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/);
export type FileName = z.output<typeof FileName>;

/** Letters, digits and dashes: `input-video`, `encode-1`. */
export const TaskId = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,79}$/);
export type TaskId = z.output<typeof TaskId>;

/** One run of ffmpeg in the work folder. */
export const Command = z.strictObject({
  /** Everything after the program's name, hardened flags included. File arguments are `file:` and a `FileName`. */
  arguments: z.array(z.string()),
  /** How many seconds of output `-progress` will count up to; progress is its `out_time` divided by this. */
  progressSeconds: z.number().positive(),
});
export type Command = z.output<typeof Command>;

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
  /** The file is this text; no command writes it. */
  text: z.string().optional(),
  /** The file is a byte-for-byte copy of this file that the task reads. */
  copyOf: FileName.optional(),
});
export type TaskWrite = z.output<typeof TaskWrite>;

export const TaskLimits = z.strictObject({
  wallSeconds: z.int().min(1),
  cpuSeconds: z.int().min(1),
  memoryBytes: z.int().min(1),
  /** Of one file, and of all files of the work folder together. */
  outputBytes: z.int().min(1),
});
export type TaskLimits = z.output<typeof TaskLimits>;

/** Where the bytes of an input lie. `etag` pins them: reading anything else is `input.changed`. */
export const PinnedObject = z.strictObject({
  key: z.string(),
  etag: z.string(),
  bytes: z.int().min(0),
  /** As its uploader announced it, in hexadecimal; other bytes are `input.corrupt`. */
  sha256: z.string().optional(),
});
export type PinnedObject = z.output<typeof PinnedObject>;

const FetchTask = z.strictObject({
  kind: z.literal('fetch'),
  id: TaskId,
  input: Name,
  /** Either an object to read, or a command that makes `file`. */
  object: PinnedObject.optional(),
  generate: z.strictObject({ command: Command, file: FileName, contentType: z.string() }).optional(),
  limits: TaskLimits,
});
export type FetchTask = z.output<typeof FetchTask>;

const MakeTask = z.strictObject({
  kind: z.literal('make'),
  id: TaskId,
  /** For people: "mp4, thumbnail and audio in one decode". */
  label: z.string(),
  reads: z.array(
    z.strictObject({
      file: FileName,
      from: z.union([z.strictObject({ input: Name }), z.strictObject({ output: Name, file: FileName })]),
    }),
  ),
  commands: z.array(Command),
  writes: z.array(TaskWrite).min(1),
  limits: TaskLimits,
});
export type MakeTask = z.output<typeof MakeTask>;

export const Task = z.discriminatedUnion('kind', [FetchTask, MakeTask]);
export type Task = z.output<typeof Task>;

export const Plan = z.strictObject({
  /** The same spec, probes and build give the same hash. */
  hash: z.string(),
  tasks: z.array(MakeTask),
  /** Task ids; a stage starts when the one before it has ended. */
  stages: z.array(z.array(TaskId)),
  /** Outputs that are not made, and why: their `when` does not hold. */
  skipped: z.record(Name, z.string()),
  /** In plain words. */
  warnings: z.array(z.string()),
});
export type Plan = z.output<typeof Plan>;

export const OutputFile = z.strictObject({
  name: FileName,
  key: z.string(),
  bytes: z.int().min(0),
  type: z.string(),
  sha256: z.string(),
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
  }),
});
export type Attestation = z.output<typeof Attestation>;

/** What a finished task leaves behind. */
export const TaskResult = z.strictObject({
  /** Of a fetch task. */
  input: z.strictObject({ object: PinnedObject, sha256: z.string(), probe: Probe }).optional(),
  /** Of a make task. */
  outputs: z
    .record(Name, z.strictObject({ files: z.array(OutputFile), attestation: Attestation.optional() }))
    .optional(),
  warnings: z.array(z.string()),
  /** Seconds by phase: download, probe, encode, verify, upload. */
  timings: z.record(z.string(), z.number()),
  /** The bounded end of what FFmpeg wrote to stderr, for `GET …/log`. */
  stderrTail: z.string(),
});
export type TaskResult = z.output<typeof TaskResult>;
