import { Failure, type FailureFacts } from '#core/failures.ts';

const invalid = (pointer: string, message: string): FailureFacts => ({
  detail: `${pointer}: ${message}`,
  errors: [{ pointer, code: 'invalid_value', message }],
});

/**
 * Cognito's errors by their names, which its API lists per operation:
 * https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/CommonErrors.html. Which of the several
 * reasons for a refusal it was is not told on. `chosen` is where the request holds the password that was chosen.
 */
const cognitoFailure = (error: unknown, chosen = '/password'): unknown => {
  if (!(error instanceof Error)) return error;
  const cause = { cause: error };
  switch (error.name) {
    case 'NotAuthorizedException':
    case 'UserNotFoundException':
    case 'UserNotConfirmedException':
    case 'PasswordResetRequiredException':
    case 'RefreshTokenReuseException':
      return new Failure('auth.failed', {}, cause);
    case 'UsernameExistsException':
      return new Failure('conflict.exists', { detail: 'There is a user with that e-mail address already.' }, cause);
    case 'InvalidPasswordException':
      return new Failure('spec.invalid', invalid(chosen, 'does not meet the rules of the user pool'), cause);
    case 'PasswordHistoryPolicyViolationException':
      return new Failure('spec.invalid', invalid(chosen, 'was used before'), cause);
    case 'LimitExceededException':
      return new Failure('auth.throttled', { retryAfterSeconds: 60 }, cause);
    case 'TooManyRequestsException':
      return new Failure('platform.throttled', {}, cause);
    default:
      return new Failure('platform.internal', {}, cause);
  }
};

/** The outcome of `work`, its errors translated. */
export const translated = async <T>(work: Promise<T>, chosen?: string): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    throw cognitoFailure(error, chosen);
  }
};
