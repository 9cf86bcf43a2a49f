import { beforeEach, describe, expect, test } from 'vitest';
import { noAccounts } from '#adapters/system/no-accounts.ts';
import { apiHarness } from '#test/support/api.ts';
import { anAccount } from '#test/support/records.ts';
import { scryptPasswords } from '#adapters/local-identity/passwords.ts';
import { cheap, testTokens } from '#test/support/identity.ts';

const password = 'Correct-horse-7';
const newPassword = 'Battery-staple-8';
const email = 'ana@example.com';
const ana = { name: 'Ana', email, password };
const admin = { owner: 'root', isAdmin: true };

let harness: ReturnType<typeof apiHarness>;
beforeEach(() => {
  harness = apiHarness();
});
const make = (body: unknown, caller: object = admin) => harness.call('POST', '/v1/users', { ...caller, body });
const signIn = (body: unknown) => harness.call('POST', '/v1/auth/token', { owner: null, body });

describe('making a user', () => {
  test('answers with the user, and where the user is', async () => {
    const { status, headers, json } = await make(ana);
    expect(status).toBe(201);
    expect(json).toMatchObject({ name: 'Ana', email, status: 'active' });
    expect(headers['location']).toBe(`/v1/users/${json.id}`);
    expect((await harness.call('GET', headers['location'] ?? '', admin)).json).toEqual(json);
  });

  test('is for administrators, and read only after that', async () => {
    const { status, json } = await make({ wrong: true }, { owner: 'ben' });
    expect([status, json.code]).toEqual([403, 'auth.forbidden']);
  });

  test('of one address twice is a conflict, however it is written, and changes nothing', async () => {
    const { json: first } = await make(ana);
    const { status, headers, json } = await make({ ...ana, name: 'Other', email: 'ANA@Example.com' });
    expect([status, headers['content-type'], json.code]).toEqual([409, 'application/problem+json', 'conflict.exists']);
    expect((await harness.call('GET', `/v1/users/${first.id}`, admin)).json).toEqual(first);
  });

  test.each([
    [{ name: 'Ana' }, '/email'],
    [{ email }, '/name'],
    [{ ...ana, name: ' ' }, '/name'],
    [{ ...ana, name: 'line\nbreak' }, '/name'],
    [{ ...ana, name: 'x'.repeat(101) }, '/name'],
    [{ ...ana, email: 'ana' }, '/email'],
    [{ ...ana, email: 'ana@example.com, ben@example.com' }, '/email'],
    [{ ...ana, password: 'Short-1' }, '/password'],
    [{ ...ana, password: 'no-capital-letters-1' }, '/password'],
    [{ ...ana, password: 'NO-SMALL-LETTERS-1' }, '/password'],
    [{ ...ana, password: 'No-digits-at-all' }, '/password'],
    [{ ...ana, password: 'NoSymbolsAtAll1' }, '/password'],
    [{ ...ana, password: 'Has a space in-it-1' }, '/password'],
    [{ ...ana, password: `${password}${'x'.repeat(256)}` }, '/password'],
    [{ ...ana, admin: true }, '/admin'],
    [{ ...ana, groups: ['admin'] }, '/groups'],
  ])('is refused by the name of the field: %j', async (body, pointer) => {
    const { status, json, body: text } = await make(body);
    expect(status).toBe(422);
    expect(json.errors).toContainEqual(expect.objectContaining({ pointer }));
    if ('password' in body) expect(text).not.toContain(body.password);
  });
});

describe('users', () => {
  test('are listed for administrators, page by page', async () => {
    for (const name of ['a', 'b', 'c']) await make({ name, email: `${name}@example.com` });
    const first = await harness.call('GET', '/v1/users?limit=2', admin);
    expect(first.json.items.map(({ name }: { name: string }) => name)).toEqual(['c', 'b']);
    const second = await harness.call('GET', `/v1/users?limit=2&cursor=${first.json.next}`, admin);
    expect(second.json).toMatchObject({ items: [{ name: 'a', status: 'invited' }], next: null });
  });

  test('see themselves', async () => {
    const { call } = apiHarness({ accounts: [anAccount()] });
    expect((await call('GET', '/v1/users/ana')).json).toMatchObject({ id: 'ana', email, status: 'invited' });
    expect((await call('GET', '/v1/me')).json).toEqual({ id: 'ana', admin: false, name: 'Ana', email });
  });

  test('without an account are known by their id', async () => {
    expect((await harness.call('GET', '/v1/me', admin)).json).toEqual({
      id: 'root',
      admin: true,
      name: null,
      email: null,
    });
    expect((await harness.call('GET', '/v1/users/root', admin)).status).toBe(404);
  });
});

