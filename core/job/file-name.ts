import * as z from 'zod';

/** A name in a task's private work folder. Names are ours, never a user's. */
export const FileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/);
export type FileName = z.output<typeof FileName>;
