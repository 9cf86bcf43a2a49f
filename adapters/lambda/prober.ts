/** Probes by a synchronous call of the runner's function, which alone has FFmpeg. */
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import { Failure, type FailureCode, isFailureCode } from '#core/failures.ts';
import { Looked, type Prober } from '#core/ports/prober.ts';

/** Less than the 29 s that the API has for an answer. */
const longestMs = 25_000;

/** What Lambda reports of an error that a function threw: `errorType` is its name. */
const Thrown = z.object({ errorType: z.string(), errorMessage: z.string() });

/** Errors of the Lambda service, by their names in the SDK. */
const serviceErrors: Readonly<Record<string, FailureCode>> = {
  TooManyRequestsException: 'platform.capacity',
  TimeoutError: 'platform.timeout',
  AbortError: 'platform.timeout',
  'Sandbox.Timedout': 'platform.timeout',
};

const codeOf = (name: string): FailureCode => serviceErrors[name] ?? 'platform.internal';

/** The words of a Failure are made for the owner of the file; those of any other error may not be shown. */
const failureOf = (payload: unknown): Failure => {
  const thrown = Thrown.safeParse(payload);
  if (!thrown.success) return new Failure('platform.internal', {}, { cause: payload });
  const { errorType, errorMessage } = thrown.data;
  return isFailureCode(errorType)
    ? new Failure(errorType, { detail: errorMessage })
    : new Failure(codeOf(errorType), {}, { cause: `${errorType}: ${errorMessage}` });
};

const invoke = async (client: LambdaClient, command: InvokeCommand) => {
  try {
    return await client.send(command, { abortSignal: AbortSignal.timeout(longestMs) });
  } catch (error) {
    throw new Failure(codeOf(error instanceof Error ? error.name : ''), {}, { cause: error });
  }
};

export const lambdaProber = ({ client, functionName }: { client: LambdaClient; functionName: string }): Prober => ({
  look: async (object) => {
    const command = new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify({ probe: object }) });
    const { FunctionError, Payload } = await invoke(client, command);
    const payload: unknown = JSON.parse(Payload?.transformToString() ?? 'null');
    if (FunctionError !== undefined) throw failureOf(payload);
    return Looked.parse(payload);
  },
});
