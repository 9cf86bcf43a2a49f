/** Processes of this machine, read from /proc: what a test looks at to see that nothing is left running. */
import { readFile, readdir, readlink } from 'node:fs/promises';

export interface Process {
  readonly pid: number;
  readonly command: string;
}

const commandOf = async (pid: number): Promise<string> =>
  (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim();

const inFolder = async (pid: number, folder: string): Promise<Process | undefined> => {
  try {
    const workFolder = await readlink(`/proc/${pid}/cwd`);
    if (workFolder !== folder && !workFolder.startsWith(`${folder}/`)) return undefined;
    const command = await commandOf(pid);
    return command === '' ? undefined : { pid, command }; // a zombie has none
  } catch {
    return undefined; // it ended while we looked
  }
};

/** Every process whose work folder lies below `folder`. */
export const processesIn = async (folder: string): Promise<readonly Process[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map((pid) => inFolder(pid, folder)));
  return found.filter((process) => process !== undefined);
};

/** Resolves to the milliseconds until no process works below `folder`; rejects after `withinMs`. */
export const untilNoneIn = async (folder: string, withinMs: number): Promise<number> => {
  const start = performance.now();
  for (;;) {
    const left = await processesIn(folder);
    const waitedMs = performance.now() - start;
    if (left.length === 0) return waitedMs;
    if (waitedMs > withinMs) throw new Error(`still there after ${withinMs} ms: ${left[0]?.command}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
