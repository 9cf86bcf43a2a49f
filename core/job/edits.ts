/** How picture and sound change on the way from a source to an output. */
import * as z from 'zod';
import { Ref } from './refs.ts';
import { Anchor, Duration, Hex, Name, Offset, Percent, Px, Time } from './values.ts';

const window = { start: Time.optional(), end: Time.optional() };

const Overlay = z.strictObject({
  image: Ref.describe('The picture that is laid over the video.'),
  at: Anchor.optional().describe('Which corner, edge or centre; "bottom-right" where it is left out.'),
  x: z.union([Offset, Percent]).optional().describe('Distance from the left or right edge, towards the middle.'),
  y: z.union([Offset, Percent]).optional().describe('Distance from the upper or lower edge, towards the middle.'),
  width: z.union([Px, Percent]).optional().describe('The box that the picture is fitted into.'),
  height: z.union([Px, Percent]).optional().describe('The box that the picture is fitted into.'),
  fit: z.enum(['inside', 'stretch']).optional().describe('"inside" keeps the aspect ratio and never enlarges.'),
  opacity: z.number().min(0).max(1).optional(),
  ...window,
});

const Text = z.strictObject({
  value: z.string().min(1).max(500),
  at: Anchor.optional(),
  size: z.int().min(6).max(500).optional(),
  color: Hex.optional(),
  box: Hex.optional(),
  ...window,
});
const Rect = z.strictObject({ x: Offset, y: Offset, width: Px, height: Px });

export const Edit = z
  .union([
    z.strictObject({ overlay: Overlay }),
    z.strictObject({ text: Text }),
    z.strictObject({ captions: z.strictObject({ from: Ref, burn: z.literal(true) }) }),
    z.strictObject({ crop: z.union([Rect, z.literal('auto')]) }),
    z.strictObject({ rotate: z.union([z.literal(0), z.literal(90), z.literal(180), z.literal(270)]) }),
    z.strictObject({ speed: z.number().min(0.25).max(4) }),
    z.strictObject({ fade: z.strictObject({ in: Duration.optional(), out: Duration.optional() }) }),
    z.strictObject({ deinterlace: z.literal(true) }),
  ])
  .meta({ id: 'Edit' });
export type Edit = z.output<typeof Edit>;

export const editKinds = ['overlay', 'text', 'captions', 'crop', 'rotate', 'speed', 'fade', 'deinterlace'] as const;
export type EditKind = (typeof editKinds)[number];

export const AudioLayer = z
  .strictObject({
    from: Ref,
    name: Name.optional(),
    gain: z.number().min(0).max(10).optional(),
    start: Time.optional(),
    loop: z.boolean().optional(),
    duckUnder: Name.optional(),
    fade: z.strictObject({ in: Duration.optional(), out: Duration.optional() }).optional(),
  })
  .meta({ id: 'AudioLayer' });
export type AudioLayer = z.output<typeof AudioLayer>;
