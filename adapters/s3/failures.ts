/** What S3 and the connection to it can answer, in our words. */
import { S3ServiceException } from '@aws-sdk/client-s3';
import { Failure, type FailureCode } from '#core/failures.ts';

const codes: Readonly<Record<string, FailureCode>> = {
  NoSuchKey: 'input.not_found',
  NotFound: 'input.not_found',
  PreconditionFailed: 'input.changed',
  NoSuchUpload: 'conflict.state',
  InvalidPart: 'conflict.state',
  InvalidPartOrder: 'conflict.state',
  EntityTooSmall: 'conflict.state',
  MalformedXML: 'conflict.state',
  SlowDown: 'platform.throttled',
  ServiceUnavailable: 'platform.throttled',
  TooManyRequestsException: 'platform.throttled',
  RequestTimeout: 'platform.timeout',
  TimeoutError: 'platform.timeout',
  ENOSPC: 'limit.storage',
};

const nameOf = (error: Error): string => ('code' in error && error.code === 'ENOSPC' ? 'ENOSPC' : error.name);

export const hasName = (error: unknown, ...names: readonly string[]): error is Error =>
  error instanceof Error && names.includes(error.name);

/** True where S3 said no, and meant it: what was asked for has not happened. All else is unknown until one looks. */
export const isDefinite = (error: unknown): boolean => {
  if (!(error instanceof S3ServiceException)) return false;
  const status = error.$metadata.httpStatusCode ?? 0;
  return status >= 400 && status < 500;
};

/** A `Failure` for whatever the SDK threw; one of ours as it is. */
export const translated = (error: unknown): unknown => {
  if (!(error instanceof Error) || error instanceof Failure) return error;
  const throttled = error instanceof S3ServiceException && error.$metadata.httpStatusCode === 503;
  const code = codes[nameOf(error)] ?? (throttled ? 'platform.throttled' : 'platform.internal');
  return new Failure(code, {}, { cause: error });
};

/** Awaits what the SDK does and translates how it fails. */
export const asFailure = async <T>(work: Promise<T>, signal?: AbortSignal): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    throw signal?.aborted ? signal.reason : translated(error);
  }
};
