/** Our own rules: each finds the mistake that it is for, and nothing in what is right. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { App, CfnDeletionPolicy, CfnResource, Stack, Validations } from 'aws-cdk-lib';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { routes } from '#functions/api/routes/index.ts';
import { guardRules, ourRules } from '#lib/rules/index.ts';

type Properties = Readonly<Record<string, unknown>>;

interface Made {
  readonly type: string;
  readonly properties: Properties;
  readonly isKept?: boolean;
  /** What it stands beside, by logical id. */
  readonly beside?: Readonly<Record<string, { readonly type: string; readonly properties: Properties }>>;
}

const statement = (Action: unknown, Resource: unknown): object => ({ Effect: 'Allow', Action, Resource });
const policyOf = (Statement: unknown): object => ({ Version: '2012-10-17', Statement: [Statement] });
const attribute = (id: string, name = 'Arn'): object => ({ 'Fn::GetAtt': [id, name] });

const task = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Parameters: { FunctionName: 'f' }, End: true };
const bounded = {
  ...task,
  TimeoutSeconds: 60,
  Retry: [{ ErrorEquals: ['A'] }],
  Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Failed' }],
};
const machine = (state: object): string =>
  JSON.stringify({
    StartAt: 'Each',
    TimeoutSeconds: 60,
    States: {
      Each: {
        Type: 'Map',
        ItemProcessor: { StartAt: 'Do', States: { Do: state, Failed: { Type: 'Fail' } } },
        End: true,
      },
    },
  });

const delivery = {
  type: 'AWS::IAM::Policy',
  properties: {
    PolicyName: 'p',
    Roles: [{ Ref: 'Role' }],
    PolicyDocument: policyOf(statement('logs:CreateLogDelivery', '*')),
  },
};
const role = {
  type: 'AWS::IAM::Role',
  properties: {
    AssumeRolePolicyDocument: policyOf({
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Principal: { Service: 'states.amazonaws.com' },
    }),
  },
};

