/**
 * Who may use the server. Requests carry access tokens: those of people who signed in, for an hour, and those of programs,
 * which lie in a file per owner under `tokens/` and are valid for a year, or until their file is removed.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { accessTokens, type AccessTokens, type Claims } from '#adapters/local-identity/access-tokens.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { Owner } from '#core/job/ids.ts';
import { identityKey } from './identity-key.ts';
import { createOnce, replaceFile } from './private-file.ts';

/** The owner whose token the server makes when it first starts. It is an administrator's. */
export const localOwner = 'local';

const validSeconds = 365 * 24 * 3600;
/** A token that ends sooner is replaced at the next start. */
const renewSeconds = validSeconds / 2;

export const tokenFile = (dataFolder: string, owner: string): string => join(dataFolder, 'tokens', owner);

/** Signs and checks with the key of the folder. */
export const tokensOf = (dataFolder: string): AccessTokens =>
  accessTokens({ key: () => identityKey(dataFolder), clock: systemClock });

const readToken = async (file: string): Promise<string | undefined> => {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // true: node:fs rejects with these
    throw error;
  }
};

const groupsOf = (claims: Claims | undefined): readonly string[] => claims?.['cognito:groups'] ?? [];

/** What the file holds while it is good for long, and the groups that it gives in any case. */
const standing = async (tokens: AccessTokens, file: string, owner: string) => {
  const found = await readToken(file);
  const claims = found === undefined ? undefined : await tokens.verify(found);
  const isOurs = claims?.sub === owner && claims.client_id === 'machine';
  const isGood = isOurs && claims.exp - systemClock.now() / 1000 > renewSeconds;
  return { found, token: isGood ? found : undefined, groups: isOurs ? groupsOf(claims) : [] };
};

/**
 * The owner's token, made when there is none that is good for long. `isAdmin` makes it an administrator's; one that is
 * stays one.
 */
export const tokenFor = async (
  dataFolder: string,
  owner: string,
  { isAdmin = false }: { readonly isAdmin?: boolean } = {},
): Promise<string> => {
  const file = tokenFile(dataFolder, Owner.parse(owner));
  const tokens = tokensOf(dataFolder);
  const { found, token, groups } = await standing(tokens, file, owner);
  if (token !== undefined && (!isAdmin || groups.includes('admin'))) return token;
  const wanted = isAdmin ? ['admin'] : [...groups];
  const made = await tokens.sign(
    { sub: owner, client_id: 'machine', ...(wanted.length > 0 ? { 'cognito:groups': wanted } : {}) },
    validSeconds,
  );
  if (found !== undefined) {
    await replaceFile(file, `${made}\n`);
    return made;
  }
  await createOnce(file, `${made}\n`);
  return (await readToken(file)) ?? made; // somebody else's, where they were faster
};

/** At a start: replaces what ends soon, and what an earlier version of this program wrote. */
export const renewTokens = async (dataFolder: string): Promise<void> => {
  await tokenFor(dataFolder, localOwner, { isAdmin: true });
  for (const name of await readdir(join(dataFolder, 'tokens')))
    if (Owner.safeParse(name).success) await tokenFor(dataFolder, name);
};

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** What the token in an `Authorization` header says, or undefined where it is not one of ours. */
export const authorizer = (dataFolder: string): ((authorization: string) => Promise<Claims | undefined>) => {
  const tokens = tokensOf(dataFolder);
  return async (authorization) => {
    const given = /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '';
    const claims = await tokens.verify(given);
    if (claims?.client_id !== 'machine') return claims;
    const kept = await readToken(tokenFile(dataFolder, claims.sub));
    return kept !== undefined && timingSafeEqual(digest(kept), digest(given)) ? claims : undefined;
  };
};
