import { type App, Duration, Stack } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { DropConfig } from '#functions/drop/config.ts';
import { buildId } from '../build-id.ts';
import { quotaEnv, recognisesEnv } from '../billing-env.ts';
import { type DeployConfig, isProtected, stackName } from '../config.ts';
import * as may from '../constructs/grants.ts';
import { acceptNoDeadLetters, bundledFunction } from '../constructs/service-function.ts';
import type { Stores } from '../constructs/stores.ts';
import type { EnvOf } from '../env-of.ts';
import { accept } from '../constructs/accept.ts';
import { machineName } from './processing-stack.ts';

interface Sources {
  readonly drop: IBucket;
  readonly media: IBucket;
  readonly stores: Stores;
}

export interface Drop {
  readonly handler: LambdaFunction;
  /** Events that failed again and again; redrive them from the console once the cause is mended. */
  readonly failed: IQueue;
}

const timeout = Duration.seconds(30);
/** Long enough for a sidecar to arrive that is uploaded right after its file. */
const settle = Duration.seconds(10);

const dropFunction = (stack: Stack, config: DeployConfig, { drop, media, stores }: Sources): LambdaFunction => {
  const machine = machineName(config);
  const handler = bundledFunction(stack, 'Drop', {
    config,
    entry: 'functions/drop/drop.lambda.ts',
    description: 'Starts a job for each file that is put into the inbox',
    memorySize: 512,
    timeout,
    place: stores.place('services'),
    environment: {
      STAGE: config.stage,
      BUILD: buildId(config.runnerArchitecture),
      ...stores.environment,
      MEDIA_BUCKET: media.bucketName,
      STATE_MACHINE_ARN: stack.formatArn({ service: 'states', resource: `stateMachine:${machine}` }),
      DROP_BUCKET: drop.bucketName,
      DROP_OWNER: config.dropOwner,
      MAX_UPLOAD_BYTES: String(config.maxUploadBytes),
      JOB_SECONDS: String(config.jobSeconds),
      ...quotaEnv(config),
      ...recognisesEnv(config),
    } satisfies EnvOf<typeof DropConfig>,
    allows: [
      may.readInbox(drop),
      may.writeOutbox(drop),
      may.listObjects(drop),
      may.readObjects(media, 'uploads', 'outputs', 'media'),
      may.listObjects(media),
      ...stores.readAndWrite,
      may.runExecutions(stack, machine),
    ],
  });
  acceptNoDeadLetters(handler);
  return handler;
};

/** From an object in the inbox to a job: a rule, a queue that holds the event for a moment, and a function. */
export const dropStack = (app: App, config: DeployConfig, sources: Sources): Drop => {
  const stack = new Stack(app, stackName(config, 'drop'), {
    description: 'Kinoduct: files that are dropped become jobs',
    terminationProtection: isProtected(config),
  });
  const failed = new Queue(stack, 'Failed', {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  accept(failed, { 'Serverless-SQSRedrivePolicy': 'It is the queue of dead letters itself.' });
  const queue = new Queue(stack, 'Dropped', {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    deliveryDelay: settle,
    // AWS asks for six times the function's own time.
    visibilityTimeout: Duration.seconds(6 * timeout.toSeconds()),
    retentionPeriod: Duration.days(4),
    deadLetterQueue: { queue: failed, maxReceiveCount: 5 },
  });
  new Rule(stack, 'ObjectDropped', {
    description: 'A file was put into the inbox, in whatever way',
    eventPattern: {
      source: ['aws.s3'],
      detailType: ['Object Created'],
      detail: { bucket: { name: [sources.drop.bucketName] }, object: { key: [{ prefix: 'inbox/' }] } },
    },
    targets: [new SqsQueue(queue, { deadLetterQueue: failed })],
  });
  const handler = dropFunction(stack, config, sources);
  handler.addEventSource(
    new SqsEventSource(queue, { batchSize: 10, reportBatchItemFailures: true, maxConcurrency: 5 }),
  );
  accept(handler, {
    'Serverless-LambdaEventSourceMappingDestination': 'The queue itself keeps what failed, for another try.',
  });
  return { handler, failed };
};
