/** What a job may read. The kinds that this build can fetch are listed in `core/inputs/`. */
import * as z from 'zod';
import { JobId, MediaId, UploadId } from './ids.ts';
import { Hex, HttpUrl, Name, SecretRef, Time } from './values.ts';

const common = {
  start: Time.optional().describe('Where reading starts.'),
  end: Time.optional().describe('Where reading ends.'),
  audioTrack: z.int().min(0).max(63).optional().describe('Which sound track, counted from 0.'),
  videoTrack: z.int().min(0).max(63).optional().describe('Which picture track, counted from 0.'),
  optional: z.boolean().optional().describe('True where the job may go on without this input.'),
};

/** Stands for the upload that an embedded job waits for. */
export const uploadPlaceholder = '@upload';

const Upload = z.strictObject({ upload: z.union([UploadId, z.literal(uploadPlaceholder)]), ...common });
const Url = z.strictObject({
  url: HttpUrl.describe('Of a media file, or with a resolver of a page.'),
  headers: z
    .record(z.string().max(64), z.strictObject({ secret: SecretRef }))
    .optional()
    .describe('Headers to send, each with the name of the secret that is its value.'),
  resolver: z
    .enum(['none', 'yt-dlp'])
    .optional()
    .describe('"yt-dlp" finds the media of a page, where the deployment has it.'),
  ...common,
});
const S3 = z.strictObject({
  s3: z.strictObject({
    bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/),
    key: z.string().min(1).max(1024),
    versionId: z.string().max(1024).optional(),
  }),
  ...common,
});
const Media = z.strictObject({ media: MediaId, ...common });
const JobOutput = z.strictObject({ job: JobId, output: Name, ...common });
/** Who speaks: a service, or FFmpeg itself. */
export const SpeechProvider = z.enum(['polly', 'elevenlabs', 'local']);
export type SpeechProvider = z.output<typeof SpeechProvider>;

const Speech = z.strictObject({
  speech: z.strictObject({
    text: z.string().min(1).max(3000).describe('What is spoken.'),
    voice: z.string().min(1).max(64).describe('As the provider names it.'),
    provider: SpeechProvider.optional().describe('The default of the deployment where it is left out.'),
    language: z.string().max(16).optional().describe('That of the voice where it is left out.'),
  }),
  ...common,
});
const TestPattern = z.strictObject({
  test: z.strictObject({
    seconds: z.number().min(0.1).max(600),
    size: z
      .string()
      .regex(/^[1-9]\d{1,3}x[1-9]\d{1,3}$/, 'must be a size such as "1280x720"')
      .optional(),
    fps: z.int().min(1).max(60).optional(),
  }),
  ...common,
});
const Color = z.strictObject({ color: Hex, seconds: z.number().min(0.1).max(600), ...common });
const Silence = z.strictObject({ silence: z.number().min(0.1).max(600), ...common });

/** An input in its long form. */
export const InputObject = z
  .union([Upload, Url, S3, Media, JobOutput, Speech, TestPattern, Color, Silence])
  .meta({ id: 'Input' });
export type InputObject = z.output<typeof InputObject>;

/** A string is an upload id, a media id, an http(s) address or `s3://bucket/key`. */
export const Input = z.union([z.string().min(1).max(2048), InputObject]);
export type Input = z.output<typeof Input>;

export const inputKinds = ['upload', 'url', 's3', 'media', 'job', 'speech', 'test', 'color', 'silence'] as const;
export type InputKind = (typeof inputKinds)[number];

/** The key that tells which kind an input object is. */
export const inputKind = (input: InputObject): InputKind => {
  const kind = inputKinds.find((key) => key in input);
  if (!kind) throw new TypeError('an input object has one of the kinds as a key: the schema guarantees it');
  return kind;
};
