/** `database=postgres`: what is deployed, who can reach it, and how it is entered. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SchemaConfig } from '#functions/schema/config.ts';
import { deployConfig } from '#lib/config.ts';
import { database } from '#lib/constructs/database.ts';
import { network } from '#lib/constructs/network.ts';
import { type Part, type Resource, type Synthesized, resourcesOf, synthesize } from '#test/support/synth.ts';

let prod: Synthesized;

beforeAll(async () => {
  prod = await synthesize({
    stage: 'prod',
    database: 'postgres',
    auth: 'cognito',
    privateHosts: 'nas.example.com:8443',
  });
});
afterAll(() => prod.remove());

const parts: readonly Part[] = ['data', 'processing', 'api', 'drop'];

const all = (type: string): readonly (readonly [string, Resource])[] =>
  parts.flatMap((part) => resourcesOf(prod.templates[part], type));

const one = (type: string): Record<string, unknown> => {
  const [found, ...more] = all(type);
  if (!found || more.length > 0) throw new Error(`there is not one ${type}`);
  return found[1].Properties;
};

/** Functions of ours, by their names; the CDK's own runs the trigger and is in no network. */
const functions = (): Record<string, Record<string, unknown>> =>
  Object.fromEntries(
    all('AWS::Lambda::Function')
      .filter(([id]) => !id.startsWith('AWSCDK'))
      .map(([id, { Properties }]) => [id.slice(0, -8), Properties]),
  );

const text = (value: unknown): string => JSON.stringify(value);

describe('the database', () => {
  test('is Aurora, encrypted, in the subnets without a way out, and takes TLS and IAM', () => {
    expect(one('AWS::RDS::DBCluster')).toMatchObject({
      Engine: 'aurora-postgresql',
      StorageEncrypted: true,
      EnableIAMDatabaseAuthentication: true,
      DatabaseName: 'kinoduct',
      Port: expect.not.toSatisfy((port) => port === 5432),
    });
    expect(one('AWS::RDS::DBClusterParameterGroup')['Parameters']).toMatchObject({ 'rds.force_ssl': '1' });
    expect(text(one('AWS::RDS::DBSubnetGroup')['SubnetIds']).match(/NetworkIsolatedSubnet\d/g)).toHaveLength(2);
    for (const [, { Properties }] of all('AWS::RDS::DBInstance'))
      expect(Properties).toMatchObject({ PubliclyAccessible: false });
  });

  test('has its master’s password kept and rotated by RDS, and none of ours', () => {
    expect(one('AWS::RDS::DBCluster')).toMatchObject({ ManageMasterUserPassword: true });
    expect(one('AWS::RDS::DBCluster')).not.toHaveProperty('MasterUserPassword');
  });

  test('of a stage that is not dev has a standby, a month of backups, and is not deleted', () => {
    expect(all('AWS::RDS::DBInstance')).toHaveLength(2);
    expect(all('AWS::RDS::DBCluster')[0]?.[1]).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: { DeletionProtection: true, BackupRetentionPeriod: 30, CopyTagsToSnapshot: true },
    });
  });

  test('of the stage dev may go, and leaves a snapshot', () => {
    const app = new App();
    const stack = new Stack(app, 'stack');
    const config = deployConfig(app.node);
    database(stack, config, network(stack, config, [new Bucket(stack, 'media')]));
    const template = Template.fromStack(stack);
    template.hasResource('AWS::RDS::DBCluster', {
      DeletionPolicy: 'Snapshot',
      Properties: { DeletionProtection: false, BackupRetentionPeriod: 7 },
    });
    template.resourceCountIs('AWS::RDS::DBInstance', 1);
  });

  test('takes the place of the table', () => {
    expect(all('AWS::DynamoDB::Table')).toEqual([]);
    expect(text(prod.templates)).not.toContain('dynamodb');
  });
});

