import type { IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpUserPoolAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import type { UserPool, UserPoolClient } from 'aws-cdk-lib/aws-cognito';

/** The user pool of a deployment whose users have accounts, and what they sign in with. */
export interface SignIn {
  readonly userPool: UserPool;
  readonly client: UserPoolClient;
}

/** Who checks a request before the API runs: the tokens of a user pool where there is one, else IAM its signature. */
export const authorizerFor = (signIn: SignIn | undefined): IHttpRouteAuthorizer =>
  signIn
    ? new HttpUserPoolAuthorizer('Users', signIn.userPool, { userPoolClients: [signIn.client] })
    : new HttpIamAuthorizer();
