/** What is recorded of a job, and which changes of it are legal. */
import * as z from 'zod';
import { Probe } from '../media/probe.ts';
import { ContainerSize } from './container.ts';
import { JobCost } from './cost.ts';
import { DeliveryState } from './delivery-state.ts';
import { Drop } from './drop.ts';
import { JobId, Owner, UploadId } from './ids.ts';
import { PinnedObject } from './pinned-object.ts';
import { Task, TaskId } from './plan.ts';
import { Attestation, OutputFile, TaskResult } from './task-result.ts';
import { JobSpec } from './spec.ts';
import { Name } from './values.ts';

export const JobStatus = z.enum([
  'waiting',
  'queued',
  'running',
  'succeeded',
  'partial',
  'failed',
  'canceled',
  'expired',
]);
export type JobStatus = z.output<typeof JobStatus>;

const next: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  waiting: ['queued', 'failed', 'canceled', 'expired'],
  queued: ['running', 'failed', 'canceled'],
  // Back to queued only with a higher attempt, by `reconcile`.
  running: ['queued', 'succeeded', 'partial', 'failed', 'canceled'],
  succeeded: [],
  partial: [],
  failed: [],
  canceled: [],
  expired: [],
};

export const isTerminal = (status: JobStatus): boolean => next[status].length === 0;

/** True where a record may go from one status to the other; staying the same is legal until the job has ended. */
export const mayBecome = (from: JobStatus, to: JobStatus): boolean =>
  next[from].includes(to) || (from === to && !isTerminal(from));

/** After this many attempts that ended in a crash the job fails. */
export const maxAttempts = 3;

/** How long the id of a removed job stays taken: longer than any event about it can be under way. */
export const tombstoneDays = 14;

const Instant = z.iso.datetime();

export const JobError = z.strictObject({
  code: z.string(),
  message: z.string(),
  phase: z.string().nullable(),
  output: z.string().nullable(),
  retryable: z.boolean(),
  hint: z.string(),
  stderrTail: z.string().nullable(),
  arguments: z.array(z.string()).nullable(),
  /** A command that runs the identical FFmpeg arguments on the user's machine. */
  repro: z.string().nullable(),
});
export type JobError = z.output<typeof JobError>;

export const InputState = z.strictObject({
  status: z.enum(['waiting', 'ready', 'failed']),
  object: PinnedObject.nullable(),
  sha256: z.string().nullable(),
  probe: Probe.nullable(),
});
export type InputState = z.output<typeof InputState>;

export const OutputState = z.strictObject({
  status: z.enum(['waiting', 'running', 'succeeded', 'failed', 'skipped', 'canceled']),
  /** Of its task: waiting, downloading, encoding, joining, checking, uploading, done. */
  phase: z.string(),
  progress: z.number().min(0).max(1),
  /** Only ever set together with the status `succeeded`: what is listed here is visible. */
  files: z.array(OutputFile),
  attestation: Attestation.nullable(),
  warnings: z.array(z.string()),
  /** Why it was skipped or failed. */
  reason: z.string().nullable(),
  store: z.boolean(),
  /** Of an output that more than one task works on: how many there are, and how many of them have succeeded. */
  tasks: z.strictObject({ total: z.int().min(1), done: z.int().min(0) }).optional(),
  /** True where an earlier job of the owner had made the same. */
  reused: z.boolean().default(false),
});
export type OutputState = z.output<typeof OutputState>;

/** What an earlier job made of the same, and this one lists as well. */
export const ReusedOutput = z.strictObject({
  files: z.array(OutputFile),
  attestation: Attestation.nullable(),
  warnings: z.array(z.string()),
});
export type ReusedOutput = z.output<typeof ReusedOutput>;