describe('the network', () => {
  const subnets = (properties: Record<string, unknown> | undefined): string => text(properties?.['VpcConfig']);

  test('has every function that uses the database in it, and only the one that must in reach of the internet', () => {
    const placed = Object.entries(functions()).map(([name, properties]) => [
      name,
      /Network(\w+?)Subnet\d/.exec(subnets(properties))?.[1],
      /Network(Nothing|Services|Internet)[0-9A-F]{8}/.exec(subnets(properties))?.[1],
    ]);
    expect(placed.map((words) => words.join(' ')).toSorted()).toEqual([
      'Api Isolated Services',
      'Drop Isolated Services',
      'Runner Isolated Nothing',
      'Schema Isolated Services',
      'Transfer Egress Internet',
      'Workflow Isolated Services',
    ]);
  });

  test('leads out of the isolated subnets only to S3, and there only to our buckets', () => {
    const routes = all('AWS::EC2::Route').map(([, { Properties }]) => text(Properties['RouteTableId']));
    expect(routes.filter((route) => route.includes('Isolated'))).toEqual([]);
    expect(routes.filter((route) => route.includes('Egress'))).toHaveLength(2);
    const gateways = all('AWS::EC2::VPCEndpoint')
      .map(([, { Properties }]) => Properties)
      .filter((properties) => properties['VpcEndpointType'] === 'Gateway' && /Isolated/.test(text(properties)));
    expect(gateways).toHaveLength(1);
    const { Statement = [] } = (gateways[0]?.['PolicyDocument'] ?? {}) as {
      Statement?: { Effect: string; Resource: unknown[] }[];
    }; // true: so CloudFormation defines it
    expect(Statement.map(({ Effect }) => Effect)).toEqual(['Allow']);
    for (const resource of Statement.flatMap(({ Resource }) => Resource))
      expect(text(resource)).toMatch(/kinoduct-prod-storage:ExportsOutput\w+(Media|Drop)/);
  });

  test('has an endpoint for each service that functions without a way out call', () => {
    const services = all('AWS::EC2::VPCEndpoint')
      .map(([, { Properties }]) => Properties)
      .filter((properties) => properties['VpcEndpointType'] === 'Interface')
      .map((properties) => /\.([\w.-]+)"\]\]/.exec(text(properties['ServiceName']))?.[1] ?? '');
    expect(services.toSorted()).toEqual(['cognito-idp', 'lambda', 'secretsmanager', 'states']);
  });

  test('lets functions to the database, at its port, and nobody else', () => {
    const rules = all('AWS::EC2::SecurityGroupIngress').map(([, { Properties }]) => Properties);
    const toDatabase = rules.filter(({ GroupId }) => /NetworkDatabase/.test(text(GroupId)));
    expect(toDatabase).toHaveLength(3);
    const port = one('AWS::RDS::DBCluster')['Port'];
    for (const rule of toDatabase) {
      expect(rule).toMatchObject({ IpProtocol: 'tcp', FromPort: port, ToPort: port });
      expect(text(rule['SourceSecurityGroupId'])).toMatch(/Network(Nothing|Services|Internet)/);
    }
    for (const [, { Properties }] of all('AWS::EC2::SecurityGroup'))
      expect(Properties).not.toHaveProperty('SecurityGroupIngress');
    expect(rules.filter((rule) => 'CidrIp' in rule)).toEqual([]);
  });

  test('lets only the transfer function speak http, and to the deployer’s own servers', () => {
    const groups = all('AWS::EC2::SecurityGroup').map(([id, { Properties }]) => [
      id.slice(0, -8),
      ((Properties['SecurityGroupEgress'] ?? []) as { ToPort: number; CidrIp: string }[]) // true: so CloudFormation defines it
        .filter(({ CidrIp }) => CidrIp === '0.0.0.0/0')
        .map(({ ToPort }) => ToPort)
        .toSorted((a, b) => a - b),
    ]);
    expect(Object.fromEntries(groups)).toEqual({
      NetworkDatabase: [],
      NetworkEndpoints: [],
      NetworkNothing: [443],
      NetworkServices: [443],
      NetworkInternet: [80, 443, 8443],
    });
  });

  test('logs what it rejects', () => {
    expect(one('AWS::EC2::FlowLog')).toMatchObject({ TrafficType: 'REJECT', LogDestinationType: 'cloud-watch-logs' });
  });
});

describe('functions', () => {
  interface Statement {
    readonly Effect: string;
    readonly Action: string | string[];
    readonly Resource: unknown;
    readonly Condition?: unknown;
  }
  const statements = (role: string): readonly Statement[] =>
    all('AWS::IAM::Policy')
      .filter(([, { Properties }]) => text(Properties['Roles']).includes(`"${role}Role`))
      .flatMap(([, { Properties }]) => (Properties['PolicyDocument'] as { Statement: Statement[] }).Statement); // true: policies have statements
  const users = ['Api', 'Workflow', 'Runner', 'Transfer', 'Drop'];

  test('come as one user of the one database, which only IAM lets in', () => {
    for (const role of users) {
      const connects = statements(role).filter(({ Action }) => text(Action).includes('rds-db:connect'));
      expect(connects, role).toHaveLength(1);
      expect(text(connects[0]?.Resource), role).toMatch(/:dbuser:.*DBClusterResourceId.*\/kinoduct"/);
    }
  });

  test('know the database by its address, and no password', () => {
    for (const [name, { Environment }] of Object.entries(functions())) {
      const { Variables } = Environment as { Variables: Record<string, unknown> }; // true: every function of ours has some
      expect(text(Variables['DATABASE_URL']), name).toMatch(/postgres:\/\/kinoduct@/);
      expect(Variables, name).not.toHaveProperty('JOBS_TABLE');
      expect(
        Object.keys(Variables).filter((key) => /SECRET|TOKEN|PASSWORD/.test(key) && !key.endsWith('_ARN')),
        name,
      ).toEqual(name === 'Transfer' ? ['SECRETS_PREFIX'] : []);
    }
  });

  test('but the one for the schema cannot read the master’s password, which is not below the prefix of jobs’ secrets', () => {
    const readers = [...users, 'Schema'].filter((role) => text(statements(role)).includes('MasterUserSecret'));
    expect(readers).toEqual(['Schema']);
  });

  test('join the network, which their own code may not', () => {
    for (const role of [...users, 'Schema']) {
      const denied = statements(role).filter(({ Effect }) => Effect === 'Deny');
      expect(denied, role).toMatchObject([{ Condition: { Null: { 'lambda:SourceFunctionArn': 'false' } } }]);
      expect(denied[0]?.Action, role).toContain('ec2:CreateNetworkInterface');
    }
  });

  test('load PostgreSQL where DATABASE_URL names it, without connecting yet', async () => {
    const { root, environment, literals } = prod.functions.workflow;
    const values: Record<string, string> = {
      DATABASE_URL: 'postgres://kinoduct@127.0.0.1:9/kinoduct',
      STATE_MACHINE_ARN: 'arn:aws:states:eu-west-1:1:stateMachine:x',
    };
    const env = {
      ...process.env,
      AWS_REGION: 'eu-west-1',
      ...Object.fromEntries(environment.map((name) => [name, literals[name] ?? values[name] ?? '100'])),
    };
    const script = `const m = await import(${text(pathToFileURL(join(root, 'index.mjs')).href)}); console.log(typeof m.handler);`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env });
    expect(stdout.trim()).toBe('function');
  });
});

