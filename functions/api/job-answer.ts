/** Answers that show a job, and the headers by which clients ask for them. */
import type { JobView } from '#core/job/view.ts';
import type { Answer } from './answer.ts';

/** API Gateway gives up after 30 s. */
export const longestWaitSeconds = 20;

const etagOf = (job: JobView): string => `W/"${job.version}"`;

const opaque = (etag: string): string => etag.trim().replace(/^W\//, '');

const isKnown = (etag: string, ifNoneMatch: string): boolean =>
  ifNoneMatch.split(',').some((known) => known.trim() === '*' || opaque(known) === opaque(etag));

export const jobHeaders = (job: JobView): Record<string, string> => ({ etag: etagOf(job) });

export const jobPath = (id: string): string => `/v1/jobs/${id}`;

/** 304 where the client has this very version. */
export const jobAnswer = (job: JobView, ifNoneMatch = ''): Answer =>
  isKnown(etagOf(job), ifNoneMatch)
    ? { status: 304, headers: jobHeaders(job) }
    : { status: 200, headers: jobHeaders(job), json: job };

/** Seconds that `Prefer: wait=20` (RFC 7240) asks for; 0 where it does not. */
export const preferredWait = (prefer = ''): number => {
  const seconds = /(?:^|,|;)\s*wait\s*=\s*"?(\d{1,5})"?/i.exec(prefer)?.[1] ?? 0;
  return Math.min(longestWaitSeconds, Number(seconds));
};
