import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { manualClock, sequentialIds } from '#adapters/memory/clock.ts';
import { memoryAccountStore } from '#adapters/memory/account-store.ts';
import { cognitoIdentity } from '#adapters/cognito/identity.ts';
import { localIdentity } from '#adapters/local-identity/identity.ts';
import { type Passwords, scryptPasswords } from '#adapters/local-identity/passwords.ts';
import type { AccountStore } from '#core/ports/account-store.ts';
import { clientId, startCognito, userPoolId } from '#test/support/cognito.ts';
import { cheap, testTokens } from '#test/support/identity.ts';
import { noPostgres, temporaryPostgres } from '#test/support/postgres.ts';
import { temporarySqlite } from '#test/support/sqlite.ts';
import { identityContract, type Opened } from './identity.contract.ts';

const local = (accounts: AccountStore, passwords: Passwords = scryptPasswords(cheap)) => {
  const clock = manualClock();
  const tokens = testTokens(clock);
  const identity = localIdentity({ accounts, passwords, tokens, clock, ids: sequentialIds() });
  return { identity, clock, tokens };
};

const openLocal = (accounts: AccountStore, close: () => Promise<void>): Opened => {
  const { identity, clock, tokens } = local(accounts);
  return {
    identity,
    advance: (ms) => clock.advance(ms),
    claimsOf: (token) => tokens.verify(token),
    close,
  };
};

identityContract('one machine, in memory', async () => openLocal(memoryAccountStore(), async () => {}));

identityContract('one machine, in SQLite', async () => {
  const stores = await temporarySqlite();
  return openLocal(stores.accounts, () => stores.close());
});

identityContract(
  'one machine, in PostgreSQL',
  async () => {
    const stores = await temporaryPostgres();
    return openLocal(stores.accounts, () => stores.close());
  },
  { skip: noPostgres },
);

identityContract('Cognito', async () => {
  const clock = manualClock();
  const cognito = await startCognito({ now: () => clock.now() });
  return {
    identity: cognitoIdentity({ client: cognito.client(), userPoolId, clientId }),
    advance: (ms) => clock.advance(ms),
    claimsOf: cognito.claimsOf,
    close: cognito.close,
  };
});

const credentials = { email: 'ana@example.com', password: 'Correct-horse-7' };
const wrong = { ...credentials, password: 'Wrong-horse-77' };
const ana = { name: 'Ana', ...credentials };

const failure = async (work: Promise<unknown>): Promise<unknown> => {
  const outcome = await work.then(
    () => 'fine',
    (error: unknown) => error,
  );
  return outcome instanceof Error ? outcome.name : outcome;
};

describe('accounts of one machine', () => {
  test('are stored with neither a password nor a token that could be used', async () => {
    const stores = await temporarySqlite();
    onTestFinished(() => stores.close());
    const { identity } = local(stores.accounts);
    const user = await identity.create(ana);
    const { refreshToken } = await identity.signIn(credentials);
    const account = await stores.accounts.get(user.id);
    expect(account?.passwordHash).toMatch(/^scrypt\$10\$8\$1\$[\w-]{22}\$[\w-]{43}$/);
    expect(JSON.stringify(account)).not.toContain(credentials.password);
    expect(await stores.accounts.token(refreshToken)).toBeUndefined();
    const other = await identity.create({ ...ana, email: 'ben@example.com' });
    expect((await stores.accounts.get(other.id))?.passwordHash).not.toBe(account?.passwordHash);
  });

  test('end both sessions where a refresh token was copied and both copies are used', async () => {
    const { identity, clock } = local(memoryAccountStore());
    await identity.create(ana);
    const { refreshToken } = await identity.signIn(credentials);
    const next = await identity.refresh(refreshToken);
    clock.advance(11_000);
    expect(await failure(identity.refresh(refreshToken))).toBe('auth.failed');
    expect(await failure(identity.refresh(next.refreshToken))).toBe('auth.failed');
  });

  test('have sessions of thirty days, however often they are refreshed', async () => {
    const { identity, clock } = local(memoryAccountStore());
    await identity.create(ana);
    let { refreshToken } = await identity.signIn(credentials);
    for (let day = 0; day < 29; day += 1) {
      clock.advance(24 * 3_600_000);
      ({ refreshToken } = await identity.refresh(refreshToken));
    }
    clock.advance(24 * 3_600_000);
    expect(await failure(identity.refresh(refreshToken))).toBe('auth.failed');
  });

  test('give no token to a session that ends while it is refreshed', async () => {
    const accounts = memoryAccountStore();
    const ending: AccountStore = {
      ...accounts,
      token: async (hash) => {
        const found = await accounts.token(hash);
        if (found) await accounts.endSession(found.session);
        return found;
      },
    };
    const { identity } = local(ending);
    await identity.create(ana);
    const { refreshToken } = await identity.signIn(credentials);
    expect(await failure(identity.refresh(refreshToken))).toBe('auth.failed');
  });

  test('forget refresh tokens that have expired when the next one is made', async () => {
    const stores = await temporarySqlite();
    onTestFinished(() => stores.close());
    const token = { account: 'a', session: 's', replacedAt: null };
    const [early, late] = ['2026-11-01T12:00:00.000Z', '2026-11-01T12:00:01.000Z'];
    await stores.accounts.addToken({ ...token, hash: 'one', expiresAt: early }, early);
    await stores.accounts.addToken({ ...token, hash: 'two', expiresAt: late }, early);
    expect(await stores.accounts.token('one')).toBeDefined();
    await stores.accounts.addToken({ ...token, hash: 'three', expiresAt: late }, late);
    expect([await stores.accounts.token('one'), await stores.accounts.token('two')]).toEqual([
      undefined,
      { ...token, hash: 'two', expiresAt: late },
    ]);
  });
});

