import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Part, type Synthesized, resourcesOf, synthesize } from '#test/support/synth.ts';

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
      /^(xray:Put|logs:(Create|Get|Update|Delete|List)LogDeliver|logs:(Put|Describe)ResourcePolic|logs:DescribeLogGroups|xray:GetSampling)/;
    const wildcards = Object.values(roles)
      .flatMap((permissions) => permissions())
      .filter(({ resource }) => resource.includes('*'))
      .filter(({ action, resource }) => !(resource === '*' && withoutResources.test(action)))
      .filter(({ resource }) => !/\/(uploads|outputs|work|media)\/\*$/.test(resource))
      .filter(({ resource }) => !resource.endsWith(':execution:kinoduct-dev-process-job:*'));
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
    expect(prefixes(roles.runner(), 's3:GetObject')).toEqual(['outputs', 'uploads', 'work']);
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
    expect(prefixes(roles.workflow(), 's3:PutObject')).toEqual([]);
    expect(prefixes(roles.workflow(), 's3:DeleteObject')).toEqual(['outputs', 'uploads', 'work']);
  });
});

describe('the state machine', () => {
  test('invokes the two functions and nothing else', () => {
    const invoked = roles.machine().filter(({ action }) => action.startsWith('lambda:'));
    expect(invoked.map(({ resource }) => resource).sort()).toEqual([
      expect.stringMatching(/^<Runner\w+\.Arn>$/),
      expect.stringMatching(/^<Workflow\w+\.Arn>$/),
    ]);
  });
});
