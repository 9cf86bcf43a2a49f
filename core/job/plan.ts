/**
 * A plan as it is recorded: tasks with the exact FFmpeg arguments, what each reads and writes, and what its
 * outputs must look like. The planner makes it, the runner carries it out, and neither adds to it.
 */
import * as z from 'zod';
import { Document } from './documents.ts';
import { FileName } from './file-name.ts';
import { Analysis } from './findings.ts';
import { InputObject } from './inputs.ts';
import { PinnedObject } from './pinned-object.ts';
import { Recognition } from './recognition.ts';
import { Slice, Stretch, Stretches } from './slice.ts';
import { Expectation, TaskSeries, TaskWrite } from './task-write.ts';
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
