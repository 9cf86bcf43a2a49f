/**
 * Texts that a task makes itself, out of files in its folder. The plan names what is made of what;
 * `core/documents/` makes it, purely, and the runner only reads and writes.
 */
import * as z from 'zod';
import { FileName } from './file-name.ts';

/** Known when the plan is made: a probe, the text that is drawn over a picture, a list of files to join. */
const Text = z.strictObject({ kind: z.literal('text'), text: z.string() });

/** The sha256 of a file as `sha256sum` prints it, under a name for people. */
const Checksum = z.strictObject({ kind: z.literal('checksum'), of: FileName, name: z.string() });

export const Document = z.discriminatedUnion('kind', [Text, Checksum]);
export type Document = z.output<typeof Document>;
export type DocumentOf<K extends Document['kind']> = Extract<Document, { kind: K }>;
