import { CfnOutput, type Stack } from 'aws-cdk-lib';
import { AaaaRecord, ARecord, HostedZone, type IAliasRecordTarget, RecordTarget } from 'aws-cdk-lib/aws-route53';
import type { DeployConfig } from '../config.ts';

type Named = Pick<DeployConfig, 'domainName' | 'hostedZoneId'>;

/** Leads `domainName` to what answers for it: with records in the hosted zone where there is one, else by telling where to. */
export const leadDomain = (
  stack: Stack,
  { domainName, hostedZoneId }: Named,
  { alias, address }: { readonly alias: IAliasRecordTarget; readonly address: string },
): void => {
  if (domainName === undefined) return;
  new CfnOutput(stack, 'DomainTarget', { value: address, description: `Where the records of ${domainName} lead` });
  if (hostedZoneId === undefined) return;
  const record = {
    zone: HostedZone.fromHostedZoneId(stack, 'Zone', hostedZoneId),
    recordName: `${domainName}.`, // whole, so that the zone's own name need not be known
    target: RecordTarget.fromAlias(alias),
  };
  new ARecord(stack, 'Ipv4', record);
  new AaaaRecord(stack, 'Ipv6', record);
};
