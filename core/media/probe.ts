/** What is known of a media file before it is decoded: the normalised probe that plans are made from. */
import * as z from 'zod';

/** An exact ratio, such as a frame rate of 30000/1001. */
export const Rational = z.strictObject({ num: z.int(), den: z.int().min(1) });
export type Rational = z.output<typeof Rational>;

export const rationalValue = ({ num, den }: Rational): number => num / den;

export const VideoStream = z.strictObject({
  index: z.int().min(0).describe('The stream index in the container.'),
  codec: z.string(),
  profile: z.string().nullable(),
  /** As a viewer sees it: rotation and sample aspect ratio applied. */
  width: z.int().min(0),
  height: z.int().min(0),
  codedWidth: z.int().min(0),
  codedHeight: z.int().min(0),
  /** Clockwise degrees that a player turns the coded picture by. */
  rotation: z.union([z.literal(0), z.literal(90), z.literal(180), z.literal(270)]),
  sampleAspectRatio: Rational,
  /** The average; null where the container does not tell. Never used to gate: some files report 1000 fps. */
  fps: Rational.nullable(),
  pixelFormat: z.string().nullable(),
  durationSeconds: z.number().min(0).nullable(),
  frames: z.int().min(0).nullable(),
  /** How long the last picture stands, where the frame rate varies; encoders lose that length. */
  lastFrameSeconds: z.number().min(0).optional(),
  transfer: z.enum(['sdr', 'pq', 'hlg']),
  interlaced: z.boolean(),
});
export type VideoStream = z.output<typeof VideoStream>;

export const AudioStream = z.strictObject({
  index: z.int().min(0).describe('The stream index in the container.'),
  codec: z.string(),
  channels: z.int().min(0),
  layout: z.string().nullable(),
  sampleRate: z.int().min(0),
  bitrate: z.int().min(0).nullable(),
  durationSeconds: z.number().min(0).nullable(),
});
export type AudioStream = z.output<typeof AudioStream>;

export const Probe = z
  .strictObject({
    /** FFmpeg's name of the container, such as `mov`, `matroska`, `mpegts`. */
    container: z.string(),
    durationSeconds: z.number().min(0).nullable(),
    bytes: z.int().min(0),
    /** Cover art is not in here: it is a picture, not a picture track. */
    video: z.array(VideoStream),
    audio: z.array(AudioStream),
    subtitles: z.array(z.strictObject({ index: z.int().min(0), codec: z.string(), language: z.string().nullable() })),
    /** What a user should know, in plain words: "rotation 90° applied", "variable frame rate". */
    notes: z.array(z.string()),
  })
  .meta({ id: 'Probe' });
export type Probe = z.output<typeof Probe>;
