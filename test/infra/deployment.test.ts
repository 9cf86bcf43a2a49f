import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { tableDefinition, ttlAttribute } from '#adapters/dynamodb/table.ts';
import { ApiConfig } from '#functions/api/config.ts';
import { DropConfig } from '#functions/drop/config.ts';
import { RunnerConfig } from '#functions/ffmpeg-runner/config.ts';
import { NotifyPayload } from '#functions/transfer/app.ts';
import { TransferConfig } from '#functions/transfer/config.ts';
import { WorkflowPayload } from '#functions/workflow/app.ts';
import { WorkflowConfig } from '#functions/workflow/config.ts';
import { type Resource, type Synthesized, resourcesOf, synthesize } from '#test/support/synth.ts';

let dev: Synthesized;
let prod: Synthesized;

beforeAll(async () => {
  dev = await synthesize();
  prod = await synthesize({
    stage: 'prod',
    allowedOrigins: 'https://video.example.com',
    alarmEmail: 'ops@example.com',
    runnerConcurrency: '40',
    runnerMemoryMb: '10240',
    runnerArchitecture: 'arm64',
  });
});

afterAll(async () => {
  await dev.remove();
  await prod.remove();
});

const all = (deployment: Synthesized, type: string): Resource[] =>
  Object.values(deployment.templates).flatMap((template) =>
    resourcesOf(template, type).map(([, resource]) => resource),
  );

describe('buckets', () => {
  const media = (deployment: Synthesized) => {
    const found = Object.values(deployment.buckets).find((bucket) => bucket['VersioningConfiguration']);
    if (!found) throw new Error('there is no media bucket');
    return found;
  };
  const denials = (deployment: Synthesized): Record<string, unknown>[] =>
    all(deployment, 'AWS::S3::BucketPolicy').flatMap(
      ({ Properties }) =>
        (Properties['PolicyDocument'] as { Statement: Record<string, unknown>[] }).Statement.filter(
          ({ Effect }) => Effect === 'Deny',
        ), // true: policies have statements
    );

  test('are closed to the public, encrypted, kept, and drop abandoned parts after a day', () => {
    const buckets = all(dev, 'AWS::S3::Bucket');
    expect(buckets).toHaveLength(3);
    for (const bucket of buckets)
      expect(bucket).toMatchObject({
        DeletionPolicy: 'Retain',
        Properties: {
          PublicAccessBlockConfiguration: {
            BlockPublicAcls: true,
            BlockPublicPolicy: true,
            IgnorePublicAcls: true,
            RestrictPublicBuckets: true,
          },
          BucketEncryption: { ServerSideEncryptionConfiguration: [expect.anything()] },
          OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
          LifecycleConfiguration: {
            Rules: expect.arrayContaining([
              expect.objectContaining({
                AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
                Status: 'Enabled',
              }),
            ]),
          },
        },
      });
  });

  test('refuse requests without TLS 1.2', () => {
    expect(
      denials(dev).filter(({ Condition }) => JSON.stringify(Condition).includes('aws:SecureTransport')),
    ).toHaveLength(3);
    expect(denials(dev).filter(({ Condition }) => JSON.stringify(Condition).includes('s3:TlsVersion'))).toHaveLength(3);
  });

  test('hold media in versions, with an access log and events', () => {
    expect(media(dev)).toMatchObject({
      VersioningConfiguration: { Status: 'Enabled' },
      LoggingConfiguration: { DestinationBucketName: expect.anything() },
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
    });
    expect(JSON.stringify(media(dev)['NotificationConfiguration'])).not.toMatch(/Lambda|Topic|Queue/);
  });

  test('forget uploads, work files and what was replaced, and never outputs or the library', () => {
    const { Rules } = media(dev)['LifecycleConfiguration'] as { Rules: Record<string, unknown>[] }; // true: asserted above
    const expiring = Rules.filter((rule) => rule['ExpirationInDays']);
    expect(expiring.map((rule) => [rule['Prefix'], rule['ExpirationInDays']])).toEqual([
      ['uploads/', 7],
      ['work/', 7],
    ]);
    expect(Rules).toContainEqual(expect.objectContaining({ NoncurrentVersionExpiration: { NoncurrentDays: 7 } }));
    expect(Rules).toContainEqual(expect.objectContaining({ ExpiredObjectDeleteMarker: true }));
  });

  test('refuse to write over an upload, but let its parts through', () => {
    expect(denials(dev)).toContainEqual(
      expect.objectContaining({
        Action: 's3:PutObject',
        Condition: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
        Principal: { AWS: '*' },
      }),
    );
  });

  test('refuse addresses that are older than what the API signs', () => {
    const ages = denials(dev).filter(({ Condition }) => JSON.stringify(Condition).includes('s3:signatureAge'));
    expect(ages.map(({ Action, Condition }) => [Action, Condition])).toEqual([
      [
        's3:PutObject',
        { StringEquals: { 's3:authType': 'REST-QUERY-STRING' }, NumericGreaterThan: { 's3:signatureAge': '3600000' } },
      ],
      [
        's3:GetObject',
        { StringEquals: { 's3:authType': 'REST-QUERY-STRING' }, NumericGreaterThan: { 's3:signatureAge': '900000' } },
      ],
    ]);
  });

  test('answer the pages that were named, and show them the ETag of a part', () => {
    expect(media(dev)['CorsConfiguration']).toBeUndefined();
    expect(media(prod)['CorsConfiguration']).toMatchObject({
      CorsRules: [{ AllowedOrigins: ['https://video.example.com'], ExposedHeaders: expect.arrayContaining(['ETag']) }],
    });
  });
});

