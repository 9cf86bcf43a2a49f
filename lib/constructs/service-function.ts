/** What every function of ours has: a role of its own, a log of its own, JSON logs, tracing, and nothing that it did not ask for. */
import { type Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  DockerImageFunction,
  type DockerImageCode,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { DeployConfig } from '../config.ts';
import { accept } from './accept.ts';
import { withBundle } from './bundle.ts';
import type { Grant } from './grants.ts';
import type { Placement } from './network.ts';

export interface ServiceProps {
  readonly config: DeployConfig;
  readonly description: string;
  readonly memorySize: number;
  readonly timeout: Duration;
  readonly environment: Readonly<Record<string, string>>;
  /** What the function may do, beyond its log and its traces. */
  readonly allows: readonly Grant[];
  readonly concurrency?: number | undefined;
  /** 512 where it is left out. */
  readonly ephemeralStorageMb?: number;
  /** For functions that services invoke asynchronously. */
  readonly deadLetterQueue?: IQueue;
  /** In which network; in none where it is left out. */
  readonly place?: Placement | undefined;
}

const interfaces = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/**
 * Lambda joins the network in the name of the function, whose own code may not.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-best-practice
 */
const mayJoin = (role: Role): void => {
  role.addToPolicy(new PolicyStatement({ actions: interfaces, resources: ['*'] }));
  role.addToPolicy(
    new PolicyStatement({
      effect: Effect.DENY,
      actions: interfaces,
      resources: ['*'],
      conditions: { Null: { 'lambda:SourceFunctionArn': 'false' } },
    }),
  );
};

/** The managed policy for logs would allow every log group of the account. */
const base = (scope: Construct, id: string, props: ServiceProps) => {
  const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  for (const { statement, accepts } of props.allows) {
    role.addToPolicy(statement);
    accept(role, accepts ?? {});
  }
  const logGroup = new LogGroup(scope, `${id}Log`, {
    retention: props.config.logRetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  role.addToPolicy(
    new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] }),
  );
  if (props.place) mayJoin(role);
  accept(role, {
    'AwsSolutions-IAM5[Resource::*]':
      'X-Ray, Polly, Rekognition, Transcribe and network interfaces, the only ones it is for, have no resources.',
  });
  return {
    role,
    logGroup,
    loggingFormat: LoggingFormat.JSON,
    tracing: Tracing.ACTIVE,
    description: props.description,
    memorySize: props.memorySize,
    timeout: props.timeout,
    environment: { ...props.environment },
    ...(props.concurrency === undefined ? {} : { reservedConcurrentExecutions: props.concurrency }),
    ...(props.deadLetterQueue ? { deadLetterQueue: props.deadLetterQueue } : {}),
    ...props.place,
    ...(props.ephemeralStorageMb === undefined
      ? {}
      : { ephemeralStorageSize: Size.mebibytes(props.ephemeralStorageMb) }),
  };
};

/** For functions whose callers wait for the answer. */
export const acceptNoDeadLetters = (target: LambdaFunction): void =>
  accept(target, {
    'Serverless-LambdaDLQ': 'It is only invoked synchronously: its caller sees the failure and repeats the call.',
  });

/** A function whose code esbuild bundles from `entry`, a path from the top of the repository. */
export const bundledFunction = (
  scope: Construct,
  id: string,
  props: ServiceProps & { readonly entry: string },
): LambdaFunction =>
  withBundle(
    props.entry,
    (code) =>
      new LambdaFunction(scope, id, {
        ...base(scope, id, props),
        code,
        handler: 'index.handler',
        runtime: Runtime.NODEJS_24_X,
        architecture: Architecture.ARM_64,
      }),
  );

/** A function that runs a container image. */
export const imageFunction = (
  scope: Construct,
  id: string,
  props: ServiceProps & {
    readonly code: DockerImageCode;
    readonly architecture: Architecture;
  },
): LambdaFunction =>
  new DockerImageFunction(scope, id, {
    ...base(scope, id, props),
    code: props.code,
    architecture: props.architecture,
  });
