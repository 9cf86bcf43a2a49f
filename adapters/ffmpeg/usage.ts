/**
 * What a running child uses, seen from outside. It is asked four times a second, so it is asked for at once: the kernel knows
 * all of it, and to wait for other threads to ask took more than twice the CPU.
 */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Linux counts CPU time in hundredths of a second for user space, whatever the kernel's own clock. */
const ticksPerSecond = 100;

/** User and system CPU seconds of a process so far; null where the machine does not tell, or the process is gone. */
export const cpuSeconds = (pid: number): number | null => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in brackets and may hold spaces: count from behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return null;
  }
};

const orNothing = <T>(ask: () => T, nothing: T): T => {
  try {
    return ask();
  } catch {
    return nothing;
  }
};

/** Bytes of all files below a folder. Files that vanish meanwhile count as nothing. */
export const folderBytes = (folder: string): number =>
  orNothing(() => readdirSync(folder, { withFileTypes: true, recursive: true }), [])
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + orNothing(() => lstatSync(join(parentPath, name)).size, 0), 0);