describe('the schema', () => {
  test('is brought up to date when the code changes, after the database is there, and fails the deploy when it fails', () => {
    const [, trigger] = all('Custom::Trigger')[0] ?? [];
    expect(trigger?.Properties).toMatchObject({ InvocationType: 'RequestResponse', ExecuteOnHandlerChange: true });
    expect(text(trigger?.Properties['HandlerArn'])).toContain('SchemaCurrentVersion');
    const { DependsOn = [] } = trigger as Resource & { DependsOn?: string[] }; // true: so CloudFormation defines it
    const awaited = DependsOn.map((id) => id.slice(0, -8));
    expect(awaited).toEqual(expect.arrayContaining(['Database', 'DatabaseWriter', 'NetworkSecrets']));
  });

  test('is brought up to date before anything that uses it is touched: by the stack that all of them need', () => {
    for (const part of ['processing', 'api', 'drop'] as const)
      expect(text(prod.templates[part])).toContain('kinoduct-prod-data:ExportsOutput');
  });

  test('is told what its schema of configuration knows', () => {
    const { Variables = {} } = (functions()['Schema']?.['Environment'] ?? {}) as {
      Variables?: Record<string, unknown>;
    }; // true: so CloudFormation defines it
    expect(Object.keys(Variables).toSorted()).toEqual(Object.keys(SchemaConfig.shape).toSorted());
  });
});