test('there is no front and nothing is kept warm where nobody asked for it', () => {
  const types = Object.values(dev.templates).flatMap(({ Resources }) =>
    Object.values(Resources).map(({ Type }) => Type),
  );
  expect(
    types.filter((type) => /CloudFront|WAF|Route53|DomainName|Lambda::(Alias|Version)|BucketDeploy/.test(type)),
  ).toEqual([]);
});

describe('the table', () => {
  const table = (deployment: Synthesized) => Object.values(deployment.tables)[0] ?? {};
  /** The order of attributes and of projected names means nothing. */
  const sorted = (values: unknown): unknown[] => (values as unknown[]).map((value) => JSON.stringify(value)).sort(); // true: called with the lists of a table

  test('is the one that the adapter uses', () => {
    expect(Object.keys(dev.tables)).toHaveLength(1);
    expect(table(dev)).toMatchObject({
      KeySchema: tableDefinition.KeySchema,
      BillingMode: tableDefinition.BillingMode,
      GlobalSecondaryIndexes: tableDefinition.GlobalSecondaryIndexes,
      TimeToLiveSpecification: { AttributeName: ttlAttribute, Enabled: true },
    });
    expect(sorted(table(dev)['AttributeDefinitions'])).toEqual(sorted(tableDefinition.AttributeDefinitions));
  });

  test('can be restored, and is kept when its stack is deleted', () => {
    expect(table(dev)).toMatchObject({
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      DeletionProtectionEnabled: false,
    });
    expect(table(prod)).toMatchObject({ DeletionProtectionEnabled: true });
    expect(all(dev, 'AWS::DynamoDB::Table')[0]?.DeletionPolicy).toBe('Retain');
  });
});

