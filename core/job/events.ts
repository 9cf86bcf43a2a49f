/**
 * What happened to a job, in order. Nothing of it is stored: it is read from the record, so that it can be told again, in
 * the same words and under the same ids, whenever somebody asks or a step is repeated. An output's end is told with the
 * job's, because that is when it becomes visible (S9).
 */
import * as z from 'zod';
import { EventId, JobId, Owner } from './ids.ts';
import { OutputFile } from './task-result.ts';
import { isTerminal, JobError, type JobRecord, JobStatus, OutputState } from './state.ts';
import { randomPart, ulidOf } from './ulid.ts';
import { Name } from './values.ts';

export const EventType = z
  .enum([
    'job.queued',
    'job.running',
    'output.succeeded',
    'output.failed',
    'job.succeeded',
    'job.partial',
    'job.failed',
    'job.canceled',
    'job.expired',
  ])
  .meta({ id: 'EventType' });
export type EventType = z.output<typeof EventType>;

const Instant = z.iso.datetime();

const EventFile = OutputFile.omit({ key: true }).extend({ href: z.string() });

const EventOutput = z.strictObject({
  status: OutputState.shape.status,
  reason: z.string().nullable(),
  files: z.array(EventFile),
});

/** The summary that a webhook carries. */
const EventData = z.strictObject({
  job: z.strictObject({
    id: JobId,
    status: JobStatus,
    owner: Owner,
    name: z.string().nullable(),
    template: Name.nullable(),
    labels: z.record(z.string(), z.string()),
    metadata: z.json().nullable(),
    retryOf: JobId.nullable(),
    createdAt: Instant,
    error: JobError.pick({ code: true, message: true, output: true, retryable: true }).nullable(),
    href: z.string(),
  }),
  outputs: z.record(Name, EventOutput).describe('Those that the event is about: of the end of a job all of them.'),
  isCut: z.boolean().describe('True where there is more than fits into a message: then read the job.'),
});
type EventData = z.output<typeof EventData>;

export const JobEvent = z
  .strictObject({
    id: EventId.describe('The same however often the event is told: the `webhook-id` of its webhooks.'),
    type: EventType,
    timestamp: Instant,
    data: EventData,
  })
  .meta({ id: 'JobEvent' });
export type JobEvent = z.output<typeof JobEvent>;

/** Together they keep a message far below the 256 KB that EventBridge takes. */
const most = { outputs: 200, files: 100, reasonLength: 300 };

const ordinals = { queued: 0, running: 1, firstOutput: 16 };

/**
 * The random part is the job's, whose top 20 bits the ordinal is added to: they rise within a job, and the low 60 keep
 * those of two jobs apart.
 */
const eventId = (job: JobRecord, ordinal: number, at: string): string =>
  `evt_${ulidOf(Date.parse(at), randomPart(job.id) + (BigInt(ordinal) << 60n))}`;

const pathOf = (job: JobRecord): string => `/v1/jobs/${job.id}`;

type Outputs = readonly (readonly [string, OutputState])[];

const dataOf = (job: JobRecord, status: JobStatus, outputs: Outputs): EventData => {
  let room = most.files;
  let isCut = outputs.length > most.outputs;
  const told = outputs.slice(0, most.outputs).map(([name, { status: state, reason, files, store }]) => {
    const visible = store ? files : [];
    const shown = visible.slice(0, room).map(({ key: _key, ...file }) => ({
      ...file,
      href: `${pathOf(job)}/outputs/${name}/${file.name}`,
    }));
    room -= shown.length;
    isCut ||= shown.length < visible.length;
    return [name, { status: state, reason: reason?.slice(0, most.reasonLength) ?? null, files: shown }] as const;
  });
  const error = isTerminal(status) ? job.error : null;
  return {
    job: {
      id: job.id,
      status,
      owner: job.owner,
      name: job.spec.name ?? null,
      template: job.template,
      labels: job.spec.labels ?? {},
      metadata: job.spec.metadata ?? null,
      retryOf: job.retryOf,
      createdAt: job.createdAt,
      error: error && { code: error.code, message: error.message, output: error.output, retryable: error.retryable },
      href: pathOf(job),
    },
    outputs: Object.fromEntries(told),
    isCut,
  };
};

const endOf: Readonly<Partial<Record<JobStatus, EventType>>> = {
  succeeded: 'job.succeeded',
  partial: 'job.partial',
  failed: 'job.failed',
  canceled: 'job.canceled',
  expired: 'job.expired',
};

const outputEvents: Readonly<Partial<Record<OutputState['status'], EventType>>> = {
  succeeded: 'output.succeeded',
  failed: 'output.failed',
};

/** Events of an ended job, the outputs' before its own. */
const ending = (job: JobRecord, at: string): JobEvent[] => {
  const outputs = Object.entries(job.outputs);
  const told = (ordinal: number, type: EventType, about: Outputs): JobEvent => ({
    id: eventId(job, ordinal, at),
    type,
    timestamp: at,
    data: dataOf(job, job.status, about),
  });
  const end = endOf[job.status];
  return [
    ...outputs.flatMap(([name, output], n) => {
      const type = outputEvents[output.status];
      return type && output.store ? told(ordinals.firstOutput + n, type, [[name, output]]) : [];
    }),
    ...(end ? [told(ordinals.firstOutput + outputs.length, end, outputs)] : []),
  ];
};

/** In the order in which they happened. */
export const jobEvents = (job: JobRecord): JobEvent[] => {
  const live = (ordinal: number, type: EventType, status: JobStatus, at: string): JobEvent => ({
    id: eventId(job, ordinal, at),
    type,
    timestamp: at,
    data: dataOf(job, status, []),
  });
  const queuedAt = job.queuedAt ?? (job.awaits === null ? job.createdAt : null);
  return [
    ...(queuedAt === null ? [] : [live(ordinals.queued, 'job.queued', 'queued', queuedAt)]),
    ...(job.startedAt === null ? [] : [live(ordinals.running, 'job.running', 'running', job.startedAt)]),
    ...(job.endedAt === null ? [] : ending(job, job.endedAt)),
  ];
};
