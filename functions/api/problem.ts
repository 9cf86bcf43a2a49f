/** Errors as `application/problem+json` (RFC 9457). */
import * as z from 'zod';
import { type Failure, failureCodes, failures, type RateLimit } from '#core/failures.ts';
import type { Result } from './answer.ts';

export const Problem = z
  .strictObject({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    code: z.enum(failureCodes).describe('Stable: compare this, never a text.'),
    detail: z.string().describe('What happened this time.'),
    remedy: z.string().describe('What can be done about it.'),
    retryable: z.boolean().describe('True where the same request may succeed later.'),
    errors: z
      .array(z.strictObject({ pointer: z.string(), code: z.string(), message: z.string() }))
      .optional()
      .describe('The fields that are wrong; `pointer` is a JSON pointer into the body, or `?` and a query parameter.'),
    requestId: z.string(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.output<typeof Problem>;

const problemOf = (failure: Failure, requestId: string): Problem => {
  const { status, title, remedy, retryable } = failures[failure.code];
  const { errors, detail } = failure.facts;
  return {
    type: 'about:blank',
    title,
    status,
    code: failure.code,
    // What went wrong on our side is for the log.
    detail: status < 500 ? (detail ?? title) : title,
    remedy,
    retryable,
    ...(errors && status < 500 ? { errors: [...errors] } : {}),
    requestId,
  };
};

/** https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ (10): structured fields (RFC 9651). */
const rateLimitHeaders = ({
  name,
  quota,
  remaining,
  resetSeconds,
  windowSeconds,
}: RateLimit): Record<string, string> => {
  const window = windowSeconds === undefined ? '' : `;w=${windowSeconds}`;
  return {
    'ratelimit-policy': `"${name}";q=${Math.floor(quota)}${window}`,
    ratelimit: `"${name}";r=${Math.floor(remaining)};t=${Math.ceil(resetSeconds)}`,
  };
};

/** Headers that HTTP asks for with some statuses. */
const headersOf = ({ code, facts }: Failure): Record<string, string> => {
  const { status, retryable } = failures[code];
  const retryAfter = facts.retryAfterSeconds ?? (retryable && [409, 503].includes(status) ? 1 : undefined);
  return {
    ...(facts.rateLimit ? rateLimitHeaders(facts.rateLimit) : {}),
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(retryAfter === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfter)) }),
  };
};

export const problemResult = (
  failure: Failure,
  { requestId, headers = {} }: { requestId: string; headers?: Readonly<Record<string, string>> },
): Result => ({
  statusCode: failures[failure.code].status,
  headers: { 'content-type': 'application/problem+json', ...headersOf(failure), ...headers },
  body: JSON.stringify(problemOf(failure, requestId)),
});
