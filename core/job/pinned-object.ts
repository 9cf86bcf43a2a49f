import * as z from 'zod';

/** Where the bytes of an input lie. `etag` pins them: reading anything else is `input.changed`. */
export const PinnedObject = z.strictObject({
  key: z.string(),
  etag: z.string(),
  bytes: z.int().min(0),
  /** As its uploader announced it, in hexadecimal; other bytes are `input.corrupt`. */
  sha256: z.string().optional(),
});
export type PinnedObject = z.output<typeof PinnedObject>;
