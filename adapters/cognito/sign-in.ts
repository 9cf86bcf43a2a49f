/**
 * Tokens from a user pool. These operations are public: what they ask for is the proof, and the function's role has no
 * part in them. Cognito slows guessing down by itself, and an app client that prevents errors of existence answers for a
 * user who is not there as for a wrong password.
 */
import {
  type AuthenticationResultType,
  ChangePasswordCommand,
  GetTokensFromRefreshTokenCommand,
  GlobalSignOutCommand,
  InitiateAuthCommand,
  RevokeTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { Failure, hasCode } from '#core/failures.ts';
import type { Identity, Tokens } from '#core/ports/identity.ts';
import { translated } from './errors.ts';
import type { UserPool } from './user-pool.ts';

const tokensOf = ({ AccessToken, RefreshToken, ExpiresIn }: AuthenticationResultType = {}): Tokens => {
  if (!AccessToken || !RefreshToken || !ExpiresIn) throw new Failure('platform.internal');
  return { accessToken: AccessToken, refreshToken: RefreshToken, expiresInSeconds: ExpiresIn };
};

/** `name` is the e-mail address or the id. */
const signIn = async ({ client, clientId }: UserPool, name: string, password: string): Promise<Tokens> => {
  const { ChallengeName, AuthenticationResult } = await translated(
    client.send(
      new InitiateAuthCommand({
        ClientId: clientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: name, PASSWORD: password },
      }),
    ),
  );
  if (ChallengeName === 'NEW_PASSWORD_REQUIRED')
    throw new Failure('auth.challenge', { detail: 'A password of your own has to be chosen first.' });
  if (ChallengeName !== undefined) throw new Failure('auth.challenge', { detail: 'A second factor is asked for.' });
  return tokensOf(AuthenticationResult);
};

const refresh = async ({ client, clientId }: UserPool, refreshToken: string): Promise<Tokens> => {
  const asked = new GetTokensFromRefreshTokenCommand({ ClientId: clientId, RefreshToken: refreshToken });
  const { AuthenticationResult } = await translated(client.send(asked));
  return tokensOf(AuthenticationResult);
};

/** A token that is none, or is of another client, is refused by Cognito; then there is nothing to end. */
const revoke = async ({ client, clientId }: UserPool, refreshToken: string): Promise<void> => {
  try {
    await client.send(new RevokeTokenCommand({ ClientId: clientId, Token: refreshToken }));
  } catch (error) {
    const isNone = error instanceof Error && /^(UnsupportedTokenType|Unauthorized|InvalidParameter)/.test(error.name);
    if (!isNone) await translated(Promise.reject(error));
  }
};

/** The present password gives a token that may change it. What it opened is closed with all the others. */
const changePassword = async (
  pool: UserPool,
  { id, password, newPassword }: Parameters<Identity['changePassword']>[0],
): Promise<void> => {
  const { accessToken: AccessToken } = await signIn(pool, id, password);
  await translated(
    pool.client.send(
      new ChangePasswordCommand({ AccessToken, PreviousPassword: password, ProposedPassword: newPassword }),
    ),
    '/newPassword',
  );
  try {
    await translated(pool.client.send(new GlobalSignOutCommand({ AccessToken })));
  } catch (error) {
    // Somebody else signed the user out of everything in between.
    if (!hasCode(error, 'auth.failed')) throw error;
  }
};

export const cognitoSignIn = (pool: UserPool): Omit<Identity, 'create' | 'get' | 'list'> => ({
  signIn: ({ email, password }) => signIn(pool, email, password),
  refresh: (refreshToken) => refresh(pool, refreshToken),
  revoke: (refreshToken) => revoke(pool, refreshToken),
  changePassword: (change) => changePassword(pool, change),
});