describe('functions', () => {
  const timeouts = { api: 29, workflow: 55, runner: 900, transfer: 900, drop: 30 } as const;

  test('end before their callers stop waiting for them', () => {
    for (const [name, seconds] of Object.entries(timeouts))
      expect(dev.functions[name as keyof typeof timeouts]?.timeoutSeconds).toBe(seconds); // true: keys of the literal
  });

  test('have a role, a log that is not kept for ever, JSON lines, traces, and no other policy', () => {
    for (const { Properties } of all(dev, 'AWS::Lambda::Function')) {
      expect(Properties).toMatchObject({
        MemorySize: expect.any(Number),
        LoggingConfig: { LogFormat: 'JSON', LogGroup: { Ref: expect.any(String) } },
        TracingConfig: { Mode: 'Active' },
        ...(Properties['PackageType'] === 'Image' ? {} : { Runtime: 'nodejs24.x' }),
      });
      expect(Properties['ReservedConcurrentExecutions']).toBeUndefined();
    }
    for (const { Properties } of all(dev, 'AWS::IAM::Role')) expect(Properties['ManagedPolicyArns']).toBeUndefined();
    for (const { Properties } of all(dev, 'AWS::Logs::LogGroup')) expect(Properties['RetentionInDays']).toBe(30);
    const roles = all(dev, 'AWS::Lambda::Function').map(({ Properties }) => JSON.stringify(Properties['Role']));
    expect(new Set(roles).size).toBe(roles.length);
  });

  test('get every variable that they need, none that they do not know, and no secret', () => {
    const schemas: Readonly<Record<string, z.ZodObject>> = {
      api: ApiConfig,
      workflow: WorkflowConfig,
      runner: RunnerConfig,
      transfer: TransferConfig,
      drop: DropConfig,
    };
    for (const [name, { environment }] of Object.entries(dev.functions)) {
      const shape = schemas[name]?.shape ?? {};
      expect(Object.keys(shape)).toEqual(expect.arrayContaining([...environment]));
      for (const [variable, schema] of Object.entries(shape))
        if (!z.safeParse(schema, undefined).success) expect(environment).toContain(variable);
      // These say where they lie.
      expect(environment.join(' ').replaceAll(/SECRETS_PREFIX|WEBHOOK_KEY_ARN/g, '')).not.toMatch(
        /SECRET|TOKEN|PASSWORD|KEY/,
      );
    }
  });

  test('can be limited', () => {
    const runner = all(prod, 'AWS::Lambda::Function').find(({ Properties }) => Properties['PackageType'] === 'Image');
    expect(runner?.Properties).toMatchObject({
      ReservedConcurrentExecutions: 40,
      MemorySize: 10_240,
      Architectures: ['arm64'],
    });
  });
});

describe('the state machine', () => {
  interface State {
    readonly Type: string;
    readonly States?: Readonly<Record<string, State>>;
    readonly ItemProcessor?: State;
    readonly TimeoutSeconds?: number;
    readonly Retry?: readonly unknown[];
    readonly Catch?: readonly unknown[];
  }
  const tasksOf = (state: State): State[] => [
    ...(state.Type === 'Task' ? [state] : []),
    ...[...Object.values(state.States ?? {}), ...(state.ItemProcessor ? [state.ItemProcessor] : [])].flatMap(tasksOf),
  ];

  const arns = {
    WorkflowFunction: 'arn:workflow',
    RunnerFunction: 'arn:runner',
    TransferFunction: 'arn:transfer',
  };

  test('has functions for all its variables', () => {
    const text = dev.definition(arns);
    expect(text).toContain('"arn:workflow"');
    const [machine] = all(dev, 'AWS::StepFunctions::StateMachine');
    expect(Object.keys(machine?.Properties['DefinitionSubstitutions'] ?? {})).toEqual([
      'WorkflowFunction',
      'RunnerFunction',
      'TransferFunction',
    ]);
  });

  test('gives every task a time limit, a retry and a catch', () => {
    const definition = JSON.parse(dev.definition(arns)) as State; // true: a state machine is shaped like a state
    const tasks = tasksOf(definition);
    expect(tasks.length).toBeGreaterThan(4);
    for (const task of tasks) {
      expect(task.TimeoutSeconds).toBeGreaterThan(0);
      expect(task.Retry).not.toHaveLength(0);
      expect(task.Catch).not.toHaveLength(0);
    }
  });

  test('logs everything but the data', () => {
    expect(all(dev, 'AWS::StepFunctions::StateMachine')[0]?.Properties).toMatchObject({
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
      TracingConfiguration: { Enabled: true },
      StateMachineName: 'kinoduct-dev-process-job',
    });
  });
});

