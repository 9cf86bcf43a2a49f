import { Alias, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';

/** What callers of a function need to know of it. */
export interface Called {
  readonly functionName: string;
  readonly functionArn: string;
}

const aliasName = 'warm';

/**
 * Keeps so many of a function started. They are the alias's: whoever calls the function past it starts others. Undefined where
 * none are kept. What is measured of a function, and its alarms, count its aliases too.
 */
export const keptWarm = (target: LambdaFunction, count: number): Alias | undefined =>
  count === 0
    ? undefined
    : new Alias(target, 'Warm', { aliasName, version: target.currentVersion, provisionedConcurrentExecutions: count });

/**
 * The same for other stacks, made of the function's name and not of the alias: what one stack exports, and another imports,
 * could not change when the option does.
 */
export const calledFromElsewhere = ({ functionName, functionArn }: Called, count: number): Called =>
  count === 0
    ? { functionName, functionArn }
    : { functionName: `${functionName}:${aliasName}`, functionArn: `${functionArn}:${aliasName}` };
