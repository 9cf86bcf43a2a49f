/**
 * A plan as it is recorded: tasks with the exact FFmpeg arguments, what each reads and writes, and what its
 * outputs must look like. The planner makes it, the runner carries it out, and neither adds to it.
 */
import * as z from 'zod';
import { Probe } from '../media/probe.ts';
import { Document, RenditionId } from './documents.ts';
import { FileName } from './file-name.ts';
import { Analysis, Finding } from './findings.ts';
import { InputObject } from './inputs.ts';
import { Recognition, RecognitionKind } from './recognition.ts';
import { Name, SecretRef } from './values.ts';

/** Letters, digits and dashes: `input-video`, `encode-1`. */
export const TaskId = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,79}$/);
export type TaskId = z.output<typeof TaskId>;

/** One run of ffmpeg in the work folder. */
export const Command = z.strictObject({
  /** Everything after the program's name, hardened flags included. File arguments are `file:` and a `FileName`. */
  arguments: z.array(z.string()),
  /** How many seconds of output `-progress` will count up to; progress is its `out_time` divided by this. */
  progressSeconds: z.number().positive(),
  /** Where it starts to count: a piece of a film has the times of the whole. */
  progressFrom: z.number().min(0).optional(),
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

/** What ships with a deployment and is copied into a task's folder. */
export const Asset = z.enum(['sans.ttf']);
export type Asset = z.output<typeof Asset>;

/** Assets lie in a folder of their own: what looks for fonts reads every file that is beside them. */
export const assetsFolder = 'assets';
export const assetPath = (asset: Asset): string => `${assetsFolder}/${asset}`;

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

/** Bytes that lie elsewhere, brought into the library. Every input that reads them names this task. */
const ImportTask = z.strictObject({
  kind: z.literal('import'),
  id: TaskId,
  /** The first of them. */
  input: Name,
  /** Where the bytes lie, without how they are read. */
  from: InputObject,
});
export type ImportTask = z.output<typeof ImportTask>;

const FetchTask = z.strictObject({
  kind: z.literal('fetch'),
  id: TaskId,
  input: Name,
  /** An object to read, or what an import task brought, or a command that makes `file`, or nothing. */
  object: PinnedObject.optional(),
  imported: TaskId.optional(),
  /** Why there is nothing to read, of an optional input: the task fails with it. */
  missing: z.string().optional(),
  generate: z
    .strictObject({
      /** Made before the command runs. */
      texts: z.array(z.strictObject({ file: FileName, document: Document })).optional(),
      command: Command,
      file: FileName,
      contentType: z.string(),
    })
    .optional(),
  limits: TaskLimits,
});
export type FetchTask = z.output<typeof FetchTask>;

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
const Stretch = z.strictObject({ stream: z.int().min(0), rows: z.tuple([z.int().min(0), z.int().min(1)]) });
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

/** Everything that a task needs in its folder before its commands run. */
const work = {
  id: TaskId,
  /** For people: "mp4, thumbnail and audio in one decode". */
  label: z.string(),
  reads: z.array(
    z.strictObject({
      file: FileName,
      from: z.union([
        /** With `stretches` the slice is made of what other tasks have read; of the source where that is damaged. */
        z.strictObject({ input: Name, slice: Slice.optional(), stretches: Stretches.optional() }),
        z.strictObject({ input: Name, stretch: Stretch }),
        z.strictObject({ output: Name, file: FileName }),
      ]),
    }),
  ),
  assets: z.array(Asset).optional(),
  /** Made in this order, before the commands run. */
  texts: z.array(z.strictObject({ file: FileName, document: Document })).optional(),
  commands: z.array(Command),
  limits: TaskLimits,
};

/**
 * Of a task that is only there because films are made in pieces: those films. Where it fails for a reason that one encode
 * might not have, all of them are made in one.
 */
const Cut = z.array(Name).min(1);

const MakeTask = z.strictObject({
  kind: z.literal('make'),
  ...work,
  writes: z.array(TaskWrite),
  series: z.array(TaskSeries).optional(),
  /** Outputs of the job that its files become a part of; their progress is counted over all of their tasks. */
  partOf: z.array(Name).optional(),
  cut: Cut.optional(),
});
export type MakeTask = z.output<typeof MakeTask>;

/** The outputs that a task writes files of. */
export const outputsOf = (task: Pick<MakeTask, 'writes' | 'series'>): Name[] => [
  ...new Set([...task.writes, ...(task.series ?? [])].map(({ output }) => output)),
];

/** A piece of a track, as a make task left it: a fragmented MP4 with one track, and the table of its samples. */
export const Piece = z.strictObject({
  output: Name,
  file: FileName,
  table: FileName,
  /** The task that makes it, and makes it again where it is damaged. */
  task: TaskId,
  /** Samples that are left out at its start and at its end: what an encoder needs before and after what is kept. */
  drop: z.strictObject({ first: z.int().min(0), last: z.int().min(0) }).optional(),
  /** How many samples must be left, where that is known before. */
  samples: z.int().min(0).optional(),
});
export type Piece = z.output<typeof Piece>;

/** Joins pieces into one MP4 by writing its `moov`; the bytes of the samples are copied within the store. */
const JoinTask = z.strictObject({
  kind: z.literal('join'),
  id: TaskId,
  label: z.string(),
  picture: z.array(Piece).min(1),
  sound: z.array(Piece),
  write: z.strictObject({ output: Name, file: FileName, contentType: z.string(), expects: Expectation }),
  cut: Cut.optional(),
  limits: TaskLimits,
});
export type JoinTask = z.output<typeof JoinTask>;

/** Looks for something in a source; the commands write what they see into `file`. */
const AnalyseTask = z.strictObject({
  kind: z.literal('analyse'),
  ...work,
  analysis: Analysis,
  file: FileName,
});
export type AnalyseTask = z.output<typeof AnalyseTask>;

/** Has files that the job made looked at or listened to by a service; no FFmpeg. Its id tells the state machine so. */
const RecogniseTask = z.strictObject({
  kind: z.literal('recognise'),
  id: z
    .string()
    .regex(/^recognise-[A-Za-z0-9_-]{1,69}$/)
    .pipe(TaskId),
  label: z.string(),
  /** In the order of their times. */
  reads: z.array(z.strictObject({ file: FileName, from: z.strictObject({ output: Name, file: FileName }) })).min(1),
  recognition: Recognition,
  write: z.strictObject({ output: Name, file: FileName, contentType: z.string() }),
});
export type RecogniseTask = z.output<typeof RecogniseTask>;

/** Takes one finished file to where `deliver` wants it. */
const DeliverTask = z.strictObject({
  kind: z.literal('deliver'),
  id: TaskId,
  /** The index in the job's `deliver`. */
  delivery: z.int().min(0),
  to: z.string(),
  secret: SecretRef.optional(),
  output: Name,
  file: FileName,
  /** With names filled in: relative, the last part is the file's name there. */
  path: z.string(),
});
export type DeliverTask = z.output<typeof DeliverTask>;

export const Task = z.discriminatedUnion('kind', [
  ImportTask,
  FetchTask,
  AnalyseTask,
  MakeTask,
  JoinTask,
  RecogniseTask,
  DeliverTask,
]);
export type Task = z.output<typeof Task>;

/** A task that works in a folder of its own. */
export type WorkTask = MakeTask | AnalyseTask;
export const isWork = (task: Task): task is WorkTask => task.kind === 'make' || task.kind === 'analyse';

/** The films that are made in pieces by it, together with other tasks; none of any other task. */
export const cutBy = (task: Task): readonly Name[] =>
  task.kind === 'make' || task.kind === 'join' ? (task.cut ?? []) : [];

/** The runs of ffmpeg that a task is; none of a task that needs no ffmpeg. */
export const commandsOf = (task: Task): readonly Command[] => {
  if (isWork(task)) return task.commands;
  return task.kind === 'fetch' && task.generate ? [task.generate.command] : [];
};

export const Plan = z.strictObject({
  /** The same spec, probes and build give the same hash. */
  hash: z.string(),
  tasks: z.array(z.discriminatedUnion('kind', [AnalyseTask, MakeTask, JoinTask, RecogniseTask])),
  /** False where outputs wait for what the `analyse` tasks will find: planning goes on when all stages have ended. */
  complete: z.boolean(),
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
