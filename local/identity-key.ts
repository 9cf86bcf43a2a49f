import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newKey } from '#adapters/local-identity/access-tokens.ts';
import { createOnce } from './private-file.ts';

/** What tokens are signed with: made at the first start and kept. Without the file every token is void. */
export const identityKey = async (dataFolder: string): Promise<string> => {
  const file = join(dataFolder, 'identity-key');
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error; // true: node:fs rejects with these
  }
  await createOnce(file, await newKey());
  return readFile(file, 'utf8');
};
