import * as z from 'zod';
import { Email, GivenPassword } from '../job/user.ts';
import { type Clock, instant } from '../ports/clock.ts';
import type { Identity } from '../ports/identity.ts';

/** Of either system: Cognito's have about two thousand characters. */
export const GivenRefreshToken = z.string().min(1).max(8192);

export const TokenRequest = z.union([
  z.strictObject({ email: Email, password: GivenPassword }),
  z.strictObject({ refreshToken: GivenRefreshToken.describe('Of an earlier answer. It is replaced by a new one.') }),
]);
export type TokenRequest = z.output<typeof TokenRequest>;

export const IssuedTokens = z
  .strictObject({
    accessToken: z.string().describe('Send it as `Authorization: Bearer …`.'),
    tokenType: z.literal('Bearer'),
    expiresAt: z.iso.datetime().describe('Until when the access token is valid.'),
    refreshToken: z.string().describe('For the next tokens. Keep it like a password.'),
  })
  .meta({ id: 'Tokens' });
export type IssuedTokens = z.output<typeof IssuedTokens>;

/** Fails as `signIn` and `refresh` of the port do. */
export const issueTokens = async (
  { identity, clock }: { identity: Pick<Identity, 'signIn' | 'refresh'>; clock: Clock },
  request: TokenRequest,
): Promise<IssuedTokens> => {
  const asked = clock.now();
  const { expiresInSeconds, ...tokens } = await ('refreshToken' in request
    ? identity.refresh(request.refreshToken)
    : identity.signIn(request));
  return { ...tokens, tokenType: 'Bearer', expiresAt: instant(asked + expiresInSeconds * 1000) };
};
