/** `fargate=true`: what is deployed beside the functions, who may start it, and what it reaches. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RunnerConfig } from '#functions/ffmpeg-runner/config.ts';
import { WorkflowConfig } from '#functions/workflow/config.ts';
import { billingOf } from '#core/usecases/billing.ts';
import { type Part, type Synthesized, resourcesOf, synthesize } from '#test/support/synth.ts';

let table: Synthesized;
let postgres: Synthesized;

beforeAll(async () => {
  [table, postgres] = await Promise.all([
    synthesize({ fargate: 'true' }),
    synthesize({
      ...{ stage: 'prod', fargate: 'true', database: 'postgres', runnerArchitecture: 'arm64' },
      ...{ fargateSpot: 'false', fargateVcpus: '8', fargateConcurrency: '64' },
    }),
  ]);
}, 300_000);
afterAll(async () => {
  await table.remove();
  await postgres.remove();
});

const both = () => [table, postgres];

const all = (deployment: Synthesized, type: string, part: Part = 'processing'): [string, Record<string, unknown>][] =>
  resourcesOf(deployment.templates[part], type).map(([id, { Properties }]) => [id, Properties]);

const one = (deployment: Synthesized, type: string, part: Part = 'processing'): Record<string, unknown> => {
  const [found, ...more] = all(deployment, type, part);
  if (!found || more.length > 0) throw new Error(`there is not one ${type}`);
  return found[1];
};

const text = (value: unknown): string => JSON.stringify(value);

interface ContainerDefinition {
  readonly Environment: readonly { readonly Name: string; readonly Value: unknown }[];
  readonly Image: unknown;
}

const container = (deployment: Synthesized): ContainerDefinition => {
  const definitions = one(deployment, 'AWS::ECS::TaskDefinition')['ContainerDefinitions'] as ContainerDefinition[]; // true: so CloudFormation defines it
  expect(definitions).toHaveLength(1);
  return definitions[0] as ContainerDefinition; // counted above
};

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

const statements = (deployment: Synthesized, role: RegExp): readonly Statement[] =>
  all(deployment, 'AWS::IAM::Policy')
    .filter(([, properties]) => role.test(text(properties['Roles'])))
    .flatMap(([, properties]) => (properties['PolicyDocument'] as { Statement: Statement[] }).Statement); // true: policies have statements

const actionsOf = (of: readonly Statement[]): string[] => of.flatMap(({ Action }) => Action).toSorted();

describe('a container', () => {
  test('is made from the image of the function, which is built once', async () => {
    for (const deployment of both()) {
      const stage = deployment === table ? 'dev' : 'prod';
      const file = join(deployment.outdir, `kinoduct-${stage}-processing.assets.json`);
      const { dockerImages } = JSON.parse(await readFile(file, 'utf8')) as { dockerImages: object }; // true: CDK wrote it
      expect(Object.keys(dockerImages)).toHaveLength(1);
      const [hash = '-'] = Object.keys(dockerImages);
      expect(text(container(deployment).Image)).toContain(hash);
    }
  });

  test('writes nowhere but to its scratch space, has no capability, is nobody and is stopped gently', () => {
    for (const deployment of both())
      expect(container(deployment)).toMatchObject({
        Name: 'runner',
        EntryPoint: ['/var/lang/bin/node', '/var/task/task.mjs'],
        ReadonlyRootFilesystem: true,
        User: '993:990',
        LinuxParameters: { InitProcessEnabled: true, Capabilities: { Drop: ['ALL'] } },
        MountPoints: [{ ContainerPath: '/tmp', SourceVolume: 'scratch', ReadOnly: false }],
        StopTimeout: 120,
        LogConfiguration: { LogDriver: 'awslogs', Options: { mode: 'non-blocking' } },
      });
  });

  test('has a log that is not kept for ever', () => {
    const logs = all(table, 'AWS::Logs::LogGroup').filter(([id]) => id.startsWith('ContainerLog'));
    expect(logs).toMatchObject([[expect.any(String), { RetentionInDays: 30 }]]);
  });

  test('runs on what the image was made for', () => {
    const platform = (deployment: Synthesized) => one(deployment, 'AWS::ECS::TaskDefinition')['RuntimePlatform'];
    expect(platform(table)).toEqual({ CpuArchitecture: 'X86_64', OperatingSystemFamily: 'LINUX' });
    expect(platform(postgres)).toEqual({ CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' });
  });

  test('gets what the runner needs, none that it does not know, and no secret', () => {
    for (const deployment of both()) {
      const names = container(deployment).Environment.map(({ Name }) => Name);
      expect(names.toSorted()).toEqual(deployment.functions.runner.environment.toSorted());
      expect(Object.keys(RunnerConfig.shape)).toEqual(expect.arrayContaining(names));
      expect(names.join(' ')).not.toMatch(/SECRET|TOKEN|PASSWORD|KEY/);
    }
  });

  test('may do what the function may, and nothing else', () => {
    for (const deployment of both()) {
      const ofFunction = statements(deployment, /"RunnerRole/).filter(
        ({ Action }) => !/^\["?(?:logs|xray|ec2):|^"?(?:logs|xray|ec2):/.test(text(Action)),
      );
      const ofContainer = statements(deployment, /"ContainerRole/);
      expect(actionsOf(ofContainer)).toEqual(actionsOf(ofFunction));
      expect(ofContainer.map(({ Resource }) => text(Resource)).toSorted()).toEqual(
        ofFunction.map(({ Resource }) => text(Resource)).toSorted(),
      );
    }
  });

  test('is started by a role that reads its image, writes its log and can do nothing else', () => {
    expect(actionsOf(statements(table, /"ContainerStartRole/))).toEqual([
      'ecr:BatchCheckLayerAvailability',
      'ecr:BatchGetImage',
      'ecr:GetAuthorizationToken',
      'ecr:GetDownloadUrlForLayer',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ]);
    const wide = statements(table, /"Container(?:Start)?Role/).filter(({ Resource }) => Resource === '*');
    expect(actionsOf(wide)).toEqual(['ecr:GetAuthorizationToken']);
  });

  test('has roles that ECS alone may take, for this account', () => {
    const roles = all(table, 'AWS::IAM::Role').filter(([id]) => /^Container(?:Start)?Role/.test(id));
    expect(roles).toHaveLength(2);
    for (const [, properties] of roles)
      expect(properties['AssumeRolePolicyDocument']).toMatchObject({
        Statement: [
          {
            Principal: { Service: 'ecs-tasks.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          },
        ],
      });
  });
});

describe('the cluster', () => {
  test('is watched, and has both kinds of capacity', () => {
    for (const deployment of both()) {
      expect(one(deployment, 'AWS::ECS::Cluster')).toMatchObject({
        ClusterSettings: [{ Name: 'containerInsights', Value: 'enabled' }],
      });
      expect(one(deployment, 'AWS::ECS::ClusterCapacityProviderAssociations')['CapacityProviders']).toEqual([
        'FARGATE',
        'FARGATE_SPOT',
      ]);
    }
  });
});

describe('the state machine', () => {
  const arns = { WorkflowFunction: 'arn:w', RunnerFunction: 'arn:r', TransferFunction: 'arn:t' };
  const places = { RunnerCluster: 'c', RunnerContainer: 'f', RunnerSubnet1: 's1', RunnerSubnet2: 's2' };
  const variables = { ...arns, ...places, RunnerSecurityGroup: 'g', RunnerPublicIp: 'ENABLED' };
  const machine = (deployment: Synthesized) => one(deployment, 'AWS::StepFunctions::StateMachine');

  test('is told where containers run, and waits for spare capacity only where a deployment wants it', () => {
    for (const deployment of both()) {
      const { DefinitionSubstitutions = {} } = machine(deployment);
      expect(Object.keys(DefinitionSubstitutions as object).toSorted()).toEqual(Object.keys(variables).toSorted()); // true: so CloudFormation defines it
      expect(deployment.definition(variables)).toContain('"RunOnDemand"');
    }
    expect(table.definition(variables)).toContain('FARGATE_SPOT');
    expect(postgres.definition(variables)).not.toContain('FARGATE_SPOT');
  });

  test('may run the one family in the one cluster, stop what runs there, and give it its two roles', () => {
    const mine = statements(table, /"ProcessJobRole/);
    const having = (action: string): Statement => {
      const found = mine.filter(({ Action }) => text(Action).includes(action));
      expect(found, action).toHaveLength(1);
      return found[0] as Statement; // counted above
    };
    expect(text(having('ecs:RunTask').Resource)).toMatch(/:task-definition\/kinoduct-dev-runner:\*"/);
    expect(text(having('ecs:RunTask').Condition)).toMatch(/ArnEquals.*ecs:cluster.*:cluster\/kinoduct-dev-runner"/);
    expect(text(having('ecs:StopTask').Resource)).toMatch(/:task\/kinoduct-dev-runner\/\*"/);
    expect(having('iam:PassRole').Condition).toEqual({
      StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
    });
    expect(
      text(having('iam:PassRole').Resource)
        .match(/Container(?:Start)?Role/g)
        ?.toSorted(),
    ).toEqual(['ContainerRole', 'ContainerStartRole']);
    expect(text(having('events:PutRule').Resource)).toMatch(/:rule\/StepFunctionsGetEventsForECSTaskRule"/);
  });
});

describe('the planner', () => {
  test('knows what there is', () => {
    const { literals } = postgres.functions.workflow;
    const { capacity } = billingOf(
      WorkflowConfig.parse({ ...literals, BUILD: 'x', MEDIA_BUCKET: 'b', STATE_MACHINE_ARN: 'arn:' }),
    );
    expect(capacity).toMatchObject({
      fargate: { vcpus: 8, concurrentVcpus: 64, spot: false, architecture: 'arm64' },
    });
    expect(table.functions.api.literals).toMatchObject({ FARGATE_VCPUS: '4', FARGATE_SPOT: 'true' });
  });
});

describe('the network', () => {
  interface Rule {
    readonly CidrIp?: string;
    readonly FromPort: number;
    readonly ToPort: number;
  }
  const groups = (deployment: Synthesized, part: Part): [string, Record<string, unknown>][] =>
    all(deployment, 'AWS::EC2::SecurityGroup', part);
  const substitutions = (deployment: Synthesized): Record<string, unknown> =>
    one(deployment, 'AWS::StepFunctions::StateMachine')['DefinitionSubstitutions'] as Record<string, unknown>; // true: it has some

  test('of a deployment without another is public, costs nothing by the hour, and lets nothing in', () => {
    expect(all(table, 'AWS::EC2::NatGateway')).toEqual([]);
    const endpoints = all(table, 'AWS::EC2::VPCEndpoint').map(([, properties]) => properties);
    expect(endpoints.map((endpoint) => endpoint['VpcEndpointType'])).toEqual(['Gateway', 'Gateway']);
    const [[, group] = ['', {}], ...more] = groups(table, 'processing');
    expect(more).toEqual([]);
    expect(group).not.toHaveProperty('SecurityGroupIngress');
    expect(all(table, 'AWS::EC2::SecurityGroupIngress')).toEqual([]);
    const out = (group as { SecurityGroupEgress: Rule[] }).SecurityGroupEgress; // true: it may speak to S3
    expect(out.map(({ CidrIp, FromPort, ToPort }) => [CidrIp, FromPort, ToPort])).toEqual([['0.0.0.0/0', 443, 443]]);
    expect(substitutions(table)['RunnerPublicIp']).toBe('ENABLED');
    expect(one(table, 'AWS::EC2::FlowLog')).toMatchObject({ TrafficType: 'REJECT' });
  });

  test('leads through its gateway to our bucket and to the layers of images', () => {
    const policies = (deployment: Synthesized, part: Part) =>
      all(deployment, 'AWS::EC2::VPCEndpoint', part)
        .filter(([, properties]) => properties['PolicyDocument'])
        .map(([, properties]) => (properties['PolicyDocument'] as { Statement: Statement[] }).Statement); // true: asked for above
    for (const [ours, layers, ...more] of [...policies(table, 'processing'), ...policies(postgres, 'data')]) {
      expect(more).toEqual([]);
      expect(text(ours?.Resource)).toMatch(/storage:ExportsOutput\w+Media/);
      expect(layers).toMatchObject({ Effect: 'Allow', Action: 's3:GetObject' });
      expect(text(layers?.Resource)).toMatch(/:s3:::prod-.*-starport-layer-bucket\/\*/);
    }
    expect(policies(table, 'processing')).toHaveLength(1);
    expect(policies(postgres, 'data')).toHaveLength(1);
  });

  test('of PostgreSQL takes the container where the function is, and lets it reach the database, its image and its log', () => {
    expect(all(postgres, 'AWS::EC2::VPC')).toEqual([]);
    const given = substitutions(postgres);
    expect(given['RunnerPublicIp']).toBe('DISABLED');
    expect(text([given['RunnerSubnet1'], given['RunnerSubnet2']]).match(/NetworkIsolatedSubnet[12]/g)).toHaveLength(2);
    expect(text(given['RunnerSecurityGroup'])).toContain('NetworkContainers');
    const rules = all(postgres, 'AWS::EC2::SecurityGroupIngress', 'data').map(([, properties]) => properties);
    const from = (rule: Record<string, unknown>): boolean =>
      text(rule['SourceSecurityGroupId']).includes('NetworkContainers');
    expect(
      rules
        .filter(from)
        .map((rule) => /Network(\w+?)[0-9A-F]{8}/.exec(text(rule['GroupId']))?.[1] ?? '')
        .toSorted(),
    ).toEqual(['Database', 'ImageEndpoints']);
    const services = all(postgres, 'AWS::EC2::VPCEndpoint', 'data')
      .filter(([, properties]) => text(properties['SecurityGroupIds'] ?? '').includes('ImageEndpoints'))
      .map(([, properties]) => /\.([\w.-]+)"\]\]/.exec(text(properties['ServiceName']))?.[1] ?? '');
    expect(services.toSorted()).toEqual(['ecr.api', 'ecr.dkr', 'logs']);
  });

  test('has a database that lets the container in as it does the function', () => {
    expect(text(statements(postgres, /"ContainerRole/))).toContain('rds-db:connect');
    const url = container(postgres).Environment.find(({ Name }) => Name === 'DATABASE_URL');
    expect(text(url?.Value)).toMatch(/postgres:\/\/kinoduct@/);
  });
});
