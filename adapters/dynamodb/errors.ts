/** What an error of the DynamoDB client means. */
import {
  ConditionalCheckFailedException,
  DynamoDBServiceException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import { Failure, hasCode } from '#core/failures.ts';

const reasons = (error: unknown): (string | undefined)[] =>
  error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []).map(({ Code }) => Code) : [];

/** A condition did not hold. That may be because an earlier try of the very same write was applied. */
export const isRefused = (error: unknown): boolean =>
  error instanceof ConditionalCheckFailedException || reasons(error).includes('ConditionalCheckFailed');

/** Reasons for which DynamoDB cancels a transaction that may succeed when it is sent again. */
const busy = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);

/**
 * The errors that ask to slow down.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 */
const throttling = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'TransactionConflictException',
  'TransactionInProgressException',
]);

const isBusy = (error: unknown): boolean =>
  hasCode(error, 'platform.throttled') ||
  (error instanceof Error && throttling.has(error.name)) ||
  reasons(error).some((code) => code !== undefined && busy.has(code));

/** No answer came: what is no answer of the service is a broken connection or a timeout of the client. */
const isLost = (error: unknown): boolean => {
  if (error instanceof DynamoDBServiceException) return (error.$metadata.httpStatusCode ?? 0) >= 500;
  return error instanceof Error && !(error instanceof Failure);
};

/** Sending the same write again makes sense. Whether it was applied is unknown. */
export const isTransient = (error: unknown): boolean => !isRefused(error) && (isBusy(error) || isLost(error));

/** What callers of a store see. */
export const failureOf = (error: unknown): Failure => {
  if (error instanceof Failure) return error;
  if (isBusy(error)) return new Failure('platform.throttled', { phase: 'store' }, { cause: error });
  if (isTransient(error)) return new Failure('platform.timeout', { phase: 'store' }, { cause: error });
  return new Failure('platform.internal', { phase: 'store' }, { cause: error });
};
