/** Valid records to start a test from: name only what the test is about. */
import type { Account } from '#core/ports/account-store.ts';
import type { MediaRecord } from '#core/job/media-record.ts';
import type { NoticeRecord } from '#core/job/notice-record.ts';
import type { JobSpec } from '#core/job/spec.ts';
import type { FetchTask, MakeTask, TaskLimits } from '#core/job/plan.ts';
import type { TaskResult } from '#core/job/task-result.ts';
import type { Claim, JobError, JobRecord, TaskRecord, UploadRecord } from '#core/job/state.ts';
import { EventType } from '#core/job/events.ts';
import type { WebhookRecord } from '#core/job/webhook-record.ts';
import type { Probe } from '#core/media/probe.ts';
import { type StoredTemplate, Template } from '#core/job/template-record.ts';

const ulid = (n: number): string => String(n).padStart(26, '0');

/** Ids that sort by their number. */
export const jobId = (n: number): string => `job_${ulid(n)}`;
export const uploadId = (n: number): string => `upl_${ulid(n)}`;
export const mediaId = (n: number): string => `med_${ulid(n)}`;
export const webhookId = (n: number): string => `whk_${ulid(n)}`;
export const noticeId = (n: number): string => `dlv_${ulid(n)}`;
const eventId = (n: number): string => `evt_${ulid(n)}`;
export const runId = (n: number): string => `run_${ulid(n)}`;

const noon = '2026-11-01T12:00:00.000Z';

/** An instant some seconds after the noon at which every record here was made. */
export const at = (seconds: number): string => new Date(Date.parse(noon) + seconds * 1000).toISOString();

const limits: TaskLimits = {
  wallSeconds: 600,
  cpuSeconds: 600,
  memoryBytes: 2_000_000_000,
  outputBytes: 2_000_000_000,
};

export const aSpec = (overrides: Partial<JobSpec> = {}): JobSpec => ({
  inputs: { video: { upload: uploadId(1) } },
  outputs: { mp4: { type: 'video', encode: 'mp4' } },
  ...overrides,
});

/** Queued, of ana, with the id `jobId(1)`. */
export const aJob = (overrides: Partial<JobRecord> = {}): JobRecord => ({
  id: jobId(1),
  owner: 'ana',
  version: 1,
  status: 'queued',
  attempt: 0,
  interruptions: 0,
  spec: aSpec(),
  template: null,
  templateVersion: null,
  retryOf: null,
  awaits: null,
  drop: null,
  plan: null,
  cost: null,
  contentKeys: {},
  inputs: {},
  outputs: {},
  deliveries: [],
  timings: {},
  error: null,
  createdAt: noon,
  updatedAt: noon,
  queuedAt: null,
  startedAt: null,
  endedAt: null,
  deadlineAt: at(3600),
  ...overrides,
});

/** A task that makes `mp4` from the input `video`. */
export const aTask = (overrides: Partial<MakeTask> = {}): MakeTask => ({
  kind: 'make',
  id: 'encode-1',
  label: 'mp4',
  reads: [{ file: 'video.mp4', from: { input: 'video' } }],
  commands: [{ arguments: ['-i', 'file:video.mp4', 'file:out.mp4'], progressSeconds: 5 }],
  writes: [{ output: 'mp4', file: 'out.mp4', contentType: 'video/mp4', expects: { durationSeconds: 5 } }],
  limits,
  ...overrides,
});

/** A task that fetches the input `video`. */
export const aFetchTask = (overrides: Partial<FetchTask> = {}): FetchTask => ({
  kind: 'fetch',
  id: 'input-video',
  input: 'video',
  object: { key: `uploads/ana/${uploadId(1)}/source`, etag: 'etag-1', bytes: 1000 },
  limits,
  ...overrides,
});

/** The pending record of a task of `jobId(1)`. */
export const aTaskRecord = (overrides: Partial<TaskRecord> = {}): TaskRecord => ({
  jobId: jobId(1),
  id: overrides.task?.id ?? 'encode-1',
  version: 1,
  task: aTask(),
  state: 'pending',
  claim: null,
  leaseUntil: null,
  progress: 0,
  phase: 'waiting',
  result: null,
  error: null,
  startedAt: null,
  endedAt: null,
  ...overrides,
});

/** A claim of `encode-1` of `jobId(1)` in attempt 1. */
export const aClaim = (overrides: Partial<Claim> = {}): Claim => ({
  jobId: jobId(1),
  taskId: 'encode-1',
  attempt: 1,
  runner: runId(1),
  ...overrides,
});

/** Five seconds of 1280×720 H.264 with stereo AAC. */
export const aProbe = (overrides: Partial<Probe> = {}): Probe => ({
  container: 'mov',
  durationSeconds: 5,
  bytes: 1000,
  video: [
    {
      index: 0,
      codec: 'h264',
      profile: 'High',
      width: 1280,
      height: 720,
      codedWidth: 1280,
      codedHeight: 720,
      rotation: 0,
      sampleAspectRatio: { num: 1, den: 1 },
      fps: { num: 25, den: 1 },
      pixelFormat: 'yuv420p',
      durationSeconds: 5,
      frames: 125,
      transfer: 'sdr',
      interlaced: false,
    },
  ],
  audio: [
    { index: 1, codec: 'aac', channels: 2, layout: 'stereo', sampleRate: 48_000, bitrate: 128_000, durationSeconds: 5 },
  ],
  subtitles: [],
  notes: [],
  ...overrides,
});