const right = {
  bucket: {
    type: 'AWS::S3::Bucket',
    isKept: true,
    properties: {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      LifecycleConfiguration: {
        Rules: [
          { Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
          { Status: 'Enabled', Prefix: 'uploads/', ExpirationInDays: 7 },
        ],
      },
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
    },
  },
  bucketPolicy: {
    type: 'AWS::S3::BucketPolicy',
    properties: {
      Bucket: 'b',
      PolicyDocument: policyOf({
        Effect: 'Deny',
        Action: 's3:*',
        Principal: { AWS: '*' },
        Resource: 'arn:aws:s3:::b/*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    },
  },
  table: {
    type: 'AWS::DynamoDB::Table',
    isKept: true,
    properties: {
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    },
  },
  function: {
    type: 'AWS::Lambda::Function',
    properties: {
      Code: { ZipFile: 'x' },
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Role: 'arn:aws:iam::123456789012:role/r',
      Timeout: 30,
      MemorySize: 512,
      LoggingConfig: { LogFormat: 'JSON', LogGroup: 'g' },
      TracingConfig: { Mode: 'Active' },
      Environment: { Variables: { SECRETS_PREFIX: 'a/', WEBHOOK_KEY_ARN: 'arn:aws:x', JOBS_TABLE: 't' } },
    },
  },
  logGroup: { type: 'AWS::Logs::LogGroup', properties: { RetentionInDays: 30 } },
  policy: {
    type: 'AWS::IAM::Policy',
    properties: {
      PolicyName: 'p',
      Roles: ['r'],
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [statement(['xray:PutTraceSegments'], '*'), statement('s3:GetObject', 'arn:aws:s3:::b/uploads/*')],
      },
    },
  },
  role,
  route: {
    type: 'AWS::ApiGatewayV2::Route',
    properties: {
      ApiId: 'a',
      RouteKey: 'GET /v1/jobs',
      AuthorizationType: 'JWT',
      AuthorizerId: 'x',
      Target: 'integrations/i',
    },
  },
  integration: {
    type: 'AWS::ApiGatewayV2::Integration',
    properties: {
      ApiId: 'a',
      IntegrationType: 'AWS_PROXY',
      PayloadFormatVersion: '2.0',
      IntegrationUri: 'arn:aws:lambda:::f',
    },
  },
  stage: {
    type: 'AWS::ApiGatewayV2::Stage',
    properties: {
      ApiId: 'a',
      StageName: '$default',
      DefaultRouteSettings: { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 },
      AccessLogSettings: { DestinationArn: 'arn:aws:logs:::g', Format: '{"path":"$context.path"}' },
    },
  },
  api: {
    type: 'AWS::ApiGatewayV2::Api',
    properties: { Name: 'a', ProtocolType: 'HTTP', CorsConfiguration: { AllowOrigins: ['https://a.example.com'] } },
  },
  client: {
    type: 'AWS::Cognito::UserPoolClient',
    properties: {
      UserPoolId: 'p',
      GenerateSecret: false,
      CallbackURLs: ['https://a.example.com/', 'http://localhost:5173/'],
    },
  },
  deadLetters: {
    type: 'AWS::SQS::Queue',
    properties: { SqsManagedSseEnabled: true, MessageRetentionPeriod: 1_209_600 },
  },
  queue: {
    type: 'AWS::SQS::Queue',
    properties: {
      SqsManagedSseEnabled: true,
      RedrivePolicy: { deadLetterTargetArn: 'arn:aws:sqs:::d', maxReceiveCount: 5 },
    },
  },
  rule: {
    type: 'AWS::Events::Rule',
    properties: {
      EventPattern: { source: ['aws.s3'], detail: { object: { key: [{ prefix: 'inbox/' }] } } },
      Targets: [{ Id: 't', Arn: 'arn:aws:sqs:::q', DeadLetterConfig: { Arn: 'arn:aws:sqs:::d' } }],
    },
  },
  mapping: {
    type: 'AWS::Lambda::EventSourceMapping',
    properties: {
      FunctionName: 'f',
      EventSourceArn: 'arn:aws:sqs:::q',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    },
  },
  machine: {
    type: 'AWS::StepFunctions::StateMachine',
    beside: { Role: role, Policy: delivery },
    properties: {
      RoleArn: attribute('Role'),
      DefinitionString: machine(bounded),
      LoggingConfiguration: {
        Level: 'ALL',
        IncludeExecutionData: false,
        Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: 'arn:aws:logs:::g' } }],
      },
      TracingConfiguration: { Enabled: true },
    },
  },
  dashboard: {
    type: 'AWS::CloudWatch::Dashboard',
    properties: {
      DashboardBody: {
        'Fn::Join': ['', ['{"widgets":[{"type":"text","x":0,"width":24,"region":"', { Ref: 'AWS::Region' }, '"}]}']],
      },
    },
  },
  container: {
    type: 'AWS::ECS::TaskDefinition',
    properties: {
      Cpu: '1024',
      Memory: '2048',
      NetworkMode: 'awsvpc',
      TaskRoleArn: 'arn:aws:iam::123456789012:role/t',
      ExecutionRoleArn: 'arn:aws:iam::123456789012:role/e',
      ContainerDefinitions: [
        {
          Name: 'runner',
          Image: 'i',
          Memory: 2048,
          ReadonlyRootFilesystem: true,
          User: '993',
          LogConfiguration: { LogDriver: 'awslogs' },
          LinuxParameters: { Capabilities: { Drop: ['ALL'] } },
        },
      ],
    },
  },
} satisfies Readonly<Record<string, Made>>;

/** A copy with what stands at `path` replaced; `undefined` takes it out. */
const changed = (value: unknown, [first, ...rest]: readonly (string | number)[], to: unknown): unknown => {
  if (first === undefined) return to;
  const copy = structuredClone(value) as Record<string | number, unknown>; // true: paths lead through objects and lists
  const inner = changed(copy[first], rest, to);
  if (inner === undefined) delete copy[first];
  else copy[first] = inner;
  return copy;
};

type Mistake = readonly [rule: string, of: keyof typeof right, path: string, to?: unknown];

const container = (name: string) => `ContainerDefinitions.0.${name}`;