export const JobRecord = z.strictObject({
  id: JobId,
  owner: Owner,
  /** Starts at 1 and rises by one with each write; every write names the version it replaces. */
  version: z.int().min(1),
  status: JobStatus,
  /** 0 before the first execution, then 1, 2, …: the execution is named `{id}-{attempt}`. */
  attempt: z.int().min(0),
  /** How many attempts ended because the host was asked to stop; they do not count against `maxAttempts`. */
  interruptions: z.int().min(0),
  /** The job in canonical form: short forms and the template expanded. */
  spec: JobSpec,
  template: Name.nullable(),
  /** Of a template that somebody stored. */
  templateVersion: z.int().min(1).nullable().default(null),
  /** The job that this one runs again. */
  retryOf: JobId.nullable(),
  /** The upload that a `waiting` job waits for. */
  awaits: UploadId.nullable(),
  /** The dropped file that started it. */
  drop: Drop.nullable(),
  plan: z
    .strictObject({
      hash: z.string(),
      /** How often it was planned; more than once where outputs waited for what was found on the way. */
      round: z.int().min(1),
      /** False while outputs wait for findings. */
      complete: z.boolean(),
      stages: z.array(z.array(TaskId)),
      skipped: z.record(Name, z.string()),
      warnings: z.array(z.string()),
      reused: z.record(Name, ReusedOutput).default({}),
      /** Tasks that run in containers, where a deployment has some; the others run in functions. */
      containers: z.record(TaskId, ContainerSize).optional(),
      /** Films that are made in one piece because it failed to make them in several, and why. */
      uncut: z.record(Name, z.string()).optional(),
    })
    .nullable(),
  /** What each output is made of (`contentKeys`), of those whose files are kept; empty until it is planned. */
  contentKeys: z.record(Name, z.string()).default({}),
  /** Filled when the job ends; before that they are read from the tasks. */
  inputs: z.record(Name, InputState),
  outputs: z.record(Name, OutputState),
  deliveries: z.array(DeliveryState).default([]),
  timings: z.record(z.string(), z.number()),
  error: JobError.nullable(),
  /** What is expected once it is planned, and what was spent when it has ended. */
  cost: JobCost.nullable().default(null),
  createdAt: Instant,
  updatedAt: Instant,
  /** When the upload had come that it waited for; null of a job that waited for none. */
  queuedAt: Instant.nullable().default(null),
  startedAt: Instant.nullable(),
  endedAt: Instant.nullable(),
  /** When the job is ended from outside, whatever it does. */
  deadlineAt: Instant,
});
export type JobRecord = z.output<typeof JobRecord>;

export const TaskState = z.enum(['pending', 'running', 'succeeded', 'failed']);
export type TaskState = z.output<typeof TaskState>;

/** The right to carry out one task, until another claim replaces it. Every write of a runner names its claim. */
export const Claim = z.strictObject({
  jobId: JobId,
  taskId: TaskId,
  attempt: z.int().min(1),
  /** Unique per claim, never reused. */
  runner: z.string().min(1).max(64),
});
export type Claim = z.output<typeof Claim>;

export const TaskRecord = z.strictObject({
  jobId: JobId,
  id: TaskId,
  version: z.int().min(1),
  task: Task,
  state: TaskState,
  /** The last claim; null before the first. */
  claim: Claim.nullable(),
  leaseUntil: Instant.nullable(),
  progress: z.number().min(0).max(1),
  phase: z.string(),
  result: TaskResult.nullable(),
  error: JobError.nullable(),
  /** Of the last run. */
  startedAt: Instant.nullable(),
  endedAt: Instant.nullable(),
  /** How many runs there were before the last one, and how long they took together. */
  earlier: z.strictObject({ runs: z.int().min(1), seconds: z.number().min(0) }).optional(),
});
export type TaskRecord = z.output<typeof TaskRecord>;

/** What was asked for, with its template written out: what a template says later no longer matters. */
export const ResolvedJob = JobRecord.pick({ spec: true, template: true, templateVersion: true });
export type ResolvedJob = z.output<typeof ResolvedJob>;

export const UploadRecord = z.strictObject({
  id: UploadId,
  owner: Owner,
  version: z.int().min(1),
  state: z.enum(['waiting', 'complete', 'expired']),
  filename: z.string(),
  contentType: z.string(),
  /** As declared; null where the client did not say. */
  bytes: z.int().min(0).nullable(),
  sha256: z.string().nullable(),
  key: z.string(),
  /** Null for a single PUT. */
  multipart: z.strictObject({ id: z.string(), partSize: z.int().min(1), parts: z.int().min(1) }).nullable(),
  /** What was stored, once complete. */
  object: PinnedObject.nullable(),
  /** The job that starts when the upload completes; its inputs may say "@upload". */
  job: ResolvedJob.nullable(),
  jobId: JobId.nullable(),
  createdAt: Instant,
  expiresAt: Instant,
  /** Of one that is complete: until when the job that keeps it longest has asked for it; null where none has said. */
  keptUntil: Instant.nullable().default(null),
});
export type UploadRecord = z.output<typeof UploadRecord>;