describe('events', () => {
  interface Target {
    readonly Input?: string;
    readonly InputTransformer?: { readonly InputPathsMap: Record<string, string>; readonly InputTemplate: string };
    readonly DeadLetterConfig?: unknown;
  }
  const targets = (): Target[] =>
    all(dev, 'AWS::Events::Rule').flatMap(({ Properties }) => Properties['Targets'] as Target[]); // true: rules have targets

  test('of executions that did not end well lead to the reconciliation of their job', () => {
    const rule = all(dev, 'AWS::Events::Rule').find(({ Properties }) =>
      JSON.stringify(Properties['EventPattern'] ?? '').includes('aws.states'),
    );
    expect(rule?.Properties['EventPattern']).toMatchObject({
      source: ['aws.states'],
      detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'], stateMachineArn: [expect.anything()] },
    });
    const { InputPathsMap, InputTemplate } = targets().find((target) => target.InputTransformer)?.InputTransformer ?? {
      InputPathsMap: {},
      InputTemplate: '',
    };
    expect(Object.values(InputPathsMap)).toEqual(['$.detail.name']);
    const [variable] = Object.keys(InputPathsMap);
    // EventBridge puts a string, quotes included, in the place of a variable.
    const payload: unknown = JSON.parse(InputTemplate.replace(`<${variable}>`, '"job_01K9ZK3V8Q6X4T2N7M5R1W0YBD-2"'));
    expect(WorkflowPayload.parse(payload)).toEqual({
      step: 'reconcile',
      executionName: 'job_01K9ZK3V8Q6X4T2N7M5R1W0YBD-2',
    });
  });

  test('of the clock sweep every five minutes', () => {
    const rule = all(dev, 'AWS::Events::Rule').find(({ Properties }) => Properties['ScheduleExpression']);
    expect(rule?.Properties['ScheduleExpression']).toBe('rate(5 minutes)');
    const input = targets().find((target) => target.Input)?.Input ?? '';
    expect(WorkflowPayload.parse(JSON.parse(input))).toEqual({ step: 'reconcile' });
  });

  test('of every execution that ends, and of each minute, send the webhooks that are due', () => {
    const rules = all(dev, 'AWS::Events::Rule').filter(({ Properties }) =>
      JSON.stringify(Properties['Targets']).includes('notify'),
    );
    const [ended, clock] = rules.map(({ Properties }) => Properties);
    expect(ended?.['EventPattern']).toMatchObject({
      detail: { status: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'], stateMachineArn: [expect.anything()] },
    });
    expect(clock?.['ScheduleExpression']).toBe('rate(1 minute)');
    for (const rule of [ended, clock]) {
      const [target] = (rule?.['Targets'] ?? []) as Target[]; // true: rules have targets
      expect(NotifyPayload.parse(JSON.parse(target?.Input ?? ''))).toEqual({ notify: true });
    }
  });

  test('that cannot be delivered are kept', () => {
    expect(targets().length).toBeGreaterThan(2);
    for (const target of targets()) expect(target.DeadLetterConfig).toBeDefined();
    const queues = all(dev, 'AWS::SQS::Queue').filter(({ Properties }) => !Properties['RedrivePolicy']);
    expect(queues.map(({ Properties }) => Properties['MessageRetentionPeriod'])).toEqual([1_209_600, 1_209_600]);
  });
});

describe('dropped files', () => {
  test('of the inbox alone are told of, wait for their sidecar, and are kept where they fail again and again', () => {
    const rule = all(dev, 'AWS::Events::Rule').find(({ Properties }) =>
      JSON.stringify(Properties['EventPattern'] ?? '').includes('aws.s3'),
    );
    expect(rule?.Properties['EventPattern']).toMatchObject({
      'detail-type': ['Object Created'],
      detail: { bucket: { name: [expect.anything()] }, object: { key: [{ prefix: 'inbox/' }] } },
    });
    const queue = all(dev, 'AWS::SQS::Queue').find(({ Properties }) => Properties['RedrivePolicy']);
    expect(queue?.Properties).toMatchObject({ DelaySeconds: 10, VisibilityTimeout: 180 });
    expect(queue?.Properties['RedrivePolicy']).toMatchObject({ maxReceiveCount: 5 });
    expect(all(dev, 'AWS::Lambda::EventSourceMapping')[0]?.Properties).toMatchObject({
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  test('can be left out', async () => {
    const without = await synthesize({ drop: 'false' });
    try {
      expect(all(without, 'AWS::S3::Bucket')).toHaveLength(2);
      expect(all(without, 'AWS::Lambda::EventSourceMapping')).toHaveLength(0);
    } finally {
      await without.remove();
    }
  });
});

describe('alarms', () => {
  test('are there, and go to an address where there is one', () => {
    expect(all(dev, 'AWS::CloudWatch::Alarm').length).toBeGreaterThan(4);
    expect(all(dev, 'AWS::SNS::Topic')).toHaveLength(0);
    expect(all(prod, 'AWS::SNS::Subscription')[0]?.Properties).toMatchObject({
      Protocol: 'email',
      Endpoint: 'ops@example.com',
    });
    for (const { Properties } of all(prod, 'AWS::CloudWatch::Alarm'))
      expect(Properties['AlarmActions']).toHaveLength(1);
  });
});
