/** What a deployment allows. Every host reads the same settings. */
import * as z from 'zod';

const gibibyte = 2 ** 30;

export const Limits = z.strictObject({
  maxUploadBytes: z.coerce
    .number()
    .int()
    .min(1)
    .default(20 * gibibyte)
    .describe('Of one upload.'),
  uploadUrlSeconds: z.coerce
    .number()
    .int()
    .min(60)
    .max(43_200)
    .default(3600)
    .describe('How long a signed upload address works.'),
  downloadUrlSeconds: z.coerce
    .number()
    .int()
    .min(10)
    .max(43_200)
    .default(900)
    .describe('How long a signed download address works.'),
  jobSeconds: z.coerce
    .number()
    .int()
    .min(60)
    .max(86_400)
    .default(86_400)
    .describe('How long a job may take that sets no `limits.maxSeconds`.'),
  maxVariants: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(1000)
    .describe('The most variants that the matrix of one job may make, whatever its `limits.maxVariants`.'),
});
export type Limits = z.output<typeof Limits>;
