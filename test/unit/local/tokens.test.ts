import { mkdtempDisposable, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { authorizer, renewTokens, tokenFile, tokenFor, tokensOf } from '#local/tokens.ts';

const newFolder = () => mkdtempDisposable(join(tmpdir(), 'kinoduct-tokens-'));
const year = 365 * 24 * 3600;

/** What a request with the token is let in as. */
const admit = async (folder: string, token: string) => {
  const claims = await authorizer(folder)(`Bearer ${token}`);
  return claims && { owner: claims.sub, groups: claims['cognito:groups'] ?? [] };
};

test('a token is made once per owner, in a file that only its user reads', async () => {
  await using folder = await newFolder();
  const token = await tokenFor(folder.path, 'ana');
  expect(await tokenFor(folder.path, 'ana')).toBe(token);
  expect(await admit(folder.path, token)).toEqual({ owner: 'ana', groups: [] });
  for (const file of [tokenFile(folder.path, 'ana'), join(folder.path, 'identity-key')])
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder.path, 'tokens'))).mode & 0o777).toBe(0o700);
});

test('many who ask for the token of one owner at once get the same', async () => {
  await using folder = await newFolder();
  const tokens = await Promise.all(Array.from({ length: 5 }, () => tokenFor(folder.path, 'ana')));
  expect(new Set(tokens).size).toBe(1);
  expect(await admit(folder.path, tokens[0] ?? '')).toMatchObject({ owner: 'ana' });
});

test('an owner becomes an administrator where that is asked for, and stays one', async () => {
  await using folder = await newFolder();
  const before = await tokenFor(folder.path, 'ana');
  const token = await tokenFor(folder.path, 'ana', { isAdmin: true });
  expect(await admit(folder.path, token)).toEqual({ owner: 'ana', groups: ['admin'] });
  expect(await admit(folder.path, before)).toBeUndefined();
  expect(await tokenFor(folder.path, 'ana')).toBe(token);
});

test('removing the file takes the token back', async () => {
  await using folder = await newFolder();
  const token = await tokenFor(folder.path, 'ana');
  await rm(tokenFile(folder.path, 'ana'));
  expect(await admit(folder.path, token)).toBeUndefined();
  const next = await tokenFor(folder.path, 'ana');
  expect([await admit(folder.path, next), await admit(folder.path, token)]).toEqual([
    { owner: 'ana', groups: [] },
    undefined,
  ]);
});

test('a token of another folder, of another owner’s file, or of no form at all lets nobody in', async () => {
  await using folder = await newFolder();
  await using other = await newFolder();
  const foreign = await tokenFor(other.path, 'ana');
  const ana = await tokenFor(folder.path, 'ana');
  await writeFile(tokenFile(folder.path, 'ben'), ana);
  expect(await admit(folder.path, ana)).toMatchObject({ owner: 'ana' });
  for (const token of [foreign, 'ana.secret', '', '../ana', `${ana}x`])
    expect(await admit(folder.path, token)).toBeUndefined();
  expect(await authorizer(folder.path)(`Basic ${ana}`)).toBeUndefined();
});

test('a start replaces what ends within half a year and what an earlier version wrote, and keeps the rest', async () => {
  await using folder = await newFolder();
  const read = (owner: string) => readFile(tokenFile(folder.path, owner), 'utf8').then((text) => text.trim());
  const kept = await tokenFor(folder.path, 'kept');
  await tokenFor(folder.path, 'old');
  await writeFile(tokenFile(folder.path, 'old'), 'old.c2VjcmV0\n', { mode: 0o600 });
  const ending = await tokensOf(folder.path).sign(
    { sub: 'ending', client_id: 'machine', 'cognito:groups': ['admin'] },
    year / 2 - 60,
  );
  await writeFile(tokenFile(folder.path, 'ending'), ending, { mode: 0o600 });
  await renewTokens(folder.path);
  expect(await read('kept')).toBe(kept);
  expect(await admit(folder.path, await read('old'))).toEqual({ owner: 'old', groups: [] });
  expect(await read('ending')).not.toBe(ending);
  expect(await admit(folder.path, await read('ending'))).toEqual({ owner: 'ending', groups: ['admin'] });
  expect(await admit(folder.path, await read('local'))).toEqual({ owner: 'local', groups: ['admin'] });
});

test('without the key every token is void, and a start makes new ones', async () => {
  await using folder = await newFolder();
  const token = await tokenFor(folder.path, 'ana');
  await rm(join(folder.path, 'identity-key'));
  expect(await admit(folder.path, token)).toBeUndefined();
  await renewTokens(folder.path);
  expect(await admit(folder.path, token)).toBeUndefined();
  expect(await admit(folder.path, await tokenFor(folder.path, 'ana'))).toMatchObject({ owner: 'ana' });
});