describe('guessing on one machine', () => {
  test('does the same work for an address that nobody has', async () => {
    const real = scryptPasswords(cheap);
    const compared: (string | null)[] = [];
    const counting: Passwords = {
      ...real,
      matches: (password, hash) => {
        compared.push(hash);
        return real.matches(password, hash);
      },
    };
    const { identity } = local(memoryAccountStore(), counting);
    await identity.create(ana);
    await failure(identity.signIn(wrong));
    await failure(identity.signIn({ ...wrong, email: 'nobody@example.com' }));
    expect(compared).toEqual([expect.stringContaining('scrypt$10$8$1$'), null]);
  });

  test('is slowed down by name after five attempts, for the right password too, and for names that nobody has', async () => {
    const { identity, clock } = local(memoryAccountStore());
    await identity.create(ana);
    for (const tried of [wrong, { ...wrong, email: 'nobody@example.com' }]) {
      for (let n = 0; n < 5; n += 1) expect(await failure(identity.signIn(tried))).toBe('auth.failed');
      await expect(identity.signIn(tried)).rejects.toMatchObject({
        code: 'auth.throttled',
        facts: { retryAfterSeconds: 1 },
      });
    }
    expect(await failure(identity.signIn(credentials))).toBe('auth.throttled');
    clock.advance(1000);
    expect(await failure(identity.signIn(wrong))).toBe('auth.failed');
    clock.advance(1000);
    await expect(identity.signIn(wrong)).rejects.toMatchObject({ facts: { retryAfterSeconds: 1 } });
    clock.advance(1000);
    await identity.signIn(credentials);
    expect(await failure(identity.signIn(wrong))).toBe('auth.failed');
  });

  test('waits a quarter of an hour at most, after which five attempts are free again', async () => {
    const { identity, clock } = local(memoryAccountStore());
    for (let n = 0; n < 20; n += 1) {
      await failure(identity.signIn(wrong));
      clock.advance(900_000);
    }
    expect(await failure(identity.signIn(wrong))).toBe('auth.failed');
    clock.advance(900_001);
    for (let n = 0; n < 5; n += 1) expect(await failure(identity.signIn(wrong))).toBe('auth.failed');
  });

  test('by many requests at once gets no further', async () => {
    const { identity } = local(memoryAccountStore());
    await identity.create(ana);
    const outcomes = await Promise.all(Array.from({ length: 15 }, () => failure(identity.signIn(wrong))));
    expect(outcomes.filter((outcome) => outcome === 'auth.failed')).toHaveLength(5);
    expect(outcomes.filter((outcome) => outcome === 'auth.throttled')).toHaveLength(10);
  });

  test('of many names at once is told to come again', async () => {
    const { identity } = local(memoryAccountStore());
    const tries = Array.from({ length: 40 }, (_, n) =>
      failure(identity.signIn({ ...wrong, email: `${n}@example.com` })),
    );
    const outcomes = await Promise.all(tries);
    expect(outcomes.filter((outcome) => outcome === 'auth.throttled').length).toBeGreaterThan(10);
    await sleep(0);
    expect(await failure(identity.signIn({ ...wrong, email: 'late@example.com' }))).toBe('auth.failed');
  });

  test('of the present password of an account is counted with its sign-ins', async () => {
    const { identity } = local(memoryAccountStore());
    const { id } = await identity.create(ana);
    const change = { id, password: wrong.password, newPassword: 'Battery-staple-8' };
    for (let n = 0; n < 5; n += 1) expect(await failure(identity.changePassword(change))).toBe('auth.failed');
    expect(await failure(identity.signIn(credentials))).toBe('auth.throttled');
  });
});

