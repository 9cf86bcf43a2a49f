import * as z from 'zod';
import { GivenRefreshToken, IssuedTokens, issueTokens, TokenRequest } from '#core/usecases/issue-tokens.ts';
import { defineRoute } from '../route.ts';

export const createToken = defineRoute({
  method: 'POST',
  path: '/v1/auth/token',
  operationId: 'createToken',
  summary: 'Tokens for an e-mail address and its password, or for a refresh token',
  auth: false,
  // Not recorded: the record would hold the tokens.
  repeat: 'natural',
  request: { body: TokenRequest },
  responses: { 200: { description: 'Tokens.', schema: IssuedTokens } },
  handler: async ({ body }, deps) => ({ status: 200, json: await issueTokens(deps, body) }),
});

export const revokeToken = defineRoute({
  method: 'POST',
  path: '/v1/auth/revoke',
  operationId: 'revokeToken',
  summary: 'Sign out: end the session of a refresh token',
  auth: false,
  repeat: 'natural',
  request: { body: z.strictObject({ refreshToken: GivenRefreshToken }) },
  responses: { 204: { description: 'No tokens come of it any more. Access tokens end by themselves within an hour.' } },
  handler: async ({ body }, { identity }) => {
    await identity.revoke(body.refreshToken);
    return { status: 204 };
  },
});
