/** What an error of the DynamoDB client means. */
import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { isThrottlingError, isTransientError } from '@smithy/core/retry';
import { Failure, hasCode } from '#core/failures.ts';

const reasons = (error: unknown): (string | undefined)[] =>
  error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []).map(({ Code }) => Code) : [];

/** A condition did not hold. That may be because an earlier try of the very same write was applied. */
export const isRefused = (error: unknown): boolean =>
  error instanceof ConditionalCheckFailedException || reasons(error).includes('ConditionalCheckFailed');

/** Reasons for which DynamoDB cancels a transaction that may succeed when it is sent again. */
const busy = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);

// true: every field that the SDK's classifiers look at may be missing
const isSdkError = (error: unknown): error is Parameters<typeof isTransientError>[0] => error instanceof Error;

const isBusy = (error: unknown): boolean =>
  isSdkError(error) &&
  (isThrottlingError(error) ||
    hasCode(error, 'platform.throttled') ||
    error.name === 'TransactionConflictException' ||
    reasons(error).some((code) => code !== undefined && busy.has(code)));

/** Sending the same write again makes sense. Whether it was applied is unknown. */
export const isTransient = (error: unknown): boolean =>
  isSdkError(error) && !isRefused(error) && (isBusy(error) || isTransientError(error));

/** What callers of a store see. */
export const failureOf = (error: unknown): Failure => {
  if (error instanceof Failure) return error;
  if (isBusy(error)) return new Failure('platform.throttled', { phase: 'store' }, { cause: error });
  if (isTransient(error)) return new Failure('platform.timeout', { phase: 'store' }, { cause: error });
  return new Failure('platform.internal', { phase: 'store' }, { cause: error });
};
