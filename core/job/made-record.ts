/** What was made once, and which jobs list it: another job that asks for the same is given the same files. */
import * as z from 'zod';
import { JobId, Owner } from './ids.ts';
import { Attestation, OutputFile } from './task-result.ts';

export const MadeRecord = z.strictObject({
  owner: Owner,
  contentKey: z.string(),
  files: z.array(OutputFile).min(1),
  attestation: Attestation.nullable(),
  warnings: z.array(z.string()),
  /** The jobs that list these files. While there is one, the files stay, also where the job that made them is removed. */
  holders: z.array(JobId).min(1),
});
export type MadeRecord = z.output<typeof MadeRecord>;

/** Undefined where there is nothing to hold. */
export const heldBy = (made: MadeRecord | undefined, jobId: string): MadeRecord | undefined =>
  made && { ...made, holders: [...new Set([...made.holders, jobId])] };

/** Undefined where nobody holds it any more. */
export const releasedBy = (made: MadeRecord | undefined, jobId: string): MadeRecord | undefined => {
  const holders = made?.holders.filter((id) => id !== jobId) ?? [];
  return made && holders.length > 0 ? { ...made, holders } : undefined;
};
