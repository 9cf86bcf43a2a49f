/** Errors as a state machine hands them over. */
import * as z from 'zod';
import { Failure, type FailureCode, isFailureCode } from '../failures.ts';

/** What a Catch gives: `Cause` is the JSON that Lambda reports of a function's error, or some text, or empty. */
export const StateError = z.strictObject({ Error: z.string(), Cause: z.string().default('') });
export type StateError = z.output<typeof StateError>;

/** Errors of the platform; what is not listed is `platform.internal`. Sources: the Step Functions and Lambda guides. */
const platformErrors: Readonly<Record<string, FailureCode>> = {
  'States.Timeout': 'platform.timeout',
  'States.HeartbeatTimeout': 'platform.timeout',
  'Sandbox.Timedout': 'platform.timeout',
  'Lambda.ClientExecutionTimeoutException': 'platform.timeout',
  'Lambda.TooManyRequestsException': 'platform.capacity',
  /** What ECS could not start a container for, and what it calls a quota that is reached. */
  'AmazonECS.Unknown': 'platform.capacity',
  'ECS.AmazonECSException': 'platform.capacity',
  'ECS.ClientException': 'platform.capacity',
  'ECS.LimitExceededException': 'platform.capacity',
  'ECS.ThrottlingException': 'platform.throttled',
};

const LambdaCause = z.object({ errorMessage: z.string() });

/** The words of a Failure are made for the owner of the job; those of any other error may not be shown. */
const detailOf = (cause: string): string | undefined => {
  try {
    return LambdaCause.parse(JSON.parse(cause)).errorMessage;
  } catch {
    return undefined;
  }
};

export const failureOf = ({ Error: name, Cause }: StateError): Failure =>
  isFailureCode(name)
    ? new Failure(name, { detail: detailOf(Cause) })
    : new Failure(platformErrors[name] ?? 'platform.internal');
