import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Runs apt-get without questions; resolves to whether it ended well. Each line it prints goes to `log`. */
const aptGet = (command: string, args: readonly string[], log: (line: string) => void): Promise<boolean> =>
  new Promise((resolve) => {
    const child = spawn(
      'env',
      ['DEBIAN_FRONTEND=noninteractive', command, '-q', '-o', 'DPkg::Lock::Timeout=120', ...args],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', log);
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });

/** Steps of an installation that are worth a line; the hundreds between them are not. */
const milestone = /^(Need to get|Fetched|E:|Err:)/;

/**
 * Installs Debian's FFmpeg as root. The package lists of a fresh image are empty or old, so a first failure is followed
 * by `apt-get update` and a second try. Resolves to whether it is installed.
 */
export const installWithApt = async (command: string, log: (line: string) => void): Promise<boolean> => {
  const install = ['install', '-y', '--no-install-recommends', 'ffmpeg'];
  const milestones = (line: string): void => {
    if (milestone.test(line)) log(`  ${line}`);
  };
  if (await aptGet(command, install, () => undefined)) return true;
  log('  updating the package lists');
  return (await aptGet(command, ['update'], () => undefined)) && (await aptGet(command, install, milestones));
};
