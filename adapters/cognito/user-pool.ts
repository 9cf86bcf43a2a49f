import type { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';

export interface UserPool {
  readonly client: Pick<CognitoIdentityProviderClient, 'send'>;
  readonly userPoolId: string;
  /** An app client without a secret, which rotates refresh tokens and takes passwords (USER_PASSWORD_AUTH). */
  readonly clientId: string;
}
