/** What every identity must do: each sentence of core/ports/identity.ts, as a test. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NewUser } from '#core/job/user.ts';
import type { Identity } from '#core/ports/identity.ts';

export interface Opened {
  readonly identity: Identity;
  /** Moves its time on. */
  readonly advance: (ms: number) => void;
  /** What the authorizer in front of the API makes of a token. */
  readonly claimsOf: (token: string) => Promise<Readonly<Record<string, unknown>> | undefined>;
  readonly close: () => Promise<void>;
}

const failed = { code: 'auth.failed' };
const password = 'Correct-horse-7';
const hourMs = 3_600_000;

export const identityContract = (
  name: string,
  open: () => Promise<Opened>,
  { skip }: { readonly skip?: string | undefined } = {},
): void => {
  describe.skipIf(skip)(`${name}: accounts and tokens${skip ? ` (skipped: ${skip})` : ''}`, () => {
    let opened: Opened;
    let identity: Identity;
    let last = 0;
    const newUser = (overrides: Partial<NewUser> = {}): NewUser => {
      last += 1;
      return { name: `Person ${last}`, email: `person-${last}@example.com`, password, ...overrides };
    };
    /** An account, and how to sign in to it. */
    const signedUp = async () => {
      const { email } = newUser();
      const user = await identity.create({ name: 'Ana', email, password });
      return { user, credentials: { email, password } };
    };

    beforeAll(async () => {
      opened = await open();
      identity = opened.identity;
    });
    afterAll(() => opened.close());

    test('one that is made is read by its id, and nobody by another', async () => {
      const { name, email } = newUser();
      const user = await identity.create({ name, email, password });
      expect(user).toMatchObject({ name, email, status: 'active' });
      expect(await identity.get(user.id)).toEqual(user);
      for (const id of ['usr_00000000000000000000000000', 'nobody', email])
        expect(await identity.get(id)).toBeUndefined();
    });

    test('an address has one account', async () => {
      const first = newUser();
      const user = await identity.create(first);
      const again = newUser({ email: first.email });
      await expect(identity.create(again)).rejects.toMatchObject({ code: 'conflict.exists' });
      expect(await identity.get(user.id)).toEqual(user);
    });

    test('of many that are made with one address at once, one is', async () => {
      const user = newUser();
      const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => identity.create(user)));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    test('one without a password is invited, and cannot sign in', async () => {
      const { name, email } = newUser();
      const user = await identity.create({ name, email });
      expect(user.status).toBe('invited');
      expect(await identity.get(user.id)).toEqual(user);
      for (const tried of [password, '', 'undefined', 'null'])
        await expect(identity.signIn({ email, password: tried })).rejects.toMatchObject(failed);
    });

    test('all are listed once, page by page', async () => {
      const made: string[] = [];
      for (let n = 0; n < 4; n += 1) made.push((await identity.create(newUser({ password: undefined }))).id);
      const listed: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await identity.list({ limit: 3, cursor });
        expect(page.items.length).toBeLessThanOrEqual(3);
        for (const { id } of page.items) listed.push(id);
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      expect(listed).toEqual(expect.arrayContaining(made));
      expect(new Set(listed).size).toBe(listed.length);
      expect((await identity.list({ limit: 1000 })).items.map(({ id }) => id).toSorted()).toEqual(listed.toSorted());
    });

    test.each(['x', 'after_', 'after_nothing', 'usr_00000000000000000000000000'])(
      'a cursor of no listing is refused: %s',
      async (cursor) => {
        await expect(identity.list({ limit: 3, cursor })).rejects.toMatchObject({ code: 'spec.invalid' });
      },
    );

    test('a password gives tokens that prove who signed in, with the claims of Cognito', async () => {
      const { user, credentials } = await signedUp();
      const { accessToken, expiresInSeconds } = await identity.signIn(credentials);
      expect(expiresInSeconds).toBe(3600);
      expect(await opened.claimsOf(accessToken)).toMatchObject({
        sub: user.id,
        token_use: 'access',
        client_id: expect.any(String),
        iss: expect.any(String),
        exp: expect.any(Number),
        iat: expect.any(Number),
        jti: expect.any(String),
      });
      expect(await opened.claimsOf(accessToken)).not.toHaveProperty('cognito:groups');
    });

    test('an access token that was changed, or has expired, proves nothing', async () => {
      const { credentials } = await signedUp();
      const { accessToken } = await identity.signIn(credentials);
      const [head, body = '', signature] = accessToken.split('.');
      const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as object; // true: a JWT's payload is an object
      const forged = (changes: object) => Buffer.from(JSON.stringify({ ...claims, ...changes })).toString('base64url');
      const unsigned = Buffer.from('{"alg":"none"}').toString('base64url');
      for (const token of [
        `${head}.${forged({ sub: 'ben' })}.${signature}`,
        `${head}.${forged({ 'cognito:groups': ['admin'] })}.${signature}`,
        `${unsigned}.${body}.`,
        `${head}.${body}.`,
        accessToken.slice(0, -2),
        '',
      ])
        expect(await opened.claimsOf(token)).toBeUndefined();
      opened.advance(hourMs + 1000);
      expect(await opened.claimsOf(accessToken)).toBeUndefined();
    });

    test('a wrong password, an unknown address and an account without a password fail in the same words', async () => {
      const { credentials } = await signedUp();
      const { email: invited } = await identity.create(newUser({ password: undefined }));
      const reasons = await Promise.all(
        [
          { ...credentials, password: 'Wrong-horse-77' },
          { email: 'nobody@example.com', password },
          { email: invited, password },
        ].map((tried) => identity.signIn(tried).catch((error: unknown) => error)),
      );
      for (const reason of reasons) {
        expect(reason).toMatchObject({ code: 'auth.failed', facts: {} });
        expect(String(reason)).toBe(String(reasons[0]));
      }
    });

    test('a refresh token gives new tokens of the same user', async () => {
      const { user, credentials } = await signedUp();
      const first = await identity.signIn(credentials);
      const second = await identity.refresh(first.refreshToken);
      expect(second.refreshToken).not.toBe(first.refreshToken);
      expect(await opened.claimsOf(second.accessToken)).toMatchObject({ sub: user.id });
      const third = await identity.refresh(second.refreshToken);
      expect(await opened.claimsOf(third.accessToken)).toMatchObject({ sub: user.id });
    });

    test('a refresh token that was used can be used again at once, and not later', async () => {
      const { credentials } = await signedUp();
      const { refreshToken } = await identity.signIn(credentials);
      const [first, second] = [await identity.refresh(refreshToken), await identity.refresh(refreshToken)];
      await identity.refresh(first.refreshToken);
      await identity.refresh(second.refreshToken);
      opened.advance(11_000);
      await expect(identity.refresh(refreshToken)).rejects.toMatchObject(failed);
    });

    test('what is no refresh token gives nothing, an access token neither', async () => {
      const { credentials } = await signedUp();
      const { accessToken } = await identity.signIn(credentials);
      for (const token of ['', 'x', 'refresh-x', accessToken])
        await expect(identity.refresh(token)).rejects.toMatchObject(failed);
    });

    test('a session that was revoked gives no more tokens, by any of its refresh tokens; others go on', async () => {
      const { credentials } = await signedUp();
      const first = await identity.signIn(credentials);
      const other = await identity.signIn(credentials);
      const second = await identity.refresh(first.refreshToken);
      await identity.revoke(second.refreshToken);
      for (const { refreshToken } of [first, second])
        await expect(identity.refresh(refreshToken)).rejects.toMatchObject(failed);
      await identity.refresh(other.refreshToken);
    });

    test('revoking what is of no session, or twice, is fine', async () => {
      const { credentials } = await signedUp();
      const { refreshToken, accessToken } = await identity.signIn(credentials);
      for (const token of [refreshToken, refreshToken, accessToken, 'x', 'refresh-x']) await identity.revoke(token);
    });

    test('a new password replaces the old one and ends every session', async () => {
      const { user, credentials } = await signedUp();
      const { refreshToken } = await identity.signIn(credentials);
      const newPassword = 'Battery-staple-8';
      await identity.changePassword({ id: user.id, password, newPassword });
      await expect(identity.refresh(refreshToken)).rejects.toMatchObject(failed);
      await expect(identity.signIn(credentials)).rejects.toMatchObject(failed);
      await identity.signIn({ ...credentials, password: newPassword });
    });

    test('a new password needs the present one, and an account', async () => {
      const { user, credentials } = await signedUp();
      const { refreshToken } = await identity.signIn(credentials);
      const change = { password: 'Wrong-horse-77', newPassword: 'Battery-staple-8' };
      await expect(identity.changePassword({ id: user.id, ...change })).rejects.toMatchObject(failed);
      await expect(identity.changePassword({ id: 'nobody', ...change })).rejects.toMatchObject(failed);
      await identity.refresh(refreshToken);
      await identity.signIn(credentials);
    });
  });
};
