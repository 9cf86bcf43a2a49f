import { readFileSync } from 'node:fs';
import { type App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { EventField, type IRuleTarget, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as InvokeFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction, IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { WorkflowConfig } from '#functions/workflow/config.ts';
import type { TransferConfig } from '#functions/transfer/config.ts';
import { processJob } from '#statemachines/process-job.ts';
import { buildId } from '../build-id.ts';
import { billingEnv, quotaEnv, recognisesEnv } from '../billing-env.ts';
import { type DeployConfig, isProtected, secretsPrefix, stackName } from '../config.ts';
import type { EnvOf } from '../env-of.ts';
import { accept } from '../constructs/accept.ts';
import * as may from '../constructs/grants.ts';
import type { Containers } from '../constructs/containers.ts';
import { runner } from '../constructs/runner.ts';
import { acceptNoDeadLetters, bundledFunction } from '../constructs/service-function.ts';
import type { Stores } from '../constructs/stores.ts';
import { keptWarm } from '../constructs/warm.ts';
import { repository } from '../repository.ts';

interface Needs {
  readonly media: IBucket;
  readonly drop: IBucket | undefined;
  readonly stores: Stores;
  readonly webhookKey: ISecret;
}

const names = (listed: readonly string[], drop: IBucket | undefined): string =>
  [...listed, ...(drop ? [drop.bucketName] : [])].join(',');

/** It speaks to strangers, so it decodes nothing and can neither start anything nor read an upload. */
const transfer = (stack: Stack, config: DeployConfig, { media, drop, stores, webhookKey }: Needs): LambdaFunction =>
  bundledFunction(stack, 'Transfer', {
    config,
    entry: 'functions/transfer/transfer.lambda.ts',
    description: 'Brings bytes from elsewhere into the library, takes files to where jobs want them, sends webhooks',
    memorySize: 1024,
    ephemeralStorageMb: config.transferStorageMb,
    timeout: Duration.minutes(15),
    concurrency: config.transferConcurrency,
    place: stores.place('internet'),
    environment: {
      STAGE: config.stage,
      ...stores.environment,
      MEDIA_BUCKET: media.bucketName,
      MAX_INPUT_BYTES: String(config.maxUploadBytes),
      SECRETS_PREFIX: secretsPrefix(config),
      SOURCE_BUCKETS: names(config.sourceBuckets, drop),
      DELIVERY_BUCKETS: names(config.deliveryBuckets, drop),
      PRIVATE_HOSTS: config.privateHosts.join(','),
      WEBHOOK_KEY_ARN: webhookKey.secretArn,
      ...recognisesEnv(config),
      ...billingEnv(config),
      ...quotaEnv(config),
    } satisfies EnvOf<typeof TransferConfig>,
    allows: [
      may.readObjects(media, 'outputs', 'media'),
      may.writeObjects(media, 'media'),
      // What it brought in and could not enter into the library.
      may.removeObjects(media, 'media'),
      may.listObjects(media),
      ...stores.readAndWrite,
      ...stores.remove,
      may.readSecrets(stack, secretsPrefix(config)),
      may.speak(),
      ...(config.contentAnalysis ? [...may.recognise(stack), may.writeObjects(media, 'outputs')] : []),
      // Webhooks, and events for jobs that say `eventBridge`.
      ...stores.query('gsi2'),
      may.readSecret(webhookKey),
      may.putEvents(stack),
      ...may.readBuckets(stack, config.sourceBuckets),
      ...may.writeBuckets(stack, config.deliveryBuckets),
      ...(drop ? [may.readInbox(drop), may.writeOutbox(drop), may.listObjects(drop)] : []),
    ],
  });

/** The state machine is named, so that the workflow function can be told its ARN before it exists: it is one of its steps. */
export const machineName = (config: DeployConfig): string => stackName(config, 'process-job');

const workflow = (
  stack: Stack,
  config: DeployConfig,
  { media, drop, stores }: Needs,
  deadLetterQueue: IQueue,
): LambdaFunction => {
  const name = machineName(config);
  return bundledFunction(stack, 'Workflow', {
    config,
    entry: 'functions/workflow/workflow.lambda.ts',
    description: 'The steps of a job that need no FFmpeg: prepare, plan, finish, fail, reconcile',
    memorySize: 512,
    timeout: Duration.seconds(55), // the states that call it give it 60
    place: stores.place('services'),
    deadLetterQueue,
    environment: {
      STAGE: config.stage,
      BUILD: buildId(config.runnerArchitecture),
      ...stores.environment,
      MEDIA_BUCKET: media.bucketName,
      STATE_MACHINE_ARN: stack.formatArn({ service: 'states', resource: `stateMachine:${name}` }),
      MAX_UPLOAD_BYTES: String(config.maxUploadBytes),
      JOB_SECONDS: String(config.jobSeconds),
      SPEECH_PROVIDER: config.speechProvider,
      PRIVATE_HOSTS: config.privateHosts.join(','),
      DROP_BUCKET: drop?.bucketName ?? '',
      ...billingEnv(config),
      ...quotaEnv(config),
    } satisfies EnvOf<typeof WorkflowConfig>,
    allows: [
      // It tells of the end of dropped files' jobs.
      ...(drop ? [may.writeOutbox(drop)] : []),
      may.readObjects(media, 'uploads', 'outputs', 'work'),
      may.removeObjects(media, 'uploads', 'outputs', 'work'),
      may.listObjects(media),
      ...stores.readAndWrite,
      // What was made before, where it is no longer stored whole.
      ...stores.remove,
      ...stores.query('gsi2'),
      may.runExecutions(stack, name),
    ],
  });
};

/** Its states for what the deployment has. */
const definitionOf = ({ fargate, fargateSpot, contentAnalysis }: DeployConfig): string => {
  const whole: unknown = JSON.parse(readFileSync(repository('statemachines/process-job.asl.json'), 'utf8'));
  const containers = !fargate ? 'none' : fargateSpot ? 'spot' : 'on-demand';
  return JSON.stringify(processJob(whole, { containers, recognises: contentAnalysis }), null, 2);
};

const machine = (
  stack: Stack,
  config: DeployConfig,
  functions: Readonly<Record<string, IFunction>>,
  run: Containers | undefined,
): StateMachine => {
  const name = machineName(config);
  const stateMachine = new StateMachine(stack, 'ProcessJob', {
    stateMachineName: name,
    comment: 'One attempt at one job',
    definitionBody: DefinitionBody.fromString(definitionOf(config)),
    definitionSubstitutions: {
      ...Object.fromEntries(Object.entries(functions).map(([variable, { functionArn }]) => [variable, functionArn])),
      ...run?.substitutions,
    },
    tracingEnabled: true,
    logs: {
      destination: new LogGroup(stack, 'ProcessJobLog', {
        // Delivered logs of other names add to the one resource policy of the account, which is full after some ten.
        logGroupName: `/aws/vendedlogs/states/${name}`,
        retention: config.logRetentionDays,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      level: LogLevel.ALL,
      includeExecutionData: false,
    },
  });
  stateMachine.addToRolePolicy(
    new PolicyStatement({
      actions: ['lambda:InvokeFunction'],
      resources: Object.values(functions).map(({ functionArn }) => functionArn),
    }),
  );
  for (const { statement, accepts } of run?.allows ?? []) {
    stateMachine.addToRolePolicy(statement);
    accept(stateMachine, accepts ?? {});
  }
  accept(stateMachine, {
    'AwsSolutions-IAM5[Resource::*]': 'X-Ray and the delivery of logs know no resources; the functions are named.',
  });
  return stateMachine;
};

/**
 * Whatever happens to an execution or to an event, its job ends: by the event of its end, and else by the clock. The
 * payloads are `WorkflowPayload`s of functions/workflow/app.ts.
 */
const reconciliation = (
  stack: Stack,
  stateMachine: StateMachine,
  workflowFunction: IFunction,
  deadLetterQueue: IQueue,
) => {
  const step = (payload: object): IRuleTarget =>
    new InvokeFunction(workflowFunction, {
      event: RuleTargetInput.fromObject(payload),
      deadLetterQueue,
      retryAttempts: 3,
      maxEventAge: Duration.hours(1),
    });
  new Rule(stack, 'ExecutionEnded', {
    description: 'An execution ended otherwise than well: end its job, or start its next attempt',
    eventPattern: {
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'], stateMachineArn: [stateMachine.stateMachineArn] },
    },
    targets: [step({ step: 'reconcile', executionName: EventField.fromPath('$.detail.name') })],
  });
  new Rule(stack, 'Sweep', {
    description: 'End or restart jobs that nothing else ended in time',
    schedule: Schedule.rate(Duration.minutes(5)),
    targets: [step({ step: 'reconcile' })],
  });
  new Rule(stack, 'Measure', {
    description: 'Record how many jobs wait and run',
    schedule: Schedule.rate(Duration.minutes(1)),
    targets: [step({ step: 'measure' })],
  });
};

/** Webhooks go out when a job has ended, and every minute: those that are due again, and those of jobs that go on. */
const notices = (stack: Stack, stateMachine: StateMachine, transferFunction: IFunction, deadLetterQueue: IQueue) => {
  const send = (): IRuleTarget =>
    new InvokeFunction(transferFunction, {
      event: RuleTargetInput.fromObject({ notify: true }),
      deadLetterQueue,
      retryAttempts: 0, // the next minute makes up for it
      maxEventAge: Duration.minutes(5),
    });
  new Rule(stack, 'JobEnded', {
    description: 'A job ended: send its webhooks',
    eventPattern: {
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: {
        status: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'],
        stateMachineArn: [stateMachine.stateMachineArn],
      },
    },
    targets: [send()],
  });
  new Rule(stack, 'Notices', {
    description: 'Send the webhooks that are due',
    schedule: Schedule.rate(Duration.minutes(1)),
    targets: [send()],
  });
};

export interface Processing {
  readonly runner: LambdaFunction;
  readonly transfer: LambdaFunction;
  readonly workflow: LambdaFunction;
  readonly stateMachine: StateMachine;
  readonly deadLetterQueue: IQueue;
}

/** What processes jobs: the runner, the transfer and the workflow function, and the state machine that calls them. */
export const processingStack = (app: App, config: DeployConfig, needs: Needs): Processing => {
  const stack = new Stack(app, stackName(config, 'processing'), {
    description: 'Kinoduct: processing of jobs',
    terminationProtection: isProtected(config),
  });
  const deadLetterQueue = new Queue(stack, 'Undelivered', {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  accept(deadLetterQueue, { 'Serverless-SQSRedrivePolicy': 'It is the queue of dead letters itself.' });
  const { function: runnerFunction, containers: run } = runner(stack, config, needs);
  acceptNoDeadLetters(runnerFunction);
  const transferFunction = transfer(stack, config, needs);
  acceptNoDeadLetters(transferFunction);
  const workflowFunction = workflow(stack, config, needs, deadLetterQueue);
  const stateMachine = machine(
    stack,
    config,
    {
      WorkflowFunction: workflowFunction,
      RunnerFunction: keptWarm(runnerFunction, config.runnerWarm) ?? runnerFunction,
      TransferFunction: transferFunction,
    },
    run,
  );
  reconciliation(stack, stateMachine, workflowFunction, deadLetterQueue);
  notices(stack, stateMachine, transferFunction, deadLetterQueue);
  return {
    runner: runnerFunction,
    transfer: transferFunction,
    workflow: workflowFunction,
    stateMachine,
    deadLetterQueue,
  };
};
