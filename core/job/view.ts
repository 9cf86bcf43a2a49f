/** A job as its owner sees it: the public JSON, made from the record and its tasks. Keys of objects are never in it. */
import * as z from 'zod';
import { Probe } from '../media/probe.ts';
import { JobCost } from './cost.ts';
import { liveDeliveries } from './deliveries.ts';
import { DeliveryState } from './delivery-state.ts';
import { expand, type Variant } from './expand.ts';
import { JobId, Owner } from './ids.ts';
import { Attestation, OutputFile } from './task-result.ts';
import { inputStates, jobProgress, jobTimings, outputStates } from './progress.ts';
import { Ref } from './refs.ts';
import {
  type InputState,
  isTerminal,
  JobError,
  type JobRecord,
  JobStatus,
  OutputState,
  type TaskRecord,
} from './state.ts';
import { Name } from './values.ts';

const Instant = z.iso.datetime();

const FileView = OutputFile.omit({ key: true, etag: true }).extend({
  href: z.string().describe('Answers with a redirect to a signed URL.'),
});

const InputView = z
  .strictObject({
    status: z.enum(['waiting', 'ready', 'failed']),
    sha256: z.string().nullable(),
    probe: Probe.nullable(),
    notes: z.array(z.string()).describe('What to know about the file, in plain words.'),
  })
  .meta({ id: 'JobInput' });

const OutputView = z
  .strictObject({
    ...OutputState.omit({ files: true, attestation: true, store: true, reused: true }).shape,
    reused: z.boolean().describe('True where an earlier job of yours had made the same: nothing was done.'),
    files: z
      .array(FileView)
      .describe(
        'Empty until the job has ended. Of more than a thousand the first ones; those that name others are among them.',
      ),
    fileCount: z.int().min(0).describe('How many files there are, those that are not listed included.'),
    attestation: Attestation.nullable().describe('What made the output, and what its check measured.'),
    variant: z
      .strictObject({ n: z.int().min(1), axes: z.record(Name, Ref) })
      .nullable()
      .describe('Which variant of the matrix it is; null of an output that does not vary.'),
  })
  .meta({ id: 'JobOutput' });

/** What listings show of a job, and every other answer too. */
const head = {
  id: JobId,
  status: JobStatus,
  progress: z.number().min(0).max(1).describe('1 only of a job that succeeded.'),
  owner: Owner,
  name: z.string().nullable(),
  template: Name.nullable(),
  templateVersion: z.int().min(1).nullable().describe('Of a template that somebody stored; null of one that ships.'),
  labels: z.record(z.string(), z.string()),
  attempt: z.int().min(0).describe('How often it was started; it is started again after a crash.'),
  retryOf: JobId.nullable().describe('The job that this one runs again.'),
  createdAt: Instant,
  updatedAt: Instant,
  startedAt: Instant.nullable(),
  endedAt: Instant.nullable(),
};

/** A row of `GET /v1/jobs`. */
export const JobSummary = z
  .strictObject({
    ...head,
    outputs: z.record(Name, OutputState.pick({ status: true, progress: true })),
    error: JobError.pick({ code: true, message: true, retryable: true }).nullable(),
  })
  .meta({ id: 'JobSummary' });
export type JobSummary = z.output<typeof JobSummary>;

export const JobView = z
  .strictObject({
    ...head,
    version: z.int().min(1).describe('Rises with every change; the `after` of a long poll.'),
    eta: Instant.nullable().describe('When it will have ended if it goes on like this.'),
    metadata: z.json().nullable(),
    inputs: z.record(Name, InputView),
    outputs: z.record(Name, OutputView),
    picks: z
      .record(Name, z.record(z.string(), Ref))
      .describe('What every `pick` chose: by the output, then by the place of the pick in it, as a JSON pointer.'),
    deliveries: z.array(DeliveryState).describe('Where files are taken to; empty until they are made.'),
    plan: z.strictObject({ hash: z.string(), warnings: z.array(z.string()) }).nullable(),
    cost: JobCost.nullable().describe('Null until it is planned.'),
    timings: z.record(z.string(), z.number()).describe('Seconds by phase, summed over the tasks.'),
    error: JobError.nullable(),
    deadlineAt: Instant.describe('When it is ended, whatever it does.'),
    links: z.strictObject({ self: z.string(), log: z.string() }),
  })
  .meta({ id: 'JobState' });