const mistakes: readonly Mistake[] = [
  ['ROUTES_ASK_WHO_CALLS', 'route', 'AuthorizationType', 'NONE'],
  ['ROUTES_ASK_WHO_CALLS', 'route', 'AuthorizationType'],
  ['ROUTES_ASK_WHO_CALLS', 'route', 'AuthorizerId'],
  ['ROUTES_NAME_METHOD_AND_PATH', 'route', 'RouteKey', '$default'],
  ['ROUTES_NAME_METHOD_AND_PATH', 'route', 'RouteKey', 'ANY /v1/jobs'],
  ['INTEGRATIONS_ARE_FUNCTIONS', 'integration', 'IntegrationType', 'HTTP_PROXY'],
  ['INTEGRATIONS_ARE_FUNCTIONS', 'integration', 'PayloadFormatVersion', '1.0'],
  ['INTEGRATIONS_ARE_FUNCTIONS', 'integration', 'TimeoutInMillis', 60_000],
  ['STAGES_THROTTLE_AND_LOG', 'stage', 'DefaultRouteSettings.ThrottlingRateLimit'],
  ['STAGES_THROTTLE_AND_LOG', 'stage', 'AccessLogSettings'],
  [
    'STAGES_THROTTLE_AND_LOG',
    'stage',
    'AccessLogSettings.Format',
    '{"a":"$context.authorizer.claims.x Authorization"}',
  ],
  ['PAGES_ARE_NAMED', 'api', 'CorsConfiguration.AllowOrigins', ['*']],
  ['SIGN_IN_COMES_BACK_ENCRYPTED', 'client', 'CallbackURLs.0', 'http://a.example.com/'],
  ['SIGN_IN_COMES_BACK_ENCRYPTED', 'client', 'GenerateSecret', true],
  ['FUNCTIONS_ARE_BOUNDED', 'function', 'Timeout'],
  ['FUNCTIONS_ARE_BOUNDED', 'function', 'Timeout', 901],
  ['FUNCTIONS_ARE_BOUNDED', 'function', 'MemorySize'],
  ['FUNCTIONS_ARE_BOUNDED', 'function', 'MemorySize', 10_241],
  ['FUNCTIONS_ARE_BOUNDED', 'function', 'EphemeralStorage', { Size: 20_000 }],
  ['FUNCTIONS_ARE_SEEN', 'function', 'LoggingConfig'],
  ['FUNCTIONS_ARE_SEEN', 'function', 'TracingConfig'],
  ['FUNCTIONS_RUN_THIS_NODE', 'function', 'Runtime', 'nodejs20.x'],
  ['ENVIRONMENTS_HOLD_NO_SECRETS', 'function', 'Environment.Variables.DATABASE_PASSWORD', 'x'],
  ['ENVIRONMENTS_HOLD_NO_SECRETS', 'function', 'Environment.Variables.API_KEY', 'x'],
  ['LOGS_END', 'logGroup', 'RetentionInDays'],
  ['ACTIONS_ARE_NAMED', 'policy', 'PolicyDocument.Statement.1.Action', 's3:*'],
  ['ACTIONS_ARE_NAMED', 'policy', 'PolicyDocument.Statement.1.Action', ['s3:GetObject', 's3:Put*']],
  ['RESOURCES_ARE_NAMED', 'policy', 'PolicyDocument.Statement.1.Resource', '*'],
  ['RESOURCES_ARE_NAMED', 'policy', 'PolicyDocument.Statement.0.Action', ['xray:PutTraceSegments', 'dynamodb:PutItem']],
  ['ROLES_ARE_TAKEN_BY_SERVICES', 'role', 'AssumeRolePolicyDocument.Statement.0.Principal', { AWS: '*' }],
  [
    'ROLES_ARE_TAKEN_BY_SERVICES',
    'role',
    'AssumeRolePolicyDocument.Statement.0.Principal.Service',
    'ec2.amazonaws.com',
  ],
  ['ROLES_HAVE_NO_MANAGED_POLICIES', 'role', 'ManagedPolicyArns', ['arn:aws:iam::aws:policy/AdministratorAccess']],
  ['BUCKETS_ARE_CLOSED', 'bucket', 'PublicAccessBlockConfiguration.RestrictPublicBuckets', false],
  ['BUCKETS_ARE_CLOSED', 'bucket', 'PublicAccessBlockConfiguration'],
  ['BUCKETS_ARE_CLOSED', 'bucket', 'BucketEncryption'],
  ['BUCKETS_HAVE_NO_ACLS', 'bucket', 'OwnershipControls'],
  ['BUCKETS_HAVE_NO_ACLS', 'bucket', 'OwnershipControls.Rules.0.ObjectOwnership', 'ObjectWriter'],
  ['BUCKETS_FORGET_ABANDONED_PARTS', 'bucket', 'LifecycleConfiguration.Rules.0.AbortIncompleteMultipartUpload'],
  ['BUCKETS_FORGET_ABANDONED_PARTS', 'bucket', 'LifecycleConfiguration.Rules.0.Status', 'Disabled'],
  ['BUCKETS_FORGET_ABANDONED_PARTS', 'bucket', 'LifecycleConfiguration.Rules.0.Prefix', 'work/'],
  [
    'BUCKETS_CALL_NOBODY',
    'bucket',
    'NotificationConfiguration.LambdaConfigurations',
    [{ Event: 's3:ObjectCreated:*', Function: 'arn:aws:lambda:::f' }],
  ],
  ['BUCKETS_ASK_FOR_TLS', 'bucketPolicy', 'PolicyDocument.Statement.0.Effect', 'Allow'],
  ['OUTPUTS_START_NOTHING', 'rule', 'EventPattern.detail.object.key.0.prefix', 'outputs/'],
  ['OUTPUTS_START_NOTHING', 'rule', 'EventPattern.detail', {}],
  ['TABLES_CAN_BE_RESTORED', 'table', 'PointInTimeRecoverySpecification'],
  ['NAMES_HAVE_THEIR_STAGE', 'queue', 'QueueName', 'jobs'],
  ['NAMES_HAVE_THEIR_STAGE', 'dashboard', 'DashboardName', 'kinoduct-prod-jobs'],
  ['NAMES_HAVE_THEIR_STAGE', 'machine', 'StateMachineName', 'kinoduct-process-job'],
  ['QUEUES_ARE_ENCRYPTED', 'queue', 'SqsManagedSseEnabled'],
  ['DEAD_LETTERS_ARE_KEPT', 'deadLetters', 'MessageRetentionPeriod'],
  ['DEAD_LETTERS_ARE_KEPT', 'queue', 'RedrivePolicy.maxReceiveCount', 1],
  ['EVENTS_ARE_NOT_LOST', 'rule', 'Targets.0.DeadLetterConfig'],
  ['BATCHES_FAIL_IN_PARTS', 'mapping', 'FunctionResponseTypes'],
  ['EXECUTIONS_ARE_SEEN', 'machine', 'LoggingConfiguration.IncludeExecutionData', true],
  ['EXECUTIONS_ARE_SEEN', 'machine', 'TracingConfiguration'],
  ['CONTAINERS_ARE_LOCKED_UP', 'container', container('ReadonlyRootFilesystem'), false],
  ['CONTAINERS_ARE_LOCKED_UP', 'container', container('User'), 'root'],
  ['CONTAINERS_ARE_LOCKED_UP', 'container', container('User')],
  ['CONTAINERS_ARE_LOCKED_UP', 'container', container('Privileged'), true],
  ['CONTAINERS_ARE_LOCKED_UP', 'container', container('LinuxParameters')],
  ['TASKS_HAVE_TWO_ROLES', 'container', 'TaskRoleArn'],
  ['TASK_STATES_ARE_BOUNDED', 'machine', 'DefinitionString', machine({ ...bounded, TimeoutSeconds: undefined })],
  ['TASK_STATES_ARE_BOUNDED', 'machine', 'DefinitionString', machine({ ...bounded, Retry: undefined })],
  ['TASK_STATES_ARE_BOUNDED', 'machine', 'DefinitionString', machine({ ...bounded, Catch: [] })],
  [
    'TASK_STATES_ARE_BOUNDED',
    'machine',
    'DefinitionString',
    machine({ ...bounded, Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken' }),
  ],
  ['DASHBOARDS_ARE_JSON', 'dashboard', 'DashboardBody', '{"widgets":[{]}'],
  ['DASHBOARDS_ARE_JSON', 'dashboard', 'DashboardBody', '{"widgets":[{"x":12,"width":13}]}'],
  ['CONTAINERS_FIT_THEIR_TASK', 'container', container('Memory'), 4096],
];

/** Of which the mistake lies beside the resource, or in how it is kept. */
const seeded: Readonly<Record<string, readonly [rule: string, made: Made]>> = {
  notKept: ['DATA_OUTLIVES_ITS_STACK', { ...right.table, isKept: false }],
  silent: ['EXECUTIONS_MAY_LOG', { ...right.machine, beside: { Role: role } }],
  twice: ['ROUTES_ARE_UNIQUE', { ...right.route, beside: { Again: right.route } }],
  shell: [
    'NOBODY_ENTERS_A_TASK',
    { type: 'AWS::ECS::Service', properties: { TaskDefinition: 't', EnableExecuteCommand: true } },
  ],
  open: [
    'DATABASES_ARE_GUARDED',
    { type: 'AWS::RDS::DBCluster', isKept: true, properties: { Engine: 'aurora-postgresql', StorageEncrypted: false } },
  ],
  closedToApi: [
    'CALLERS_ARE_PERMITTED',
    {
      ...right.integration,
      properties: { ...right.integration.properties, IntegrationUri: attribute('Called') },
      beside: { Called: right.function },
    },
  ],
  closedToRule: [
    'CALLERS_ARE_PERMITTED',
    {
      ...right.rule,
      properties: {
        ...right.rule.properties,
        Targets: [{ Id: 't', Arn: attribute('Called'), DeadLetterConfig: { Arn: 'arn:aws:sqs:::d' } }],
      },
      beside: { Called: right.function },
    },
  ],
};

const add = (app: App, name: string, { type, properties, isKept, beside = {} }: Made): void => {
  const stack = new Stack(app, name);
  const made = new CfnResource(stack, 'It', { type, properties });
  if (isKept) made.cfnOptions.deletionPolicy = CfnDeletionPolicy.RETAIN;
  void Object.entries(beside).map(([id, other]) => new CfnResource(stack, id, other));
};

const mistaken = ([, of, path, to]: Mistake): Made => ({
  ...right[of],
  properties: changed(
    right[of].properties,
    path.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
    to,
  ) as Properties, // an object stays one
});

const ours = new Set(
  guardRules().flatMap(({ content }) => [...content.matchAll(/^rule (\w+)/gm)].map(([, name = '']) => name)),
);
for (const plugin of ourRules({ stage: 'dev' }))
  for (const id of plugin.ruleIds ?? []) if (/^[A-Z_]+$/.test(id)) ours.add(id);

/** Names of our rules that found something, by the name of the stack. All stacks are one synth. */
const found = new Map<string, Set<string>>();

beforeAll(async () => {
  const app = new App();
  for (const [name, made] of Object.entries(right)) add(app, `right-${name}`, made);
  for (const [n, mistake] of mistakes.entries()) add(app, `wrong-${n}`, mistaken(mistake));
  for (const [name, [, made]] of Object.entries(seeded)) add(app, `seeded-${name}`, made);
  Validations.of(app).addPlugins(...ourRules({ stage: 'dev' }));
  // What is found is printed as well, for people.
  const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  expect(() => app.synth()).toThrow();
  printed.mockRestore();
  interface Report {
    pluginReports: { violations: { ruleName: string; violatingConstructs: { constructPath: string }[] }[] }[];
  }
  const report = JSON.parse(await readFile(join(app.outdir, 'validation-report.json'), 'utf8')) as Report; // true: CDK wrote it
  for (const { ruleName, violatingConstructs } of report.pluginReports.flatMap(({ violations }) => violations))
    for (const { constructPath } of violatingConstructs) {
      const [stack = ''] = constructPath.split('/');
      if (ours.has(ruleName)) found.set(stack, (found.get(stack) ?? new Set()).add(ruleName));
    }
});

describe('our rules', () => {
  test.each(Object.keys(right))('find nothing in a %s that is right', (name) => {
    expect([...(found.get(`right-${name}`) ?? [])]).toEqual([]);
  });

  test.each(mistakes.map(([rule, of, path, to], n) => [rule, of, path, JSON.stringify(to)?.slice(0, 40), n] as const))(
    '%s finds a %s whose %s is %s',
    (rule, _of, _path, _to, n) => {
      expect([...(found.get(`wrong-${n}`) ?? [])]).toContain(rule);
    },
  );

  test.each(Object.entries(seeded).map(([name, [rule]]) => [name, rule] as const))(
    'find what is %s: %s',
    (name, rule) => {
      expect([...(found.get(`seeded-${name}`) ?? [])]).toEqual([rule]);
    },
  );

  test('are each seen to find something', () => {
    const shown = new Set([...mistakes.map(([rule]) => rule), ...Object.values(seeded).map(([rule]) => rule)]);
    expect([...ours].filter((rule) => !shown.has(rule))).toEqual([]);
  });

  test('know the routes that anyone may call', () => {
    const text = guardRules().find(({ name }) => name === 'api.guard')?.content ?? '';
    const [, pattern = ''] = /RouteKey != \/(.+)\/ \]/.exec(text) ?? [];
    for (const { method, path, auth } of routes)
      expect(new RegExp(pattern).test(`${method} ${path}`), path).toBe(!auth);
  });
});
