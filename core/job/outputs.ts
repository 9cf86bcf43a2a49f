/** What a job may make. The kinds that this build can plan are listed in `core/outputs/`. */
import * as z from 'zod';
import { AudioEncode, AudioPreset, Encode, Preset, VideoPreset } from './encode.ts';
import { AudioLayer, Edit } from './edits.ts';
import { Ref } from './refs.ts';
import { Bitrate, Duration, Percent, Px, Time } from './values.ts';

const common = {
  from: Ref.optional().describe('What it is made from; the only input where it is left out.'),
  path: z
    .string()
    .max(256)
    .regex(/^[A-Za-z0-9{}._/ -]+$/)
    .refine((path) => !path.startsWith('/') && !path.split('/').includes('..'), 'must be a relative path without ".."')
    .optional()
    .describe('Where it is delivered to.'),
  store: z.boolean().optional().describe('False makes it an intermediate that other outputs read.'),
  when: z.enum(['hasAudio', 'hasVideo']).optional().describe('Skips the output where its source lacks that.'),
  label: z.string().max(128).optional(),
};

const Fit = z.enum(['inside', 'cover', 'pad', 'blur', 'stretch']);
export const Size = z
  .strictObject({
    width: Px.optional(),
    height: Px.optional(),
    shortSide: Px.optional().describe('The shorter of width and height, so that portrait works as landscape does.'),
    fit: Fit.optional(),
    upscale: z.boolean().optional().describe('Pictures are never enlarged unless this is true.'),
  })
  .meta({ id: 'Size' });
export type Size = z.output<typeof Size>;

const picture = {
  edit: z.array(Edit).max(20).optional(),
  audio: z.union([z.enum(['keep', 'none']), z.array(AudioLayer).max(20)]).optional(),
  fps: z.union([z.number().min(1).max(60), z.literal('source')]).optional(),
  size: Size.optional(),
  start: Time.optional(),
  end: Time.optional(),
};

const Rung = z.strictObject({
  shortSide: Px,
  crf: z.int().min(0).max(63).optional(),
  maxBitrate: Bitrate.optional(),
});
const Segment = z.strictObject({ start: Time, end: Time, name: z.string().max(64).optional() });
const At = z.union([Time, Percent]);

const Video = z.strictObject({
  type: z.literal('video'),
  ...common,
  ...picture,
  encode: z.union([VideoPreset, Encode]).optional(),
});
const Stream = z.strictObject({
  type: z.literal('stream'),
  ...common,
  ...picture,
  formats: z
    .array(z.enum(['hls', 'dash']))
    .min(1)
    .optional(),
  ladder: z.union([z.literal('auto'), z.array(Rung).min(1).max(12)]).optional(),
  segmentSeconds: z.number().min(1).max(20).optional(),
});
const Audio = z.strictObject({
  type: z.literal('audio'),
  ...common,
  audio: z.array(AudioLayer).max(20).optional(),
  encode: z.union([AudioPreset, AudioEncode]).optional(),
  normalize: z
    .union([z.boolean(), z.strictObject({ lufs: z.number().min(-70).max(-5) })])
    .optional()
    .describe('To a loudness by EBU R128: -23 LUFS where it is true. True peaks stay below -1 dBTP.'),
});
const Image = z.strictObject({
  type: z.literal('image'),
  ...common,
  at: z.union([Time, Percent, z.literal('best')]).optional(),
  size: Size.optional(),
  format: z.enum(['jpg', 'png', 'webp']).optional(),
});
const Images = z.strictObject({
  type: z.literal('images'),
  ...common,
  count: z.int().min(1).max(500).optional(),
  every: Duration.optional(),
  at: z.array(At).min(1).max(500).optional(),
  size: Size.optional(),
});
const Sprite = z.strictObject({
  type: z.literal('sprite'),
  ...common,
  every: Duration.optional(),
  tileWidth: Px.optional(),
  columns: z.int().min(1).max(50).optional(),
  vtt: z.boolean().optional(),
});
const Preview = z.strictObject({
  type: z.literal('preview'),
  ...common,
  format: z.enum(['gif', 'webp', 'mp4']).optional(),
  start: Time.optional(),
  seconds: z.number().min(0.1).max(60).optional().describe('To the end of the source where it is left out.'),
  fps: z.number().min(1).max(30).optional(),
  width: Px.optional(),
});
const Clips = z.strictObject({
  type: z.literal('clips'),
  ...common,
  by: z.union([
    z.enum(['scene', 'silence', 'black']),
    z.strictObject({ every: Duration }),
    z.strictObject({ list: z.array(Segment).min(1).max(500) }),
  ]),
  min: Duration.optional(),
  max: Duration.optional(),
  encode: z.union([VideoPreset, z.literal('copy')]).optional(),
});
const Captions = z.strictObject({
  type: z.literal('captions'),
  ...common,
  source: Ref.optional(),
  language: z.string().max(16).optional(),
  format: z.enum(['vtt', 'srt']).optional(),
});
const Waveform = z.strictObject({
  type: z.literal('waveform'),
  ...common,
  width: Px.optional(),
  height: Px.optional(),
});
const Probe = z.strictObject({ type: z.literal('probe'), ...common });
const Copy = z.strictObject({ type: z.literal('copy'), ...common });
const Checksum = z.strictObject({ type: z.literal('checksum'), ...common });

/** An output in its long form. */
export const OutputObject = z
  .discriminatedUnion('type', [
    Video,
    Stream,
    Audio,
    Image,
    Images,
    Sprite,
    Preview,
    Clips,
    Captions,
    Waveform,
    Probe,
    Copy,
    Checksum,
  ])
  .meta({ id: 'Output' });
export type OutputObject = z.output<typeof OutputObject>;
export type OutputKind = OutputObject['type'];
/** The output object of one kind, as in `OutputOf<'video'>`. */
export type OutputOf<K extends OutputKind> = Extract<OutputObject, { type: K }>;

/** A string is a preset. */
export const Output = z.union([Preset, OutputObject]);
export type Output = z.output<typeof Output>;
