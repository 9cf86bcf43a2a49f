/** Access tokens as Cognito makes them, signed with a key of this machine. */
import { randomUUID } from 'node:crypto';
import { type CryptoKey, errors, exportJWK, generateKeyPair, importJWK, jwtVerify, SignJWT, type JWK } from 'jose';
import * as z from 'zod';
import { Owner } from '#core/job/ids.ts';
import type { Clock } from '#core/ports/clock.ts';

const issuer = 'urn:kinoduct:local';
const algorithm = 'ES256';

/** https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html */
const Claims = z.object({
  iss: z.literal(issuer),
  sub: Owner,
  token_use: z.literal('access'),
  /** Who the token was made for: somebody who signed in, or a program of this machine. */
  client_id: z.enum(['sign-in', 'machine']),
  'cognito:groups': z.array(z.string()).optional(),
  exp: z.int(),
  iat: z.int(),
  jti: z.string(),
});
export type Claims = z.output<typeof Claims>;

export interface AccessTokens {
  sign(claims: Pick<Claims, 'sub' | 'client_id' | 'cognito:groups'>, seconds: number): Promise<string>;
  /** What a token says; undefined of one that is not ours, was changed or has expired. */
  verify(token: string): Promise<Claims | undefined>;
}

/** A new key, as text to keep. */
export const newKey = async (): Promise<string> => {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return JSON.stringify(await exportJWK(privateKey));
};

const pairOf = async (text: string): Promise<{ privateKey: CryptoKey; publicKey: CryptoKey }> => {
  const jwk = JSON.parse(text) as JWK; // true: `newKey` made it
  const { d: _private, ...shared } = jwk;
  const [privateKey, publicKey] = await Promise.all([importJWK(jwk, algorithm), importJWK(shared, algorithm)]);
  // true: keys of elliptic curves are never bytes
  return { privateKey: privateKey as CryptoKey, publicKey: publicKey as CryptoKey };
};

/** `key` reads what `newKey` made; it is asked once. */
export const accessTokens = ({
  key,
  clock,
}: {
  readonly key: () => Promise<string>;
  readonly clock: Pick<Clock, 'now'>;
}): AccessTokens => {
  let pair: ReturnType<typeof pairOf> | undefined;
  const keys = () => (pair ??= key().then(pairOf));
  return {
    sign: async (claims, seconds) => {
      const now = Math.floor(clock.now() / 1000);
      return new SignJWT({ ...claims, token_use: 'access' })
        .setProtectedHeader({ alg: algorithm })
        .setIssuer(issuer)
        .setIssuedAt(now)
        .setExpirationTime(now + seconds)
        .setJti(randomUUID())
        .sign((await keys()).privateKey);
    },
    verify: async (token) => {
      const currentDate = new Date(clock.now());
      try {
        const options = { issuer, algorithms: [algorithm], currentDate };
        const { payload } = await jwtVerify(token, (await keys()).publicKey, options);
        return Claims.safeParse(payload).data;
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
      }
    },
  };
};