describe('a token', () => {
  test('is given for the password, in any capitals of the address, and refreshed', async () => {
    const { json: user } = await make(ana);
    const { status, headers, json } = await signIn({ email: 'Ana@EXAMPLE.com', password });
    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('no-store');
    expect(json).toEqual({
      accessToken: expect.any(String),
      tokenType: 'Bearer',
      expiresAt: new Date(harness.clock.now() + 3_600_000).toISOString(),
      refreshToken: expect.any(String),
    });
    expect(await testTokens(harness.clock).verify(json.accessToken)).toMatchObject({ sub: user.id });
    const again = await signIn({ refreshToken: json.refreshToken });
    expect([again.status, again.json.refreshToken === json.refreshToken]).toEqual([200, false]);
  });

  test('is refused in the same words, whatever was wrong', async () => {
    await make(ana);
    const answers = [
      await signIn({ email, password: 'Wrong-horse-77' }),
      await signIn({ email: 'nobody@example.com', password }),
      await signIn({ refreshToken: 'x' }),
    ];
    for (const { status, json } of answers) expect([status, json.code]).toEqual([401, 'auth.failed']);
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
  });

  test('is asked for too often: then when to come again', async () => {
    for (let n = 0; n < 5; n += 1) await signIn({ email, password });
    const { status, headers, json } = await signIn({ email, password });
    expect([status, headers['retry-after'], json.code]).toEqual([429, '1', 'auth.throttled']);
  });

  test.each([
    [{}, ''],
    [{ email }, '/password'],
    [{ password }, '/email'],
    [{ email, password, refreshToken: 'x' }, '/refreshToken'],
    [{ email, password: 7 }, '/password'],
    [{ refreshToken: '' }, '/refreshToken'],
  ])('is asked for with either a password or a refresh token: %j', async (body, pointer) => {
    const { status, json } = await signIn(body);
    expect([status, json.code]).toEqual([422, 'spec.invalid']);
    if (pointer) expect(json.errors).toContainEqual(expect.objectContaining({ pointer }));
  });

  test('that is refreshed no more, once its session was ended', async () => {
    await make(ana);
    const { refreshToken } = (await signIn({ email, password })).json;
    const revoke = () => harness.call('POST', '/v1/auth/revoke', { owner: null, body: { refreshToken } });
    expect((await revoke()).status).toBe(204);
    expect((await signIn({ refreshToken })).status).toBe(401);
    expect((await revoke()).status).toBe(204);
  });
});

describe('a password', () => {
  const change = (body: unknown) => harness.call('PUT', '/v1/me/password', { body });

  beforeEach(async () => {
    const passwordHash = await scryptPasswords(cheap).hash(password);
    harness = apiHarness({ accounts: [anAccount({ passwordHash })] });
  });

  test('is changed by who knows it, which ends every session', async () => {
    const { refreshToken } = (await signIn({ email, password })).json;
    expect((await change({ password, newPassword })).status).toBe(204);
    expect((await signIn({ refreshToken })).status).toBe(401);
    expect((await signIn({ email, password })).status).toBe(401);
    expect((await signIn({ email, password: newPassword })).status).toBe(200);
  });

  test('is not changed with a wrong one, nor to a weak one', async () => {
    expect((await change({ password: 'Wrong-horse-77', newPassword })).json.code).toBe('auth.failed');
    const { json } = await change({ password, newPassword: 'weak' });
    expect(json.errors).toContainEqual(expect.objectContaining({ pointer: '/newPassword' }));
    expect((await signIn({ email, password })).status).toBe(200);
  });

  test('gets into no log, nor does a token', async () => {
    const { accessToken, refreshToken } = (await signIn({ email, password })).json;
    await change({ password, newPassword });
    await make({ ...ana, email: 'ben@example.com' });
    const logged = JSON.stringify(harness.log);
    for (const secret of [password, newPassword, accessToken, refreshToken]) expect(logged).not.toContain(secret);
  });
});

describe('where IAM knows the callers', () => {
  test('there are no accounts and no passwords, and everybody is told who they are', async () => {
    const { call } = apiHarness({}, { identity: noAccounts });
    expect((await call('GET', '/v1/me', { owner: 'iam-AROAEXAMPLE' })).json).toMatchObject({ id: 'iam-AROAEXAMPLE' });
    const answers = [
      await call('POST', '/v1/auth/token', { owner: null, body: { email, password } }),
      await call('POST', '/v1/auth/token', { owner: null, body: { refreshToken: 'x' } }),
      await call('POST', '/v1/auth/revoke', { owner: null, body: { refreshToken: 'x' } }),
      await call('PUT', '/v1/me/password', { body: { password, newPassword } }),
      await call('POST', '/v1/users', { ...admin, body: ana }),
    ];
    for (const { status, json } of answers) {
      expect(status).toBe(404);
      expect(json.detail).toContain('IAM');
    }
    expect((await call('GET', '/v1/users', admin)).json).toEqual({ items: [], next: null });
  });
});
