/**
 * One server per data folder. The lock is SQLite's exclusive file lock, which the operating system releases when the
 * process ends, however it ends; who holds it stands beside it in `server.json`.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';

export const Holder = z.object({ pid: z.int(), url: z.string() });
export type Holder = z.output<typeof Holder>;

export type Lock = {
  /** Lets others know where the server listens. */
  announce: (holder: Holder) => Promise<void>;
  release: () => Promise<void>;
};

const holderFile = (dataFolder: string): string => join(dataFolder, 'server.json');

const readHolder = async (dataFolder: string): Promise<Holder | undefined> => {
  try {
    return Holder.parse(JSON.parse(await readFile(holderFile(dataFolder), 'utf8')));
  } catch {
    return undefined; // not written yet, or half written: the lock itself is what decides
  }
};

/** Long enough for someone who only looks whether a server runs. */
const waitMs = 300;
const sqliteBusy = 5;
const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy;

/** The lock, or who has it (undefined where that process is still starting). */
export const takeLock = async (dataFolder: string): Promise<{ lock: Lock } | { heldBy: Holder | undefined }> => {
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(join(dataFolder, 'lock.sqlite'), { timeout: waitMs });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (isBusy(error)) return { heldBy: await readHolder(dataFolder) };
    throw error;
  }
  await rm(holderFile(dataFolder), { force: true }); // of a server that was killed
  return {
    lock: {
      announce: (holder) => writeFile(holderFile(dataFolder), JSON.stringify(holder), { mode: 0o600 }),
      release: async () => {
        await rm(holderFile(dataFolder), { force: true });
        database.close();
      },
    },
  };
};

/** The server that uses the folder now, if any. */
export const runningServer = async (dataFolder: string): Promise<Holder | undefined> => {
  const taken = await takeLock(dataFolder);
  if ('heldBy' in taken) return taken.heldBy;
  await taken.lock.release();
  return undefined;
};