export type JobView = z.output<typeof JobView>;

/** Never falls while the job lives: the store raises the version of whatever it writes. */
const jobVersion = (job: JobRecord, tasks: readonly TaskRecord[]): number =>
  tasks.reduce((sum, task) => sum + task.version, job.version);

const round = (progress: number): number => Math.floor(progress * 1000) / 1000;

const headOf = (job: JobRecord, tasks: readonly TaskRecord[]) => ({
  id: job.id,
  status: job.status,
  progress: round(jobProgress(job, tasks)),
  owner: job.owner,
  name: job.spec.name ?? null,
  template: job.template,
  templateVersion: job.templateVersion,
  labels: job.spec.labels ?? {},
  attempt: job.attempt,
  retryOf: job.retryOf,
  createdAt: job.createdAt,
  updatedAt: job.updatedAt,
  startedAt: job.startedAt,
  endedAt: job.endedAt,
});

const mapValues = <T, U>(record: Readonly<Record<string, T>>, change: (value: T, name: string) => U) =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]));

const inputView = ({ status, sha256, probe }: InputState): z.output<typeof InputView> => ({
  status,
  sha256,
  probe,
  notes: probe?.notes ?? [],
});

const path = (job: JobRecord): string => `/v1/jobs/${job.id}`;

/** An answer of Lambda has at most 6 MB; the segments of a long stream are found through its playlists. */
const mostFiles = 1000;

const outputView =
  (job: JobRecord, variants: Readonly<Record<Name, Variant>>) =>
  ({ store, files, ...state }: OutputState, name: string): z.output<typeof OutputView> => ({
    ...state,
    variant: variants[name] ? { n: variants[name].n, axes: { ...variants[name].axes } } : null,
    progress: round(state.progress),
    fileCount: store ? files.length : 0,
    files: (store ? files.slice(0, mostFiles) : []).map((file) => ({
      name: file.name,
      bytes: file.bytes,
      type: file.type,
      sha256: file.sha256,
      href: `${path(job)}/outputs/${name}/${file.name}`,
    })),
  });

/** Below this the rate of a job says nothing about its end. */
const leastProgress = 0.02;

const etaOf = (job: JobRecord, progress: number, now: number): string | null => {
  if (job.status !== 'running' || job.startedAt === null || progress < leastProgress) return null;
  const elapsed = now - Date.parse(job.startedAt);
  return new Date(now + (elapsed * (1 - progress)) / progress).toISOString();
};

/** `now` is in milliseconds since the epoch; only `eta` depends on it. */
export const jobView = (job: JobRecord, tasks: readonly TaskRecord[], now: number): JobView => {
  const summary = headOf(job, tasks);
  const { variants, picks } = expand(job.spec);
  return {
    ...summary,
    version: jobVersion(job, tasks),
    eta: etaOf(job, summary.progress, now),
    metadata: job.spec.metadata ?? null,
    inputs: mapValues(inputStates(job, tasks), inputView),
    outputs: mapValues(outputStates(job, tasks), outputView(job, variants)),
    picks: mapValues(picks, (choices) => ({ ...choices })),
    deliveries: isTerminal(job.status) ? job.deliveries : liveDeliveries(job, tasks),
    plan: job.plan && { hash: job.plan.hash, warnings: job.plan.warnings },
    cost: job.cost,
    timings: isTerminal(job.status) ? job.timings : jobTimings(job, tasks),
    error: job.error,
    deadlineAt: job.deadlineAt,
    links: { self: path(job), log: `${path(job)}/log` },
  };
};

/** Of an ended job the tasks may be left out: everything is in the record by then. */
export const jobSummary = (job: JobRecord, tasks: readonly TaskRecord[]): JobSummary => ({
  ...headOf(job, tasks),
  outputs: mapValues(outputStates(job, tasks), ({ status, progress }) => ({ status, progress: round(progress) })),
  error: job.error && { code: job.error.code, message: job.error.message, retryable: job.error.retryable },
});
