/** What has to be looked for in a source before an output of it can be planned, and what was found. */
import * as z from 'zod';

export const Analysis = z.discriminatedUnion('kind', [
  /** Where the picture changes; the threshold is FFmpeg's scene score, 0..1. */
  z.strictObject({ kind: z.literal('scenes'), threshold: z.number().min(0).max(1) }),
  z.strictObject({ kind: z.literal('silence'), belowDb: z.number(), minSeconds: z.number().positive() }),
  z.strictObject({ kind: z.literal('black'), minSeconds: z.number().positive() }),
  /** Integrated loudness and true peak by EBU R128, as mixed to so many channels; the source's own, at most two, where it is left out. */
  z.strictObject({ kind: z.literal('loudness'), channels: z.int().min(1).max(8).optional() }),
  /** The rectangle that is not black for most of the time. */
  z.strictObject({ kind: z.literal('crop') }),
]);
export type Analysis = z.output<typeof Analysis>;
export type AnalysisKind = Analysis['kind'];

const Spans = z.array(z.strictObject({ start: z.number().min(0), end: z.number().min(0) }));

/** Seconds count from the start of the window that was looked at. */
export const Finding = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('scenes'), cuts: z.array(z.number().min(0)) }),
  z.strictObject({ kind: z.literal('silence'), spans: Spans }),
  z.strictObject({ kind: z.literal('black'), spans: Spans }),
  /** `lufs` is null where everything is silent. */
  z.strictObject({ kind: z.literal('loudness'), lufs: z.number().nullable(), truePeakDb: z.number().nullable() }),
  /** In pixels of the upright picture with square pixels; null where nothing is to be cut away. */
  z.strictObject({
    kind: z.literal('crop'),
    rect: z
      .strictObject({ x: z.int().min(0), y: z.int().min(0), width: z.int().min(2), height: z.int().min(2) })
      .nullable(),
  }),
]);
export type Finding = z.output<typeof Finding>;
export type FindingOf<K extends AnalysisKind> = Extract<Finding, { kind: K }>;