describe('a user pool', () => {
  const opened = async () => {
    const cognito = await startCognito();
    onTestFinished(() => cognito.close());
    return { cognito, identity: cognitoIdentity({ client: cognito.client(), userPoolId, clientId }) };
  };

  test('invites by mail whom it was given no password for, and nobody else', async () => {
    const { cognito, identity } = await opened();
    await identity.create(ana);
    await identity.create({ name: 'Ben', email: 'ben@example.com' });
    expect(cognito.mails).toEqual(['ben@example.com']);
  });

  test('makes no user with a password that it refuses', async () => {
    const { identity } = await opened();
    await expect(identity.create({ ...ana, password: 'weak' })).rejects.toMatchObject({
      code: 'spec.invalid',
      facts: { errors: [{ pointer: '/password' }] },
    });
    expect((await identity.list({ limit: 10 })).items).toEqual([]);
  });

  test('asks for a further step where the right password is not enough, and for none where it is wrong', async () => {
    const { cognito, identity } = await opened();
    const { id } = await identity.create(ana);
    cognito.change(id, { status: 'FORCE_CHANGE_PASSWORD' });
    expect(await failure(identity.signIn(credentials))).toBe('auth.challenge');
    expect(await failure(identity.signIn(wrong))).toBe('auth.failed');
    cognito.change(id, { status: 'CONFIRMED' });
    await identity.signIn(credentials);
  });

  test('shows who may not sign in, and lets nobody know at signing in', async () => {
    const { cognito, identity } = await opened();
    const { id } = await identity.create(ana);
    cognito.change(id, { enabled: false });
    expect(await identity.get(id)).toMatchObject({ status: 'disabled' });
    expect(await failure(identity.signIn(credentials))).toBe('auth.failed');
  });

  test('names the groups of a user in the tokens', async () => {
    const { cognito, identity } = await opened();
    const { id } = await identity.create(ana);
    cognito.change(id, { groups: ['admin'] });
    const { accessToken } = await identity.signIn(credentials);
    expect(await cognito.claimsOf(accessToken)).toMatchObject({ 'cognito:groups': ['admin'] });
  });

  test('is listed over its own pages of sixty', async () => {
    const { identity } = await opened();
    for (let n = 0; n < 65; n += 1) await identity.create({ name: 'Many', email: `${n}@example.com` });
    const first = await identity.list({ limit: 62 });
    expect(first.items).toHaveLength(62);
    expect((await identity.list({ limit: 62, cursor: first.next ?? '' })).items).toHaveLength(3);
  });

  test.each([
    ['TooManyRequestsException', 'platform.throttled'],
    ['LimitExceededException', 'auth.throttled'],
    ['UserNotFoundException', 'auth.failed'],
    ['UserNotConfirmedException', 'auth.failed'],
    ['PasswordResetRequiredException', 'auth.failed'],
    ['ResourceNotFoundException', 'platform.internal'],
    ['InvalidParameterException', 'platform.internal'],
    ['InternalErrorException', 'platform.internal'],
  ])('that answers a sign-in with %s: %s', async (type, code) => {
    const { cognito, identity } = await opened();
    cognito.service.inject({ answer: () => ({ status: 400, body: { __type: type, message: 'secret of the pool' } }) });
    const error: unknown = await identity.signIn(credentials).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code });
    expect(String(error)).not.toContain('secret of the pool');
  });
});
