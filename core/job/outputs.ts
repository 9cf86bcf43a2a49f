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
  label: z.string().max(128).optional().describe('For people; it is stored and shown.'),
};

const Fit = z.enum(['inside', 'cover', 'pad', 'blur', 'stretch']);
export const Size = z
  .strictObject({
    width: Px.optional(),
    height: Px.optional(),
    shortSide: Px.optional().describe('The shorter of width and height, so that portrait works as landscape does.'),
    fit: Fit.optional().describe(
      'How the picture gets into the box: "inside" keeps all of it and may be smaller, "cover" cuts what stands out, "pad" adds black, "blur" adds the blurred picture, "stretch" distorts.',
    ),
    upscale: z.boolean().optional().describe('Pictures are never enlarged unless this is true.'),
  })
  .meta({ id: 'Size' });
export type Size = z.output<typeof Size>;

const picture = {
  edit: z.array(Edit).max(20).optional().describe('Carried out in this order.'),
  audio: z
    .union([z.enum(['keep', 'none']), z.array(AudioLayer).max(20)])
    .optional()
    .describe(
      '"keep" copies the sound as it is, "none" leaves it out, layers replace it. Without it the sound is encoded where it must be.',
    ),
  fps: z
    .union([z.number().min(1).max(60), z.literal('source')])
    .optional()
    .describe('Pictures a second; those of the source where it is left out, at most 60.'),
  size: Size.optional().describe('That of the source where it is left out.'),
  start: Time.optional().describe('Where it begins in the source.'),
  end: Time.optional().describe('Where it ends in the source.'),
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
  encode: z.union([VideoPreset, Encode]).optional().describe('"mp4" where it is left out.'),
});
const Stream = z.strictObject({
  type: z.literal('stream'),
  ...common,
  ...picture,
  formats: z
    .array(z.enum(['hls', 'dash']))
    .min(1)
    .optional()
    .describe('Manifests over the same segments; "hls" where it is left out.'),
  ladder: z
    .union([z.literal('auto'), z.array(Rung).min(1).max(12)])
    .optional()
    .describe('Renditions by their short side; "auto" makes those that are usual up to the size of the source.'),
  segmentSeconds: z.number().min(1).max(20).optional().describe('6 where it is left out.'),
});
const Audio = z.strictObject({
  type: z.literal('audio'),
  ...common,
  audio: z.array(AudioLayer).max(20).optional().describe('Layers that are heard in place of the source.'),
  encode: z
    .union([AudioPreset, AudioEncode])
    .optional()
    .describe('"mp3" where it is left out; copied where the source has that codec.'),
  normalize: z
    .union([z.boolean(), z.strictObject({ lufs: z.number().min(-70).max(-5) })])
    .optional()
    .describe('To a loudness by EBU R128: -23 LUFS where it is true. True peaks stay below -1 dBTP.'),
});
const Image = z.strictObject({
  type: z.literal('image'),
  ...common,
  at: z
    .union([Time, Percent, z.literal('best')])
    .optional()
    .describe(
      'A time, a share, or the most typical picture of the first seconds; "10%" where it is left out. Beyond the end it is the last picture.',
    ),
  size: Size.optional(),
  format: z.enum(['jpg', 'png', 'webp']).optional().describe('"jpg" where it is left out.'),
});
const Images = z.strictObject({
  type: z.literal('images'),
  ...common,
  count: z.int().min(1).max(500).optional().describe('So many, evenly spread; 5 where nothing else is said.'),
  every: Duration.optional().describe('One every so many seconds.'),
  at: z.array(At).min(1).max(500).optional().describe('At these times or shares.'),
  size: Size.optional(),
});
const Sprite = z.strictObject({
  type: z.literal('sprite'),
  ...common,
  every: Duration.optional().describe(
    'Seconds from tile to tile; so that there are about a hundred where it is left out, at least one second.',
  ),
  tileWidth: Px.optional().describe('160 where it is left out.'),
  columns: z.int().min(1).max(50).optional().describe('10 where it is left out.'),
  vtt: z
    .boolean()
    .optional()
    .describe('A WebVTT file that tells which tile is for which time; set by the preset "storyboard".'),
});
const Preview = z.strictObject({
  type: z.literal('preview'),
  ...common,
  format: z
    .enum(['gif', 'webp', 'mp4'])
    .optional()
    .describe('"gif" where it is left out; the others are much smaller.'),
  start: Time.optional().describe('Where it begins in the source.'),
  seconds: z.number().min(0.1).max(60).optional().describe('To the end of the source where it is left out.'),
  fps: z
    .number()
    .min(1)
    .max(30)
    .optional()
    .describe('15 where it is left out; of an mp4 those of the source, at most 30.'),
  width: Px.optional().describe('480 where it is left out.'),
});
const Clips = z.strictObject({
  type: z.literal('clips'),
  ...common,
  by: z
    .union([
      z.enum(['scene', 'silence', 'black']),
      z.strictObject({ every: Duration }),
      z.strictObject({ list: z.array(Segment).min(1).max(500) }),
    ])
    .describe(
      'Where it is cut: between scenes, at silence or black (which are left out), every so many seconds, or as listed.',
    ),
  min: Duration.optional().describe('Shorter clips are joined with their neighbours.'),
  max: Duration.optional().describe('Longer clips are divided evenly.'),
  encode: z
    .union([VideoPreset, z.literal('copy')])
    .optional()
    .describe('"copy" encodes nothing and begins each clip at the key frame before it; "mp4" where it is left out.'),
});
const Captions = z.strictObject({
  type: z.literal('captions'),
  ...common,
  source: Ref.optional().describe('Another word for `from`.'),
  language: z.string().max(16).optional().describe('Which text track of a video; the first where it is left out.'),
  format: z.enum(['vtt', 'srt']).optional().describe('"vtt" where it is left out.'),
});
const Waveform = z.strictObject({
  type: z.literal('waveform'),
  ...common,
  width: Px.optional().describe('1280 where it is left out.'),
  height: Px.optional().describe('240 where it is left out.'),
});
const pictures = {
  every: Duration.optional().describe('Looks at one picture every so many seconds.'),
  count: z
    .int()
    .min(1)
    .max(500)
    .optional()
    .describe('Looks at so many pictures, evenly spread; one a second, at most 20, where nothing is said.'),
};
const Share = z.number().min(0).max(1);
const Labels = z.strictObject({
  type: z.literal('labels'),
  ...common,
  ...pictures,
  minConfidence: Share.optional().describe('What is less sure is left out; 0.7 where it is left out.'),
  max: z.int().min(1).max(1000).optional().describe('So many labels, the surest ones; 100 where it is left out.'),
});
const Moderation = z.strictObject({
  type: z.literal('moderation'),
  ...common,
  ...pictures,
  threshold: Share.optional().describe('From here on a finding counts: `ok` is false then. 0.6 where it is left out.'),
});
const Transcript = z.strictObject({
  type: z.literal('transcript'),
  ...common,
  language: z
    .string()
    .regex(/^[a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8})*$/)
    .max(16)
    .optional()
    .describe('Which one is spoken, such as "en-US"; told from the sound where it is left out.'),
  format: z.enum(['vtt', 'srt', 'json']).optional().describe('"vtt" where it is left out.'),
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
    Labels,
    Moderation,
    Transcript,
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
