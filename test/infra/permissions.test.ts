import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configured, type Part, resourcesOf, synthesize, type Synthesized } from '#test/support/synth.ts';

let deployment: Synthesized;

beforeAll(async () => {
  deployment = await synthesize();
});

afterAll(() => deployment.remove());

interface Permission {
  readonly action: string;
  readonly resource: string;
}

const listed = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

/** `{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},":s3:::x"]]}` reads `arn:<AWS::Partition>:s3:::x`. */
const readable = (value: unknown): string => {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[name, inside] = ['', '']] = Object.entries(value);
  if (name === 'Fn::Join') return (inside as [string, unknown[]])[1].map(readable).join(''); // true: so CloudFormation defines it
  return `<${Array.isArray(inside) ? inside.join('.') : String(inside)}>`;
};

/** Everything that the role of one logical id, without its hash, may do. */
const permissionsOf = (part: Part, role: RegExp): Permission[] =>
  resourcesOf(deployment.templates[part], 'AWS::IAM::Policy')
    .filter(([, { Properties }]) => role.test(JSON.stringify(Properties['Roles'])))
    .flatMap(
      ([, { Properties }]) => (Properties['PolicyDocument'] as { Statement: Record<string, unknown>[] }).Statement,
    ) // true: policies have statements
    .flatMap((statement) => {
      expect(statement['Effect']).toBe('Allow');
      return listed(statement['Action']).flatMap((action) =>
        listed(statement['Resource']).map((resource) => ({ action: String(action), resource: readable(resource) })),
      );
    });

