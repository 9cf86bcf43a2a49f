/** How long a job lets things be kept: its `keep`. */
import { isTerminal, type JobRecord, type UploadRecord } from './state.ts';

const later = (instant: string, seconds: number): string =>
  new Date(Date.parse(instant) + seconds * 1000).toISOString();

/** When an ended job is to be removed with all that it made; null where it stays until somebody removes it. */
export const removalOf = ({ status, endedAt, spec }: JobRecord): string | null => {
  const seconds = spec.keep?.outputs;
  return isTerminal(status) && endedAt !== null && seconds !== undefined ? later(endedAt, seconds) : null;
};

/** Until when the job that ends at `endedAt` lets its uploads be kept; null where it does not say. */
export const uploadsKeptUntil = ({ spec }: Pick<JobRecord, 'spec'>, endedAt: string): string | null =>
  spec.keep?.inputs === undefined ? null : later(endedAt, spec.keep.inputs);

/** The uploads that a job reads. */
export const uploadsOf = ({ spec }: Pick<JobRecord, 'spec'>): readonly string[] => [
  ...new Set(
    Object.values(spec.inputs).flatMap((input) =>
      typeof input === 'object' && 'upload' in input ? [input.upload] : [],
    ),
  ),
];

/** When an upload is to be looked at: one that nobody completed in time, and one that was to be kept until then. */
export const uploadDueAt = ({ state, expiresAt, keptUntil }: UploadRecord): string | null =>
  state === 'waiting' ? expiresAt : state === 'complete' ? keptUntil : null;
