/** How picture and sound change on the way from a source to an output. */
import * as z from 'zod';
import { Ref } from './refs.ts';
import { Anchor, Duration, Hex, Name, Offset, Percent, Px, Time } from './values.ts';

const window = {
  start: Time.optional().describe('When it appears, in seconds of the output; at once where it is left out.'),
  end: Time.optional().describe('When it is gone; never where it is left out.'),
};

const Overlay = z.strictObject({
  image: Ref.describe('The picture that is laid over the video.'),
  at: Anchor.optional().describe('Which corner, edge or centre; "bottom-right" where it is left out.'),
  x: z.union([Offset, Percent]).optional().describe('Distance from the left or right edge, towards the middle.'),
  y: z.union([Offset, Percent]).optional().describe('Distance from the upper or lower edge, towards the middle.'),
  width: z.union([Px, Percent]).optional().describe('The box that the picture is fitted into.'),
  height: z.union([Px, Percent]).optional().describe('The box that the picture is fitted into.'),
  fit: z.enum(['inside', 'stretch']).optional().describe('"inside" keeps the aspect ratio and never enlarges.'),
  opacity: z.number().min(0).max(1).optional().describe('From 0, which cannot be seen, to 1.'),
  ...window,
});

const Text = z.strictObject({
  value: z
    .string()
    .min(1)
    .max(500)
    .describe('Shown as it is, line breaks included; lines that are too long are broken between words.'),
  at: Anchor.optional().describe('Which corner, edge or centre; "bottom" where it is left out.'),
  size: z
    .int()
    .min(6)
    .max(500)
    .optional()
    .describe('Height of the letters in pixels; by the size of the picture where it is left out.'),
  color: Hex.optional().describe('White where it is left out; the last two of eight digits are its opacity.'),
  box: Hex.optional().describe('A colour behind the text; none where it is left out.'),
  ...window,
});
const Rect = z.strictObject({ x: Offset, y: Offset, width: Px, height: Px });

export const Edit = z
  .union([
    z.strictObject({ overlay: Overlay }),
    z.strictObject({ text: Text }),
    z.strictObject({
      captions: z.strictObject({
        from: Ref.describe('An input or output with captions: an SRT or WebVTT file, or a video with a text track.'),
        burn: z
          .literal(true)
          .describe('Captions are drawn into the picture; to have them as a file, ask for an output `captions`.'),
      }),
    }),
    z.strictObject({ crop: z.union([Rect, z.literal('auto')]) }),
    z.strictObject({ rotate: z.union([z.literal(0), z.literal(90), z.literal(180), z.literal(270)]) }),
    z.strictObject({ speed: z.number().min(0.25).max(4) }),
    z.strictObject({
      fade: z.strictObject({
        in: Duration.optional().describe('From black and silence, in so many seconds.'),
        out: Duration.optional().describe('To black and silence, in so many seconds.'),
      }),
    }),
    z.strictObject({ deinterlace: z.literal(true) }),
  ])
  .meta({ id: 'Edit' });
export type Edit = z.output<typeof Edit>;

export const editKinds = ['overlay', 'text', 'captions', 'crop', 'rotate', 'speed', 'fade', 'deinterlace'] as const;
export type EditKind = (typeof editKinds)[number];

export const AudioLayer = z
  .strictObject({
    from: Ref.describe('What is heard.'),
    name: Name.optional().describe('For `duckUnder` of other layers.'),
    gain: z.number().min(0).max(10).optional().describe('What its level is multiplied with: 0.2 is 14 dB quieter.'),
    start: Time.optional().describe('When it begins, in seconds of the output.'),
    loop: z.boolean().optional().describe('Again and again, to the end.'),
    duckUnder: Name.optional().describe('The layer under which it becomes quieter while that is heard.'),
    fade: z
      .strictObject({ in: Duration.optional(), out: Duration.optional() })
      .optional()
      .describe('In and out, in seconds.'),
  })
  .meta({ id: 'AudioLayer' });
export type AudioLayer = z.output<typeof AudioLayer>;
