/**
 * A user pool on loopback: the operations of Cognito's API that the adapter uses, as
 * https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/ describes them, with an app client that
 * rotates refresh tokens and prevents errors of existence. Its tokens are real, signed for this pool alone.
 */
import { randomUUID } from 'node:crypto';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { type CryptoKey, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { startLoopback } from './loopback.ts';

export const userPoolId = 'us-east-1_test';
export const clientId = 'test-client';
const issuer = `https://cognito-idp.us-east-1.amazonaws.com/${userPoolId}`;
const graceMs = 10_000;
const hour = 3600;

interface PoolUser {
  readonly sub: string;
  readonly email: string;
  readonly name: string;
  readonly createdAt: number;
  password: string | undefined;
  status: 'CONFIRMED' | 'FORCE_CHANGE_PASSWORD';
  enabled: boolean;
  groups: readonly string[];
}

interface Refresh {
  readonly sub: string;
  readonly session: string;
  replacedAt: number | undefined;
}

/** The fields of all operations together. */
interface Request {
  readonly UserPoolId?: string;
  readonly Username: string;
  readonly UserAttributes: readonly { readonly Name: string; readonly Value: string }[];
  readonly MessageAction?: string;
  readonly TemporaryPassword?: string;
  readonly Password: string;
  readonly Permanent?: boolean;
  readonly Limit?: number;
  readonly PaginationToken?: string;
  readonly AuthFlow: string;
  readonly AuthParameters: Readonly<Record<string, string>>;
  readonly RefreshToken: string;
  readonly Token: string;
  readonly AccessToken: string;
  readonly PreviousPassword: string;
  readonly ProposedPassword: string;
}

/** What the API answers with status 400. */
class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly type: string;
  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

const refuse = (type: string, message = 'as the service says it'): never => {
  throw new Refusal(type, message);
};
const wrong = (): never => refuse('NotAuthorizedException', 'Incorrect username or password.');

/** The operations that ask for no signature. */
const unsigned = new Set([
  'InitiateAuth',
  'GetTokensFromRefreshToken',
  'RevokeToken',
  'ChangePassword',
  'GlobalSignOut',
]);

const attributesOf = (user: PoolUser) =>
  Object.entries({ sub: user.sub, email: user.email, email_verified: 'true', name: user.name }).map(
    ([Name, Value]) => ({ Name, Value }),
  );

const shown = (user: PoolUser) => ({
  Username: user.sub,
  Enabled: user.enabled,
  UserStatus: user.status,
  UserCreateDate: user.createdAt / 1000,
});

const strong = /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[^\w\s])\S{12,}$/;

