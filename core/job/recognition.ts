/** What is to be recognised in pictures or sound, by a service that knows what things look like and what words sound like. */
import * as z from 'zod';

/** Seconds of the output's source, of each picture in the order in which they are read. */
const at = z.array(z.number().min(0)).min(1);

export const Recognition = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('labels'),
    at,
    minConfidence: z.number().min(0).max(1),
    /** Of the whole source; the surest ones. */
    max: z.int().min(1),
  }),
  z.strictObject({ kind: z.literal('moderation'), at, threshold: z.number().min(0).max(1) }),
  z.strictObject({
    kind: z.literal('transcript'),
    /** BCP 47; told from the sound where it is left out. */
    language: z.string().optional(),
    format: z.enum(['webvtt', 'srt', 'json']),
    /** Of the sound; null where nobody knows. */
    seconds: z.number().min(0).nullable(),
  }),
]);
export type Recognition = z.output<typeof Recognition>;
export type RecognitionKind = Recognition['kind'];
export type RecognitionOf<K extends RecognitionKind> = Extract<Recognition, { kind: K }>;

export const recognitionKinds = Recognition.options.map(
  (option) => option.shape.kind.value,
) satisfies readonly RecognitionKind[];
export const RecognitionKind = z.enum(recognitionKinds);

/** What a deployment recognises, as its functions are told in their environment: kinds with commas between. */
export const RecognisesText = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((part) => part.trim() || []))
  .pipe(z.array(RecognitionKind));

/** Speech is billed by the second, and no less than so many of them. */
const leastSeconds = 15;

/** How much of it is paid for: pictures, or seconds of sound. */
export const recognisedQuantity = (recognition: Recognition): number =>
  recognition.kind === 'transcript'
    ? Math.max(leastSeconds, Math.ceil(recognition.seconds ?? 60))
    : recognition.at.length;
