/** Errors as Step Functions sees them: `name` is what Retry and Catch match on, `message` becomes the Cause. */

export const stateError = (name: string, cause: string): Error => Object.assign(new Error(cause), { name });

/** What `lambda:invoke` makes of an error that the function threw. */
export const lambdaError = (error: unknown): Error => {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return Object.assign(new Error(JSON.stringify({ errorType: name, errorMessage: message }), { cause: error }), {
    name,
  });
};
