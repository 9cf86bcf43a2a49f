/** The network of deployments whose database is PostgreSQL: who can reach what. */
import { RemovalPolicy, type Stack } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  type FlowLogOptions,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  type IVpc,
  IpAddresses,
  Peer,
  Port,
  SecurityGroup,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { DeployConfig } from '../config.ts';

/** Not the usual one, which scanners try first. */
export const databasePort = 5433;

/**
 * What a function reaches beside the database and our buckets:
 * - `nothing`: it decodes strangers' files
 * - `services`: those of AWS that have an endpoint here
 * - `internet`: it brings things in and takes things out
 * - `image`: what a container is started from, and its log
 */
export type Reach = 'nothing' | 'services' | 'internet' | 'image';

export interface Placement {
  readonly vpc: IVpc;
  readonly vpcSubnets: SubnetSelection;
  readonly securityGroups: SecurityGroup[];
}

export interface Network {
  readonly vpc: Vpc;
  readonly isolated: SubnetSelection;
  /** Takes connections of our functions and of nobody else. */
  readonly databaseGroup: SecurityGroup;
  readonly place: (reach: Reach) => Placement;
}

const isolated: SubnetSelection = { subnetGroupName: 'Isolated' };
const egress: SubnetSelection = { subnetGroupName: 'Egress' };

/** What was not let through, in a log. */
export const rejectedTraffic = (stack: Stack, config: DeployConfig): Record<string, FlowLogOptions> => ({
  Rejected: {
    trafficType: FlowLogTrafficType.REJECT,
    destination: FlowLogDestination.toCloudWatchLogs(
      new LogGroup(stack, 'NetworkLog', { retention: config.logRetentionDays, removalPolicy: RemovalPolicy.DESTROY }),
    ),
  },
});

const vpcOf = (stack: Stack, config: DeployConfig): Vpc =>
  new Vpc(stack, 'Network', {
    ipAddresses: IpAddresses.cidr(config.vpcCidr),
    maxAzs: 2,
    natGateways: 1,
    restrictDefaultSecurityGroup: false, // nothing is in it
    subnetConfiguration: [
      { name: 'Public', subnetType: SubnetType.PUBLIC, cidrMask: 26, mapPublicIpOnLaunch: false },
      { name: 'Egress', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 20 },
      { name: 'Isolated', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 19 },
    ],
    flowLogs: rejectedTraffic(stack, config),
  });

/** Whoever takes over a decoder can carry nothing into a bucket of their own. */
export const onlyOurBuckets = (buckets: readonly IBucket[]): PolicyStatement =>
  new PolicyStatement({
    principals: [new AnyPrincipal()],
    actions: ['s3:*'],
    resources: buckets.flatMap((bucket) => [bucket.bucketArn, bucket.arnForObjects('*')]),
  });

/** Where ECR keeps images. https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-minimum-s3-perms */
export const imageLayers = (stack: Stack): PolicyStatement =>
  new PolicyStatement({
    principals: [new AnyPrincipal()],
    actions: ['s3:GetObject'],
    resources: [
      stack.formatArn({
        service: 's3',
        region: '',
        account: '',
        resource: `prod-${stack.region}-starport-layer-bucket`,
        resourceName: '*',
      }),
    ],
  });

/** Gateways cost nothing. Through that of `Egress` jobs read what lies in S3 elsewhere, by its address. */
const storage = (stack: Stack, vpc: Vpc, { fargate }: DeployConfig, buckets: readonly IBucket[]): void => {
  const media = vpc.addGatewayEndpoint('Media', { service: GatewayVpcEndpointAwsService.S3, subnets: [isolated] });
  media.addToPolicy(onlyOurBuckets(buckets));
  if (fargate) media.addToPolicy(imageLayers(stack));
  vpc.addGatewayEndpoint('Elsewhere', { service: GatewayVpcEndpointAwsService.S3, subnets: [egress] });
};

const servicesOf = ({ auth }: DeployConfig): Readonly<Record<string, InterfaceVpcEndpointAwsService>> => ({
  States: InterfaceVpcEndpointAwsService.STEP_FUNCTIONS,
  Lambda: InterfaceVpcEndpointAwsService.LAMBDA,
  Secrets: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  ...(auth === 'cognito' ? { Users: InterfaceVpcEndpointAwsService.COGNITO_IDP } : {}),
});

/** What starts containers speaks to these, in the network of the container. */
const servicesOfImages: Readonly<Record<string, InterfaceVpcEndpointAwsService>> = {
  Images: InterfaceVpcEndpointAwsService.ECR,
  ImageLayers: InterfaceVpcEndpointAwsService.ECR_DOCKER,
  Logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
};

const https = Port.tcp(443);
const database = Port.tcp(databasePort);

const groupOf = (vpc: Vpc, id: string, description: string): SecurityGroup =>
  new SecurityGroup(vpc, id, { vpc, description, allowAllOutbound: false });

/** Ports of the deployer's own servers, which have no public address. */
const privatePorts = ({ privateHosts }: DeployConfig): readonly Port[] =>
  [...new Set(privateHosts.map((host) => Number(/\d+$/.exec(host)?.[0])))]
    .filter((port) => port !== 80 && port !== 443)
    .map((port) => Port.tcp(port));

export const network = (stack: Stack, config: DeployConfig, buckets: readonly IBucket[]): Network => {
  const vpc = vpcOf(stack, config);
  const databaseGroup = groupOf(vpc, 'Database', 'The database');
  const endpoints = groupOf(vpc, 'Endpoints', 'Services of AWS');
  const groups = {
    nothing: groupOf(vpc, 'Nothing', 'Functions that reach the database and S3'),
    services: groupOf(vpc, 'Services', 'Functions that reach services of AWS as well'),
    internet: groupOf(vpc, 'Internet', 'Functions that reach the internet as well'),
    ...(config.fargate ? { image: groupOf(vpc, 'Containers', 'Containers, which reach their image as well') } : {}),
  };
  storage(stack, vpc, config, buckets);
  for (const [id, service] of Object.entries(servicesOf(config)))
    vpc.addInterfaceEndpoint(id, { service, subnets: isolated, securityGroups: [endpoints], open: false });

  for (const group of Object.values(groups)) {
    group.addEgressRule(databaseGroup, database, 'The database');
    databaseGroup.addIngressRule(group, database, 'Functions');
    // S3 has no address that could be named here; out of the isolated subnets its gateway is the only way.
    group.addEgressRule(Peer.anyIpv4(), https, 'S3, and what else the subnet has a way to');
  }
  for (const group of [groups.services, groups.internet]) endpoints.addIngressRule(group, https, 'Functions');
  if (groups.image) {
    const images = groupOf(vpc, 'ImageEndpoints', 'Images and logs of containers');
    images.addIngressRule(groups.image, https, 'Containers');
    for (const [id, service] of Object.entries(servicesOfImages))
      vpc.addInterfaceEndpoint(id, { service, subnets: isolated, securityGroups: [images], open: false });
  }
  for (const port of [Port.tcp(80), ...privatePorts(config)])
    groups.internet.addEgressRule(Peer.anyIpv4(), port, 'Imports, deliveries and webhooks');

  return {
    vpc,
    isolated,
    databaseGroup,
    place: (reach) => {
      const group = groups[reach];
      if (!group) throw new Error(`the network has no place for what reaches ${reach}`);
      return { vpc, vpcSubnets: reach === 'internet' ? egress : isolated, securityGroups: [group] };
    },
  };
};
