/** The network of containers where there is no other: docs/decisions/0024-containers-beside-functions.md says why it is public. */
import type { Stack } from 'aws-cdk-lib';
import {
  GatewayVpcEndpointAwsService,
  IpAddresses,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { DeployConfig } from '../config.ts';
import { imageLayers, onlyOurBuckets, type Placement, rejectedTraffic } from './network.ts';

/** Nothing comes in. What goes out to S3 and DynamoDB goes through gateways, which cost nothing. */
export const containerNetwork = (stack: Stack, config: DeployConfig, media: IBucket): Placement => {
  const vpc = new Vpc(stack, 'Network', {
    ipAddresses: IpAddresses.cidr(config.vpcCidr),
    maxAzs: 2,
    natGateways: 0,
    restrictDefaultSecurityGroup: false, // nothing is in it
    subnetConfiguration: [{ name: 'Public', subnetType: SubnetType.PUBLIC, cidrMask: 19, mapPublicIpOnLaunch: false }],
    flowLogs: rejectedTraffic(stack, config),
  });
  const storage = vpc.addGatewayEndpoint('Storage', { service: GatewayVpcEndpointAwsService.S3 });
  storage.addToPolicy(onlyOurBuckets([media]));
  storage.addToPolicy(imageLayers(stack));
  vpc.addGatewayEndpoint('Jobs', { service: GatewayVpcEndpointAwsService.DYNAMODB });
  const group = new SecurityGroup(stack, 'Containers', {
    vpc,
    description: 'Containers, which nobody can connect to',
    allowAllOutbound: false,
  });
  group.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'S3, DynamoDB, the image and the log');
  return { vpc, vpcSubnets: { subnetType: SubnetType.PUBLIC }, securityGroups: [group] };
};
