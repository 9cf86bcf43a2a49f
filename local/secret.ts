import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What signed addresses are signed with: made at the first start and kept, so that addresses survive a restart. */
export const signingSecret = async (dataFolder: string): Promise<Uint8Array> => {
  const file = join(dataFolder, 'signing-secret');
  try {
    await writeFile(file, randomBytes(32), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // true: node:fs rejects with these
  }
  return readFile(file);
};
