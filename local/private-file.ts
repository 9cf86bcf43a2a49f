/** Files that only the user of this machine may read. They appear whole: who reads one never sees half of it. */
import { randomUUID } from 'node:crypto';
import { link, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const written = async (file: string, text: string): Promise<string> => {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = join(dirname(file), `.${basename(file)}.${randomUUID()}`); // begins like no owner's name
  await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
  return draft;
};

/** Leaves a file that is there already as it is. */
export const createOnce = async (file: string, text: string): Promise<void> => {
  const draft = await written(file, text);
  try {
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // true: node:fs rejects with these
  } finally {
    await rm(draft);
  }
};

/** In the place of the one that is there. */
export const replaceFile = async (file: string, text: string): Promise<void> => {
  await rename(await written(file, text), file);
};
