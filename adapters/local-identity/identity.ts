/** Accounts of one machine: scrypt for passwords, signed tokens to be known by, refresh tokens of which hashes are kept. */
import { createHash, randomBytes } from 'node:crypto';
import { Failure } from '#core/failures.ts';
import type { User } from '#core/job/user.ts';
import type { Account, AccountStore, RefreshToken } from '#core/ports/account-store.ts';
import { type Clock, type Ids, instant } from '#core/ports/clock.ts';
import type { Identity, Tokens } from '#core/ports/identity.ts';
import type { AccessTokens } from './access-tokens.ts';
import { attempts } from './attempts.ts';
import type { Passwords } from './passwords.ts';

/** As of the app client on AWS. */
const accessSeconds = 3600;
const sessionMs = 30 * 24 * 3600 * 1000;
/** How long a refresh token that was used is good for asking once more. */
const graceMs = 10_000;

interface Deps {
  readonly accounts: AccountStore;
  readonly passwords: Passwords;
  readonly tokens: AccessTokens;
  readonly clock: Clock;
  readonly ids: Ids;
}

type Session = Pick<RefreshToken, 'account' | 'session' | 'expiresAt'>;

const random = (): string => randomBytes(32).toString('base64url');
const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

const userOf = ({ passwordHash, ...user }: Account): User => ({
  ...user,
  status: passwordHash === null ? 'invited' : 'active',
});

const failed = (): Failure => new Failure('auth.failed');

const sessions = ({ accounts, tokens, clock }: Deps) => {
  const now = (): string => instant(clock.now());
  /** `keep` resolves to false where the session has ended meanwhile. */
  const issue = async (session: Session, keep: (token: RefreshToken) => Promise<boolean>): Promise<Tokens> => {
    const refreshToken = random();
    if (!(await keep({ ...session, hash: hashOf(refreshToken), replacedAt: null }))) throw failed();
    const accessToken = await tokens.sign({ sub: session.account, client_id: 'sign-in' }, accessSeconds);
    return { accessToken, refreshToken, expiresInSeconds: accessSeconds };
  };
  return {
    open: (account: string): Promise<Tokens> =>
      issue({ account, session: random(), expiresAt: instant(clock.now() + sessionMs) }, async (token) => {
        await accounts.addToken(token, now());
        return true;
      }),
    /** One that was used long ago was copied: nobody knows by whom, so the session ends for both. */
    refresh: async (refreshToken: string): Promise<Tokens> => {
      const found = await accounts.token(hashOf(refreshToken));
      if (!found || Date.parse(found.expiresAt) <= clock.now()) throw failed();
      const { hash, account, session, expiresAt, replacedAt } = found;
      if (replacedAt !== null && clock.now() - Date.parse(replacedAt) > graceMs) {
        await accounts.endSession(session);
        throw failed();
      }
      return issue({ account, session, expiresAt }, (next) => accounts.replaceToken(hash, next, now()));
    },
    revoke: async (refreshToken: string): Promise<void> => {
      const found = await accounts.token(hashOf(refreshToken));
      if (found) await accounts.endSession(found.session);
    },
  };
};

export const localIdentity = (deps: Deps): Identity => {
  const { accounts, passwords, clock, ids } = deps;
  const tries = attempts(deps);
  const { open, refresh, revoke } = sessions(deps);

  /** The account that the password belongs to. `name` is what attempts are counted by. */
  const proven = async (name: string, account: Account | undefined, password: string): Promise<Account> => {
    tries.begin(name);
    const isRight = await passwords.matches(password, account?.passwordHash ?? null);
    if (!account || !isRight) throw failed();
    tries.succeeded(name);
    return account;
  };

  return {
    create: async ({ name, email, password }) => {
      const passwordHash = password === undefined ? null : await passwords.hash(password);
      const account = { id: ids.next('usr'), name, email, passwordHash, createdAt: instant(clock.now()) };
      await accounts.create(account);
      return userOf(account);
    },
    get: async (id) => {
      const account = await accounts.get(id);
      return account && userOf(account);
    },
    list: async (query) => {
      const { items, next } = await accounts.list(query);
      return { items: items.map(userOf), next };
    },
    signIn: async ({ email, password }) => {
      const account = await proven(email, await accounts.byEmail(email), password);
      return open(account.id);
    },
    refresh,
    revoke,
    changePassword: async ({ id, password, newPassword }) => {
      const account = await accounts.get(id);
      await proven(account?.email ?? id, account, password);
      await accounts.setPassword(id, await passwords.hash(newPassword));
    },
  };
};
