/** Who may use the server: a file per owner under `tokens/`, readable by its user only, with that owner's token. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Owner } from '#core/job/ids.ts';

/** The owner whose token the server makes when it first starts. */
export const localOwner = 'local';

export const tokenFile = (dataFolder: string, owner: string): string => join(dataFolder, 'tokens', owner);

const readToken = async (file: string): Promise<string | undefined> => {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // true: node:fs rejects with these
    throw error;
  }
};

/** The owner's token, made when there is none. The owner's name is its first part, the secret its last. */
export const tokenFor = async (dataFolder: string, owner: string): Promise<string> => {
  const file = tokenFile(dataFolder, Owner.parse(owner));
  const found = await readToken(file);
  if (found) return found;
  await mkdir(join(dataFolder, 'tokens'), { recursive: true, mode: 0o700 });
  const token = `${owner}.${randomBytes(32).toString('base64url')}`;
  await writeFile(file, `${token}\n`, { mode: 0o600, flag: 'wx' });
  return token;
};

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The owner of an `Authorization` header, or undefined where it is not one of ours. Takes the same time for any wrong secret. */
export const ownerOf = async (dataFolder: string, authorization: string): Promise<string | undefined> => {
  const given = /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '';
  const owner = Owner.safeParse(given.slice(0, Math.max(0, given.lastIndexOf('.'))));
  if (!owner.success) return undefined;
  const token = await readToken(tokenFile(dataFolder, owner.data));
  return token && timingSafeEqual(digest(token), digest(given)) ? owner.data : undefined;
};
