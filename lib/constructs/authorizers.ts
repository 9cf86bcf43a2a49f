import type { IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import type { DeployConfig } from '../config.ts';

/** Who checks a request before the API runs, for each `auth` that a deployment may choose. */
const authorizers: Readonly<Record<DeployConfig['auth'], () => IHttpRouteAuthorizer>> = {
  iam: () => new HttpIamAuthorizer(),
};

export const authorizerFor = ({ auth }: DeployConfig): IHttpRouteAuthorizer => authorizers[auth]();