/** `now` is in milliseconds since the epoch. */
export const startCognito = async ({ now = Date.now }: { readonly now?: () => number } = {}) => {
  const { privateKey, publicKey }: { privateKey: CryptoKey; publicKey: CryptoKey } = await generateKeyPair('RS256');
  const users = new Map<string, PoolUser>();
  const refreshTokens = new Map<string, Refresh>();
  const ended = new Set<string>();
  const mails: string[] = [];

  const named = (name = ''): PoolUser | undefined =>
    users.get(name) ?? users.values().find(({ email }) => email === name);

  const userOf = (name: string | undefined): PoolUser => named(name) ?? refuse('UserNotFoundException');

  const accessToken = (sub: string, groups: readonly string[], session: string): Promise<string> =>
    new SignJWT({
      token_use: 'access',
      client_id: clientId,
      username: sub,
      scope: 'aws.cognito.signin.user.admin',
      origin_jti: session,
      ...(groups.length > 0 ? { 'cognito:groups': groups } : {}),
    })
      .setProtectedHeader({ alg: 'RS256' })
      .setSubject(sub)
      .setIssuer(issuer)
      .setIssuedAt(Math.floor(now() / 1000))
      .setExpirationTime(Math.floor(now() / 1000) + hour)
      .setJti(randomUUID())
      .sign(privateKey);

  const results = async ({ sub, groups }: PoolUser, session: string) => {
    const RefreshToken = `refresh-${randomUUID()}`;
    refreshTokens.set(RefreshToken, { sub, session, replacedAt: undefined });
    const AccessToken = await accessToken(sub, groups, session);
    return { AuthenticationResult: { AccessToken, RefreshToken, ExpiresIn: hour, TokenType: 'Bearer' } };
  };

  const claimsOf = async (token: string) => {
    try {
      const verified = await jwtVerify(token, publicKey, { issuer, currentDate: new Date(now()) });
      // As API Gateway compares it: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
      return verified.payload['client_id'] === clientId ? verified.payload : undefined;
    } catch {
      return undefined;
    }
  };

  /** Of an access token whose session has not been ended. */
  const bearer = async (token: string): Promise<PoolUser> => {
    const claims = await claimsOf(token);
    if (!claims || ended.has(String(claims['origin_jti'])))
      refuse('NotAuthorizedException', 'Access Token has been revoked');
    return userOf(claims?.sub);
  };

  const endAll = (sub: string): void => {
    for (const [token, row] of refreshTokens)
      if (row.sub === sub) {
        ended.add(row.session);
        refreshTokens.delete(token);
      }
  };

  const operations: Readonly<Record<string, (request: Request) => Promise<unknown>>> = {
    AdminCreateUser: async ({ Username, UserAttributes, MessageAction, TemporaryPassword }) => {
      const email = Username;
      if (named(email)) refuse('UsernameExistsException', 'User account already exists');
      if (TemporaryPassword !== undefined && !strong.test(TemporaryPassword))
        refuse('InvalidPasswordException', 'Password did not conform with policy');
      const user: PoolUser = {
        sub: randomUUID(),
        email,
        name: UserAttributes.find(({ Name }) => Name === 'name')?.Value ?? '',
        createdAt: now(),
        password: TemporaryPassword === undefined ? `Temporary-${randomUUID()}` : TemporaryPassword,
        status: 'FORCE_CHANGE_PASSWORD',
        enabled: true,
        groups: [],
      };
      users.set(user.sub, user);
      if (MessageAction !== 'SUPPRESS') mails.push(email);
      return { User: { ...shown(user), Attributes: attributesOf(user) } };
    },
    AdminSetUserPassword: async ({ Username, Password, Permanent }) => {
      const user = userOf(Username);
      user.password = Password;
      user.status = Permanent ? 'CONFIRMED' : 'FORCE_CHANGE_PASSWORD';
      return {};
    },
    AdminGetUser: async ({ Username }) => {
      const user = userOf(Username);
      return { ...shown(user), UserAttributes: attributesOf(user) };
    },
    ListUsers: async ({ Limit = 60, PaginationToken }) => {
      if (Limit > 60) refuse('InvalidParameterException', 'Member must have value less than or equal to 60');
      const from = PaginationToken === undefined ? 0 : Number(/^page-(\d+)$/.exec(PaginationToken)?.[1]);
      if (Number.isNaN(from)) refuse('InvalidParameterException', 'Invalid pagination token');
      const all = [...users.values()];
      const to = from + Limit;
      return {
        Users: all.slice(from, to).map((user) => ({ ...shown(user), Attributes: attributesOf(user) })),
        ...(to < all.length ? { PaginationToken: `page-${to}` } : {}),
      };
    },
    InitiateAuth: async ({ AuthFlow, AuthParameters }) => {
      if (AuthFlow !== 'USER_PASSWORD_AUTH') refuse('InvalidParameterException', `${AuthFlow} not enabled`);
      const { USERNAME, PASSWORD } = AuthParameters;
      const user = named(USERNAME);
      if (!user?.enabled || user.password !== PASSWORD) return wrong();
      return user.status === 'FORCE_CHANGE_PASSWORD'
        ? { ChallengeName: 'NEW_PASSWORD_REQUIRED', Session: 'session' }
        : results(user, randomUUID());
    },
    GetTokensFromRefreshToken: async ({ RefreshToken }) => {
      const row = refreshTokens.get(RefreshToken);
      if (!row) return refuse('NotAuthorizedException', 'Invalid Refresh Token');
      if (row.replacedAt !== undefined && now() - row.replacedAt > graceMs)
        refuse('RefreshTokenReuseException', 'Refresh token has been invalidated');
      row.replacedAt ??= now();
      return results(userOf(row.sub), row.session);
    },
    RevokeToken: async ({ Token }) => {
      if (!Token.startsWith('refresh-')) refuse('UnsupportedTokenTypeException');
      const session = refreshTokens.get(Token)?.session;
      if (session === undefined) return {};
      ended.add(session);
      for (const [token, row] of refreshTokens) if (row.session === session) refreshTokens.delete(token);
      return {};
    },
    ChangePassword: async ({ AccessToken, PreviousPassword, ProposedPassword }) => {
      const user = await bearer(AccessToken);
      if (user.password !== PreviousPassword) return wrong();
      if (!strong.test(ProposedPassword)) refuse('InvalidPasswordException');
      user.password = ProposedPassword;
      return {};
    },
    GlobalSignOut: async ({ AccessToken }) => {
      endAll((await bearer(AccessToken)).sub);
      return {};
    },
  };

  const service = await startLoopback(async ({ headers, body }) => {
    const operation = headers['x-amz-target']?.replace('AWSCognitoIdentityProviderService.', '') ?? '';
    const request = JSON.parse(body.toString()) as Request; // true: the SDK sends JSON
    try {
      const isSigned = headers['authorization'] !== undefined;
      if (isSigned === unsigned.has(operation)) refuse('AccessDeniedException', `${operation}: signed ${isSigned}`);
      const pool = request.UserPoolId;
      if (pool !== undefined && pool !== userPoolId) refuse('ResourceNotFoundException');
      return { status: 200, body: await operations[operation]?.(request) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { status: 400, body: { __type: error.type, message: error.message } };
    }
  });

  return {
    url: service.url,
    service,
    /** A client of the SDK that speaks to it. */
    client: () =>
      new CognitoIdentityProviderClient({
        endpoint: service.url,
        region: 'us-east-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
        maxAttempts: 1,
      }),
    /** What the JWT authorizer of API Gateway lets through; undefined of what it does not. */
    claimsOf,
    /** An access token for a subject that has no account, as a test needs it. */
    token: (sub: string, groups: readonly string[] = []): Promise<string> => accessToken(sub, groups, randomUUID()),
    /** What administrators do by hand. */
    change: (id: string, changes: Partial<Pick<PoolUser, 'enabled' | 'status' | 'groups'>>): void =>
      void Object.assign(userOf(id), changes),
    /** Who was invited. */
    mails,
    close: service.close,
  };
};