const roles = {
  api: () => permissionsOf('api', /"ApiRole/),
  workflow: () => permissionsOf('processing', /"WorkflowRole/),
  runner: () => permissionsOf('processing', /"RunnerRole/),
  transfer: () => permissionsOf('processing', /"TransferRole/),
  drop: () => permissionsOf('drop', /"DropRole/),
  machine: () => permissionsOf('processing', /"ProcessJobRole/),
};

/** Prefixes of the bucket on which a role may do something. */
const prefixes = (permissions: readonly Permission[], action: string): string[] =>
  permissions
    .filter((permission) => permission.action === action)
    .map(({ resource }) => /\/([^/]+)\/\*$/.exec(resource)?.[1] ?? resource)
    .sort();

const actions = (permissions: readonly Permission[], service: string): string[] =>
  [...new Set(permissions.map(({ action }) => action))].filter((action) => action.startsWith(`${service}:`)).sort();

describe('every role', () => {
  test('names its actions', () => {
    for (const [name, permissions] of Object.entries(roles)) {
      expect(permissions().length, name).toBeGreaterThan(0);
      expect(permissions().filter(({ action }) => action.includes('*'))).toEqual([]);
    }
  });

  test('names its resources, but for services that have none', () => {
    const withoutResources =
      /^(polly:(SynthesizeSpeech|DescribeVoices)|xray:Put|logs:(Create|Get|Update|Delete|List)LogDeliver|logs:(Put|Describe)ResourcePolic|logs:DescribeLogGroups|xray:GetSampling)/;
    const wildcards = Object.values(roles)
      .flatMap((permissions) => permissions())
      .filter(({ resource }) => resource.includes('*'))
      .filter(({ action, resource }) => !(resource === '*' && withoutResources.test(action)))
      .filter(({ resource }) => !/\/(uploads|outputs|work|media|inbox|outbox)\/\*$/.test(resource))
      .filter(({ resource }) => !resource.endsWith(':execution:kinoduct-dev-process-job:*'))
      .filter(({ resource }) => !resource.endsWith(':secret:kinoduct/dev/*'));
    expect(wildcards).toEqual([]);
  });

  test('belongs to one service', () => {
    for (const template of Object.values(deployment.templates))
      for (const [, { Properties }] of resourcesOf(template, 'AWS::IAM::Role')) {
        const { Statement } = Properties['AssumeRolePolicyDocument'] as { Statement: { Principal: object }[] }; // true: roles have one
        expect(Statement).toHaveLength(1);
        expect([{ Service: 'lambda.amazonaws.com' }, { Service: 'states.amazonaws.com' }]).toContainEqual(
          Statement[0]?.Principal,
        );
      }
  });
});

describe('the runner, which decodes strangers’ files', () => {
  test('reads all media, writes results and work files, and removes nothing', () => {
    expect(prefixes(roles.runner(), 's3:GetObject')).toEqual(['media', 'outputs', 'uploads', 'work']);
    expect(prefixes(roles.runner(), 's3:PutObject')).toEqual(['outputs', 'work']);
    expect(actions(roles.runner(), 's3').filter((action) => action.includes('Delete'))).toEqual([]);
  });

  test('reads and writes rows of the table, and removes none', () => {
    expect(actions(roles.runner(), 'dynamodb')).toEqual([
      'dynamodb:ConditionCheckItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
    ]);
  });

  test('starts nothing', () => {
    expect([...actions(roles.runner(), 'states'), ...actions(roles.runner(), 'lambda')]).toEqual([]);
  });
});

describe('the transfer function, which speaks to strangers', () => {
  test('reads results and the inbox, writes the library and the outbox, and touches no upload', () => {
    expect(prefixes(roles.transfer(), 's3:GetObject')).toEqual(['inbox', 'media', 'outputs']);
    expect(prefixes(roles.transfer(), 's3:PutObject')).toEqual(['media', 'outbox']);
    expect(prefixes(roles.transfer(), 's3:DeleteObject')).toEqual(['media']);
  });

  test('starts nothing', () => {
    expect([...actions(roles.transfer(), 'states'), ...actions(roles.transfer(), 'lambda')]).toEqual([]);
  });

  test('alone reads secrets of jobs, those of its stage, and has texts spoken', () => {
    for (const [name, permissions] of Object.entries(roles)) {
      const own = name === 'transfer';
      const secrets = permissions().filter(({ action }) => action === 'secretsmanager:GetSecretValue');
      expect(secrets.filter(({ resource }) => resource.includes('*')).length, name).toBe(own ? 1 : 0);
      expect(actions(permissions(), 'polly'), name).toEqual(
        own ? ['polly:DescribeVoices', 'polly:SynthesizeSpeech'] : [],
      );
    }
    const secrets = roles.transfer().find(({ resource }) => resource.includes(':secret:'));
    expect(secrets?.resource).toMatch(/:secret:kinoduct\/dev\/\*$/);
  });

  test('alone puts events, and shares the key of webhooks with the API only', () => {
    for (const [name, permissions] of Object.entries(roles)) {
      const buses = permissions().filter(({ action }) => action === 'events:PutEvents');
      expect(
        buses.map(({ resource }) => resource.replace(/.*:/, '')),
        name,
      ).toEqual(name === 'transfer' ? ['event-bus/default'] : []);
      const keys = permissions().filter(({ resource }) => /WebhookKey/.test(resource));
      expect(
        keys.map(({ action }) => action),
        name,
      ).toEqual(name === 'transfer' || name === 'api' ? ['secretsmanager:GetSecretValue'] : []);
    }
  });

  test('has nothing recognised', () => {
    for (const permissions of Object.values(roles))
      expect([...actions(permissions(), 'rekognition'), ...actions(permissions(), 'transcribe')]).toEqual([]);
    expect(deployment.functions.transfer.literals['RECOGNISES']).toBe('');
    expect(JSON.stringify(deployment.templates.processing)).not.toContain('RecogniseTask');
  });

  test('reaches no bucket but those that were listed, and has recognised what it is allowed to', async () => {
    const opened = await synthesize(configured);
    try {
      const statements = resourcesOf(opened.templates.processing, 'AWS::IAM::Policy')
        .filter(([id]) => id.startsWith('TransferRole'))
        .flatMap(
          ([, { Properties }]) => (Properties['PolicyDocument'] as { Statement: Record<string, unknown>[] }).Statement,
        ); // true: policies have statements
      const on = (bucket: string): string[] =>
        statements
          .filter(({ Resource }) => listed(Resource).some((resource) => readable(resource).includes(`:s3:::${bucket}`)))
          .flatMap(({ Action }) => listed(Action).map(String))
          .sort();
      expect(on('archive')).toEqual(['s3:GetObject', 's3:GetObjectVersion', 's3:ListBucket']);
      expect(on('inbox')).toEqual(on('archive'));
      expect(on('results')).toEqual(['s3:AbortMultipartUpload', 's3:PutObject']);
      const may = statements.flatMap(({ Action }) => listed(Action).map(String));
      expect(may.filter((action) => /^(?:rekognition|transcribe):/.test(action))).toEqual([
        'rekognition:DetectLabels',
        'rekognition:DetectModerationLabels',
        'transcribe:StartTranscriptionJob',
        'transcribe:DeleteTranscriptionJob',
        'transcribe:GetTranscriptionJob',
      ]);
      const writes = statements.filter(({ Action }) => listed(Action).includes('s3:PutObject'));
      expect(JSON.stringify(writes)).toContain('/outputs/*');
      expect(opened.functions.transfer.literals['RECOGNISES']).toBe('labels,moderation,transcript');
      expect(opened.functions.api.literals['RECOGNISES']).toBe('labels,moderation,transcript');
      expect(JSON.stringify(opened.templates.processing)).toContain('RecogniseTask');
    } finally {
      await opened.remove();
    }
  });
});

describe('the API', () => {
  test('signs reading of results and writing of uploads only', () => {
    expect(prefixes(roles.api(), 's3:PutObject')).toEqual(['uploads']);
    expect(prefixes(roles.api(), 's3:GetObject')).toEqual(['media', 'outputs', 'uploads']);
  });

  test('may remove all of a job, of an upload and of an item of the library', () => {
    expect(prefixes(roles.api(), 's3:DeleteObject')).toEqual(['media', 'outputs', 'uploads', 'work']);
    expect(actions(roles.api(), 'dynamodb')).toContain('dynamodb:DeleteItem');
  });

  test('starts and stops executions of the one state machine, and asks the one runner', () => {
    expect(actions(roles.api(), 'states')).toEqual([
      'states:DescribeExecution',
      'states:StartExecution',
      'states:StopExecution',
    ]);
    expect(roles.api().filter(({ action }) => action === 'lambda:InvokeFunction')).toHaveLength(1);
  });
});

describe('the workflow function', () => {
  test('writes no media and removes what a job left behind', () => {
    // Of the drop bucket: it tells of the end of a job.
    expect(prefixes(roles.workflow(), 's3:PutObject')).toEqual(['outbox']);
    expect(prefixes(roles.workflow(), 's3:DeleteObject')).toEqual(['outputs', 'uploads', 'work']);
  });
});

describe('the drop function', () => {
  test('looks into the inbox, tells in the outbox, starts jobs, and touches no media', () => {
    expect(prefixes(roles.drop(), 's3:PutObject')).toEqual(['outbox']);
    expect(prefixes(roles.drop(), 's3:GetObject')).toEqual(['inbox', 'media', 'outputs', 'uploads']);
    expect(actions(roles.drop(), 's3').filter((action) => action.includes('Delete'))).toEqual([]);
    expect(actions(roles.drop(), 'dynamodb')).not.toContain('dynamodb:DeleteItem');
    expect([...actions(roles.drop(), 'lambda'), ...actions(roles.drop(), 'secretsmanager')]).toEqual([]);
  });
});

describe('the state machine', () => {
  test('invokes the three functions and nothing else', () => {
    const invoked = roles.machine().filter(({ action }) => action.startsWith('lambda:'));
    expect(invoked.map(({ resource }) => resource).sort()).toEqual([
      expect.stringMatching(/^<Runner\w+\.Arn>$/),
      expect.stringMatching(/^<Transfer\w+\.Arn>$/),
      expect.stringMatching(/^<Workflow\w+\.Arn>$/),
    ]);
  });
});
