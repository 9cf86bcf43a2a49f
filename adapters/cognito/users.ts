/** Accounts in a user pool whose sign-in name is the e-mail address: the user name is then the id, which is `sub`. */
import {
  AdminCreateUserCommand,
  AdminGetUserCommand,
  AdminSetUserPasswordCommand,
  type AttributeType,
  ListUsersCommand,
  type UserType,
} from '@aws-sdk/client-cognito-identity-provider';
import { Failure } from '#core/failures.ts';
import { User } from '#core/job/user.ts';
import type { Identity } from '#core/ports/identity.ts';
import { translated } from './errors.ts';
import type { UserPool } from './user-pool.ts';

type Shown = Pick<UserType, 'Enabled' | 'UserStatus' | 'UserCreateDate'>;

const statusOf = ({ Enabled, UserStatus }: Shown): User['status'] => {
  if (Enabled === false) return 'disabled';
  return UserStatus === 'FORCE_CHANGE_PASSWORD' ? 'invited' : 'active';
};

const userOf = (attributes: readonly AttributeType[] = [], shown: Shown): User => {
  const named = Object.fromEntries(attributes.map(({ Name, Value }) => [Name, Value]));
  return User.parse({
    id: named['sub'],
    name: named['name'] ?? null,
    email: named['email'] ?? '',
    status: statusOf(shown),
    createdAt: shown.UserCreateDate?.toISOString(),
  });
};

const hasName = (error: unknown, name: string): boolean => error instanceof Error && error.name === name;

const get = async ({ client, userPoolId }: UserPool, id: string): Promise<User | undefined> => {
  try {
    const { UserAttributes, ...shown } = await client.send(
      new AdminGetUserCommand({ UserPoolId: userPoolId, Username: id }),
    );
    const user = userOf(UserAttributes, shown);
    // An address is a name as well, and would find its user.
    return user.id === id ? user : undefined;
  } catch (error) {
    if (hasName(error, 'UserNotFoundException')) return undefined;
    // Names that no user can have.
    if (hasName(error, 'InvalidParameterException')) return undefined;
    return translated(Promise.reject(error));
  }
};

/**
 * With a password nobody is written to. It is given as the temporary one first, because only the making of a user can
 * refuse it before there is one; the second step makes it the user's own.
 */
const create = async (
  { client, userPoolId }: UserPool,
  { name, email, password }: Parameters<Identity['create']>[0],
): Promise<User> => {
  const { User: made } = await translated(
    client.send(
      new AdminCreateUserCommand({
        UserPoolId: userPoolId,
        Username: email,
        UserAttributes: [
          { Name: 'email', Value: email },
          { Name: 'email_verified', Value: 'true' },
          { Name: 'name', Value: name },
        ],
        ...(password === undefined
          ? { DesiredDeliveryMediums: ['EMAIL'] }
          : { MessageAction: 'SUPPRESS', TemporaryPassword: password }),
      }),
    ),
  );
  const user = userOf(made?.Attributes, made ?? {});
  if (password === undefined) return user;
  await translated(
    client.send(
      new AdminSetUserPasswordCommand({
        UserPoolId: userPoolId,
        Username: user.id,
        Password: password,
        Permanent: true,
      }),
    ),
  );
  return { ...user, status: 'active' };
};

/** Cognito gives at most 60 at a time, in an order of its own. */
const atOnce = 60;
const dress = 'after_';

const notOurs = (cause?: unknown): Failure =>
  new Failure(
    'spec.invalid',
    {
      detail: 'The cursor is not one of ours, or it is older than an hour.',
      errors: [{ pointer: '?cursor', code: 'invalid_cursor', message: 'must be the `next` of an earlier page' }],
    },
    { cause },
  );

const tokenOf = (cursor: string | undefined): string | undefined => {
  if (cursor === undefined) return undefined;
  if (!cursor.startsWith(dress)) throw notOurs();
  return cursor.slice(dress.length);
};

const list = async (
  { client, userPoolId }: UserPool,
  { limit, cursor }: Parameters<Identity['list']>[0],
): ReturnType<Identity['list']> => {
  const items: User[] = [];
  let next = tokenOf(cursor);
  do {
    const asked = new ListUsersCommand({
      UserPoolId: userPoolId,
      Limit: Math.min(atOnce, limit - items.length),
      ...(next === undefined ? {} : { PaginationToken: next }),
    });
    const { Users = [], PaginationToken } = await client.send(asked).catch((error: unknown) => {
      if (cursor !== undefined && hasName(error, 'InvalidParameterException')) throw notOurs(error);
      return translated(Promise.reject(error));
    });
    items.push(...Users.map((user) => userOf(user.Attributes, user)));
    next = PaginationToken;
  } while (next !== undefined && items.length < limit);
  return { items, next: next === undefined ? null : dress + next };
};

export const cognitoUsers = (pool: UserPool): Pick<Identity, 'create' | 'get' | 'list'> => ({
  create: (user) => create(pool, user),
  get: (id) => get(pool, id),
  list: (query) => list(pool, query),
});
