/**
 * Permissions in the words of our ports. A wildcard in one is named as cdk-nag names it and accepted with a reason, so
 * that a wildcard which was not meant fails the synth.
 */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { IUserPool } from 'aws-cdk-lib/aws-cognito';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';

export interface Grant {
  readonly statement: PolicyStatement;
  /** Findings about it, and why they are fine. */
  readonly accepts?: Readonly<Record<string, string>>;
}

const grant = (actions: string[], resources: string[], accepts?: Grant['accepts']): Grant => ({
  statement: new PolicyStatement({ actions, resources }),
  ...(accepts ? { accepts } : {}),
});

type Prefix = 'uploads' | 'outputs' | 'work' | 'media' | 'inbox' | 'outbox';

/** Policies of other stacks see the bucket as an export; its name is what cdk-nag tells of it. */
const exportOf = (media: IBucket): string => {
  const stack = Stack.of(media);
  const { 'Fn::ImportValue': name }: { 'Fn::ImportValue': string } = stack.resolve(stack.exportValue(media.bucketArn));
  return name;
};

const below = (media: IBucket, prefixes: readonly Prefix[], actions: string[]): Grant =>
  grant(
    actions,
    prefixes.map((prefix) => media.arnForObjects(`${prefix}/*`)),
    Object.fromEntries(
      prefixes.map((prefix) => [
        `AwsSolutions-IAM5[Resource::${exportOf(media)}/${prefix}/*]`,
        `Its work is the objects below ${prefix}/, whose keys are not known before.`,
      ]),
    ),
  );

export const readObjects = (media: IBucket, ...prefixes: readonly Prefix[]): Grant =>
  below(media, prefixes, ['s3:GetObject']);

/** Aborting belongs to writing: a failed multipart upload leaves no parts. */
export const writeObjects = (media: IBucket, ...prefixes: readonly Prefix[]): Grant =>
  below(media, prefixes, ['s3:PutObject', 's3:AbortMultipartUpload']);

export const removeObjects = (media: IBucket, ...prefixes: readonly Prefix[]): Grant =>
  below(media, prefixes, ['s3:DeleteObject', 's3:AbortMultipartUpload']);

/** Of the drop bucket, which keeps versions: a job reads the one that started it. */
export const readInbox = (drop: IBucket): Grant => below(drop, ['inbox'], ['s3:GetObject', 's3:GetObjectVersion']);
export const writeOutbox = (drop: IBucket): Grant => writeObjects(drop, 'outbox');

/**
 * Finding what lies below a prefix, and parts of uploads that failed. Without it S3 also answers 403 instead of 404 for
 * an object that is not there, which a condition on the prefix would undo.
 */
export const listObjects = (media: IBucket): Grant =>
  grant(['s3:ListBucket', 's3:ListBucketMultipartUploads'], [media.bucketArn]);

/** Transactions are allowed by what they are made of. */
export const readAndWriteRows = (table: ITable): Grant =>
  grant(['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:ConditionCheckItem'], [table.tableArn]);

export const removeRows = (table: ITable): Grant =>
  grant(['dynamodb:DeleteItem', 'dynamodb:BatchWriteItem'], [table.tableArn]);

export const queryIndexes = (table: ITable, ...indexes: readonly string[]): Grant =>
  grant(
    ['dynamodb:Query'],
    indexes.map((index) => `${table.tableArn}/index/${index}`),
  );

/** As the user of that ARN, with a token that nobody need be asked for. */
export const connectToDatabase = (dbuser: string): Grant => grant(['rds-db:connect'], [dbuser]);

/** Of the state machine with that name in this stack's account and region, which need not exist yet. */
export const runExecutions = (stack: Stack, machineName: string): Grant => {
  const executions = `execution:${machineName}:*`;
  return {
    statement: new PolicyStatement({
      actions: ['states:StartExecution', 'states:StopExecution', 'states:DescribeExecution'],
      resources: [`stateMachine:${machineName}`, executions].map((resource) =>
        stack.formatArn({ service: 'states', resource }),
      ),
    }),
    accepts: {
      [`AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:${executions}]`]:
        'Executions are named after jobs, which do not exist yet.',
    },
  };
};

/** Reading whole buckets that are not ours, by name. Listing them is what makes an absent object a 404. */
export const readBuckets = (stack: Stack, names: readonly string[]): readonly Grant[] => [
  ...inBuckets(stack, names, ['s3:GetObject', 's3:GetObjectVersion']),
  ...names.map((name) => grant(['s3:ListBucket'], [bucketArn(stack, name)])),
];

