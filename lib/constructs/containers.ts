/** Containers on Fargate that carry out tasks of jobs, from the runner's image. */
import { Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import {
  AwsLogDriverMode,
  Capability,
  Cluster,
  type ContainerImage,
  ContainerInsights,
  CpuArchitecture,
  FargateTaskDefinition,
  LinuxParameters,
  LogDrivers,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { type DeployConfig, stackName } from '../config.ts';
import { accept } from './accept.ts';
import { type Grant, runContainers } from './grants.ts';
import type { Placement } from './network.ts';

export interface ContainerProps {
  readonly config: DeployConfig;
  readonly image: ContainerImage;
  readonly environment: Readonly<Record<string, string>>;
  /** What its code may do. */
  readonly allows: readonly Grant[];
  readonly place: Placement;
  /** Where `place` has no other way to the image and the log. */
  readonly hasPublicAddress: boolean;
}

export interface Containers {
  /** What the state machine's definition must be told to start one. */
  readonly substitutions: Readonly<Record<string, string>>;
  /** What the state machine must be allowed to. */
  readonly allows: readonly Grant[];
}

/** As the state machine names it when it overrides its command. */
const containerName = 'runner';

const rolesOf = (stack: Stack, allows: readonly Grant[]): { readonly task: Role; readonly execution: Role } => {
  const assumedBy = new ServicePrincipal('ecs-tasks.amazonaws.com', {
    conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
  });
  const task = new Role(stack, 'ContainerRole', { assumedBy, description: 'The code of containers' });
  for (const { statement, accepts } of allows) {
    task.addToPolicy(statement);
    accept(task, accepts ?? {});
  }
  const execution = new Role(stack, 'ContainerStartRole', { assumedBy, description: 'What starts containers' });
  accept(execution, {
    'AwsSolutions-IAM5[Resource::*]': 'Signing in to ECR knows no resource; the repository is named.',
  });
  return { task, execution };
};

const definitionOf = (
  stack: Stack,
  { config, image, environment, allows }: Pick<ContainerProps, 'config' | 'image' | 'environment' | 'allows'>,
) => {
  const { task, execution } = rolesOf(stack, allows);
  const definition = new FargateTaskDefinition(stack, 'Container', {
    family: stackName(config, 'runner'),
    // Of tasks that say nothing; the plan's size comes with each run.
    cpu: 1024,
    memoryLimitMiB: 2048,
    ephemeralStorageGiB: 21,
    taskRole: task,
    executionRole: execution,
    runtimePlatform: {
      cpuArchitecture: config.runnerArchitecture === 'arm64' ? CpuArchitecture.ARM64 : CpuArchitecture.X86_64,
      operatingSystemFamily: OperatingSystemFamily.LINUX,
    },
    // The one place that can be written to; the Dockerfile says by whom.
    volumes: [{ name: 'scratch' }],
  });
  const linuxParameters = new LinuxParameters(stack, 'ContainerLinux', { initProcessEnabled: true });
  linuxParameters.dropCapabilities(Capability.ALL);
  const container = definition.addContainer('Runner', {
    containerName,
    image,
    entryPoint: ['/var/lang/bin/node', '/var/task/task.mjs'],
    environment: { ...environment },
    user: '993:990',
    readonlyRootFilesystem: true,
    linuxParameters,
    stopTimeout: Duration.seconds(120),
    logging: LogDrivers.awsLogs({
      streamPrefix: 'task',
      mode: AwsLogDriverMode.NON_BLOCKING,
      logGroup: new LogGroup(stack, 'ContainerLog', {
        retention: config.logRetentionDays,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
    }),
  });
  container.addMountPoints({ sourceVolume: 'scratch', containerPath: '/tmp', readOnly: false });
  accept(definition, { 'AwsSolutions-ECS2': 'They are names of resources and limits; it is given no secret.' });
  return { definition, task, execution };
};

export const containers = (stack: Stack, props: ContainerProps): Containers => {
  const { config, place, hasPublicAddress } = props;
  const clusterName = stackName(config, 'runner');
  new Cluster(stack, 'Cluster', {
    clusterName,
    vpc: place.vpc,
    containerInsightsV2: ContainerInsights.ENABLED,
    enableFargateCapacityProviders: true,
  });
  const { definition, task, execution } = definitionOf(stack, props);
  const [first, second] = place.vpc.selectSubnets(place.vpcSubnets).subnetIds;
  const [group] = place.securityGroups;
  if (!first || !second || !group) throw new Error('containers are in two subnets');
  return {
    substitutions: {
      RunnerCluster: stack.formatArn({ service: 'ecs', resource: 'cluster', resourceName: clusterName }),
      // Its newest revision: an execution that began before a deploy goes on after it.
      RunnerContainer: definition.family,
      RunnerSubnet1: first,
      RunnerSubnet2: second,
      RunnerSecurityGroup: group.securityGroupId,
      RunnerPublicIp: hasPublicAddress ? 'ENABLED' : 'DISABLED',
    },
    allows: runContainers(stack, {
      clusterName,
      family: definition.family,
      roles: [task.roleArn, execution.roleArn],
    }),
  };
};
