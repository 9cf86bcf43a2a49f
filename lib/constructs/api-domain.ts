import type { Stack } from 'aws-cdk-lib';
import { ApiMapping, DomainName, type HttpApi, type HttpStage, SecurityPolicy } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { ApiGatewayv2DomainProperties } from 'aws-cdk-lib/aws-route53-targets';
import type { DeployConfig } from '../config.ts';
import { leadDomain } from './dns.ts';

/** Lets the API answer at `domainName` as well, where it has no front that does. */
export const apiDomain = (
  stack: Stack,
  config: DeployConfig,
  { api, stage }: { readonly api: HttpApi; readonly stage: HttpStage },
): void => {
  const { domainName, certificateArn, webFront } = config;
  if (domainName === undefined || certificateArn === undefined || webFront) return;
  const domain = new DomainName(stack, 'Domain', {
    domainName,
    certificate: Certificate.fromCertificateArn(stack, 'Certificate', certificateArn),
    securityPolicy: SecurityPolicy.TLS_1_2,
  });
  new ApiMapping(stack, 'DomainMapping', { api, domainName: domain, stage });
  const { regionalDomainName, regionalHostedZoneId } = domain;
  leadDomain(stack, config, {
    alias: new ApiGatewayv2DomainProperties(regionalDomainName, regionalHostedZoneId),
    address: regionalDomainName,
  });
};