export const writeBuckets = (stack: Stack, names: readonly string[]): readonly Grant[] =>
  inBuckets(stack, names, ['s3:PutObject', 's3:AbortMultipartUpload']);

const bucketArn = (stack: Stack, resource: string): string =>
  stack.formatArn({ service: 's3', region: '', account: '', resource });

const inBuckets = (stack: Stack, names: readonly string[], actions: string[]): readonly Grant[] =>
  names.map((name) =>
    grant(actions, [bucketArn(stack, `${name}/*`)], {
      [`AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::${name}/*]`]:
        'The deployer listed the bucket for jobs, which name its keys.',
    }),
  );

/** Secrets Manager adds six characters to every name. */
export const readSecrets = (stack: Stack, prefix: string): Grant =>
  grant(
    ['secretsmanager:GetSecretValue'],
    [
      stack.formatArn({
        service: 'secretsmanager',
        resource: 'secret',
        resourceName: `${prefix}*`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    ],
    {
      [`AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:${prefix}*]`]:
        'Jobs name secrets; those of the stage are below its own prefix.',
    },
  );

export const readSecret = (secret: ISecret): Grant => grant(['secretsmanager:GetSecretValue'], [secret.secretArn]);

/** Onto the account's default bus. */
export const putEvents = (stack: Stack): Grant =>
  grant(['events:PutEvents'], [stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' })]);

/** Polly's voices are no resources. */
export const speak = (): Grant => grant(['polly:SynthesizeSpeech', 'polly:DescribeVoices'], ['*']);

/** Pictures are no resources, nor are transcriptions before they are there; the sound is read as the caller may. */
export const recognise = (stack: Stack): readonly Grant[] => {
  const resource = 'transcription-job';
  const resourceName = 'kinoduct-*';
  const ours = stack.formatArn({ service: 'transcribe', resource, resourceName });
  return [
    grant(
      ['rekognition:DetectLabels', 'rekognition:DetectModerationLabels', 'transcribe:StartTranscriptionJob'],
      ['*'],
    ),
    grant(['transcribe:GetTranscriptionJob', 'transcribe:DeleteTranscriptionJob'], [ours], {
      [`AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:transcribe:<AWS::Region>:<AWS::AccountId>:${resource}/${resourceName}]`]:
        'Transcriptions are named after jobs, which do not exist yet.',
    }),
  ];
};

/** Tokens need no permission: who asks for them proves it with a password. */
export const manageUsers = (userPool: IUserPool): Grant =>
  grant(
    [
      'cognito-idp:AdminCreateUser',
      'cognito-idp:AdminSetUserPassword',
      'cognito-idp:AdminGetUser',
      'cognito-idp:ListUsers',
    ],
    [userPool.userPoolArn],
  );

interface ContainersToRun {
  readonly clusterName: string;
  readonly family: string;
  /** ARNs of what they are run as. */
  readonly roles: readonly string[];
}

/** By a state machine, which waits for their end by a rule of its own. https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html */
export const runContainers = (
  stack: Stack,
  { clusterName, family, roles }: ContainersToRun,
): readonly [run: Grant, stop: Grant, pass: Grant, hear: Grant] => {
  const arn = (service: string, resource: string, resourceName: string): string =>
    stack.formatArn({ service, resource, resourceName });
  const reason = (resource: string, why: string): Grant['accepts'] => ({
    [`AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:${resource}]`]: why,
  });
  const run = new PolicyStatement({
    actions: ['ecs:RunTask'],
    resources: [arn('ecs', 'task-definition', `${family}:*`)],
    conditions: { ArnEquals: { 'ecs:cluster': arn('ecs', 'cluster', clusterName) } },
  });
  const pass = new PolicyStatement({
    actions: ['iam:PassRole'],
    resources: [...roles],
    conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
  });
  return [
    { statement: run, accepts: reason(`task-definition/${family}:*`, 'Every deploy makes a revision of it.') },
    grant(
      ['ecs:StopTask', 'ecs:DescribeTasks'],
      [arn('ecs', 'task', `${clusterName}/*`)],
      reason(`task/${clusterName}/*`, 'Tasks have no name before they are started; the cluster is ours.'),
    ),
    { statement: pass },
    grant(
      ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
      [arn('events', 'rule', 'StepFunctionsGetEventsForECSTaskRule')],
    ),
  ];
};

export const invoke = (functionArn: string): Grant => grant(['lambda:InvokeFunction'], [functionArn]);