/** What a make task of `mp4` leaves behind. */
export const aResult = (overrides: Partial<TaskResult> = {}): TaskResult => ({
  outputs: {
    mp4: {
      files: [
        {
          name: 'out.mp4',
          key: `outputs/ana/${jobId(1)}/encode-1/${runId(1)}/out.mp4`,
          bytes: 2000,
          type: 'video/mp4',
          sha256: 'a'.repeat(64),
        },
      ],
    },
  },
  warnings: [],
  timings: { encode: 1.5 },
  stderrTail: '',
  ...overrides,
});

/** What a fetch task of `video` leaves behind. */
export const aFetchResult = (overrides: Partial<TaskResult> = {}): TaskResult => ({
  input: {
    object: { key: `uploads/ana/${uploadId(1)}/source`, etag: 'etag-1', bytes: 1000 },
    sha256: 'b'.repeat(64),
    probe: aProbe(),
  },
  warnings: [],
  timings: { download: 0.1, probe: 0.1 },
  stderrTail: '',
  ...overrides,
});

export const aJobError = (overrides: Partial<JobError> = {}): JobError => ({
  code: 'encode.failed',
  message: 'FFmpeg could not make the output',
  phase: 'encoding',
  output: 'mp4',
  retryable: false,
  hint: 'Read `stderrTail`; run `repro` on your machine to see it happen.',
  stderrTail: null,
  arguments: null,
  repro: null,
  ...overrides,
});

/** Waiting, of ana, a single PUT, with the id `uploadId(1)`. */
export const anUpload = (overrides: Partial<UploadRecord> = {}): UploadRecord => ({
  id: uploadId(1),
  owner: 'ana',
  version: 1,
  state: 'waiting',
  filename: 'holiday.mp4',
  contentType: 'video/mp4',
  bytes: 1000,
  sha256: null,
  key: `uploads/ana/${uploadId(1)}/source`,
  multipart: null,
  object: null,
  job: null,
  jobId: null,
  createdAt: noon,
  expiresAt: at(3600),
  keptUntil: null,
  ...overrides,
});

/** Of ana, five seconds of video that came from an address, with the id `mediaId(1)`. */
export const aMedia = (overrides: Partial<MediaRecord> = {}): MediaRecord => ({
  id: mediaId(1),
  owner: 'ana',
  version: 1,
  object: { key: `media/ana/${mediaId(1)}/source`, etag: 'etag-1', bytes: 1000 },
  sha256: 'c'.repeat(64),
  contentType: 'video/mp4',
  filename: 'holiday.mp4',
  source: 'https://example.com/holiday.mp4',
  etag: '"abc"',
  lastModified: null,
  title: null,
  metadata: {},
  probe: null,
  createdAt: noon,
  updatedAt: noon,
  ...overrides,
});

/** A template of one input and one parameter: a still of a chosen width. */
export const aTemplate = (overrides: Partial<Template> = {}): Template =>
  Template.parse({
    name: 'still',
    summary: 'A still picture.',
    inputs: { video: { summary: 'The video.' } },
    params: { width: { type: 'integer', description: 'Pixels.', default: 320, minimum: 16, maximum: 4096 } },
    outputs: { still: { type: 'image', from: 'video', size: { width: '{{width}}' } } },
    ...overrides,
  });

/** Version 1 of it, of ana. */
export const aStoredTemplate = (overrides: Partial<StoredTemplate> = {}): StoredTemplate => ({
  owner: 'ana',
  version: 1,
  template: aTemplate(),
  createdAt: noon,
  ...overrides,
});

/** Of ana, active, told of everything. */
export const aWebhook = (overrides: Partial<WebhookRecord> = {}): WebhookRecord => ({
  owner: 'ana',
  id: webhookId(1),
  version: 1,
  url: 'https://hooks.example.com/kinoduct',
  events: [...EventType.options],
  state: 'active',
  generation: 1,
  previousUntil: null,
  failingSince: null,
  createdAt: noon,
  ...overrides,
});

/** To `webhookId(1)` about `jobId(1)`, due since noon. */
export const aNotice = (overrides: Partial<NoticeRecord> = {}): NoticeRecord => ({
  owner: 'ana',
  webhook: webhookId(1),
  id: noticeId(1),
  version: 1,
  event: { id: eventId(1), type: 'job.succeeded', timestamp: noon },
  jobId: jobId(1),
  url: 'https://hooks.example.com/kinoduct',
  state: 'pending',
  attempts: [],
  tries: 0,
  nextAt: noon,
  createdAt: noon,
  expiresAt: at(30 * 86_400),
  ...overrides,
});

/** Of ana, whose id is her owner name, as Cognito's `sub` is. */
export const anAccount = (overrides: Partial<Account> = {}): Account => ({
  id: 'ana',
  name: 'Ana',
  email: 'ana@example.com',
  passwordHash: null,
  createdAt: noon,
  ...overrides,
});
