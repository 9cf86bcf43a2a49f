import { CfnOutput, Duration, type Stack } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  CfnManagedLoginBranding,
  ClientAttributes,
  OAuthScope,
  UserPoolClient,
  UserPoolClientIdentityProvider,
} from 'aws-cdk-lib/aws-cognito';
import type { DeployConfig } from '../config.ts';
import { ownOrigin, pagesToSignIn } from '../pages.ts';
import type { Accounts } from '../stacks/identity-stack.ts';

export const signInScopes = [
  OAuthScope.OPENID,
  OAuthScope.EMAIL,
  OAuthScope.PROFILE,
  OAuthScope.COGNITO_ADMIN,
] as const;

/**
 * What people and programs sign in with. It has no secret, because a web page could not keep one, and takes passwords only
 * for tokens that end within an hour. After managed login people come back to a page of ours, or to the API's own first page,
 * which every deployment has.
 */
export const appClient = (
  stack: Stack,
  config: DeployConfig,
  { accounts: { userPool, domain }, api }: { readonly accounts: Accounts; readonly api: HttpApi },
): UserPoolClient => {
  const home = `${ownOrigin(config) ?? api.apiEndpoint}/`;
  const pages = [...new Set([...pagesToSignIn(config).map((origin) => `${origin}/`), home])];
  const client = new UserPoolClient(stack, 'AppClient', {
    userPool,
    generateSecret: false,
    authFlows: { userPassword: true },
    preventUserExistenceErrors: true,
    enableTokenRevocation: true,
    accessTokenValidity: Duration.hours(1),
    idTokenValidity: Duration.hours(1),
    refreshTokenValidity: Duration.days(30),
    refreshTokenRotationGracePeriod: Duration.seconds(10),
    supportedIdentityProviders: [UserPoolClientIdentityProvider.COGNITO],
    oAuth: {
      flows: { authorizationCodeGrant: true },
      scopes: [...signInScopes],
      callbackUrls: pages,
      logoutUrls: pages,
    },
    writeAttributes: new ClientAttributes().withStandardAttributes({ email: true, fullname: true }),
  });
  new CfnManagedLoginBranding(stack, 'SignInBranding', {
    userPoolId: userPool.userPoolId,
    clientId: client.userPoolClientId,
    useCognitoProvidedValues: true,
  });
  new CfnOutput(stack, 'UserPoolClientId', {
    value: client.userPoolClientId,
    description: 'What applications sign in with',
  });
  new CfnOutput(stack, 'SignInUrl', {
    value: domain.signInUrl(client, { redirectUri: home }),
    description: 'Where people choose a password, sign in and reset it',
  });
  return client;
};
