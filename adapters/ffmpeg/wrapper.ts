/**
 * What stands between this process and FFmpeg, where the machine has it: hard limits (prlimit), death with its parent
 * (setpriv) and no network at all (unshare, in a user namespace of its own, so that no privilege is needed). All three
 * replace themselves by the program they start, so the process id stays FFmpeg's. Lambda's base image, containers with
 * the usual seccomp filter and macOS lack some of them: the watches in `supervise.ts` hold without any.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TaskLimits } from '#core/job/plan.ts';

/**
 * Address space beyond the memory that a task may use. Measured: x264, x265, VP9 and dav1d with 2 to 16 threads map at
 * most 1.7 GB more than they touch, SVT-AV1 2.2 GB (stacks and a malloc arena for each thread).
 */
const addressSlackBytes = 4 * 1024 ** 3;

/** CPU seconds between the signal that FFmpeg may answer and the one that it may not. */
const cpuGraceSeconds = 2;

/**
 * The whole environment of everything that is started here: no credentials, no FFREPORT, no locale. SVT-AV1 writes its
 * chatter past FFmpeg's log level; 1 leaves it errors only.
 */
export const childEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C', SVT_LOG: '1' } as const;

export type Wrap = (program: string, limits: TaskLimits) => readonly [string, ...string[]];

const networkless = ['unshare', '--user', '--map-current-user', '--net', '--'];
const dieWithParent = ['setpriv', '--pdeathsig', 'KILL', '--'];
const limited = (limits: TaskLimits): string[] => [
  'prlimit',
  `--cpu=${limits.cpuSeconds}:${limits.cpuSeconds + cpuGraceSeconds}`,
  `--fsize=${limits.outputBytes}`,
  `--as=${limits.memoryBytes + addressSlackBytes}`,
  '--core=0',
  '--nofile=256',
  '--',
];
const anyLimits: TaskLimits = { wallSeconds: 10, cpuSeconds: 10, memoryBytes: 1024 ** 3, outputBytes: 1024 ** 2 };

/** True where the machine can run a program through this. */
const works = async ([program = '', ...rest]: readonly string[]): Promise<boolean> => {
  const child = spawn(program, [...rest, 'true'], { env: childEnvironment, stdio: 'ignore' });
  try {
    const [code] = await once(child, 'exit');
    return code === 0;
  } catch {
    return false; // the program does not exist here
  }
};

/** Asks the machine once which of the three it has. */
export const findWrapper = async (): Promise<Wrap> => {
  const [limits, network, parent] = await Promise.all([
    works(limited(anyLimits)),
    works(networkless),
    works(dieWithParent),
  ]);
  // `works` has shown that the limits can be set here, so they can be set for any command.
  return (program, wanted) => {
    const words = [
      ...(limits ? limited(wanted) : []),
      ...(network ? networkless : []),
      ...(parent ? dieWithParent : []),
      program,
    ];
    return [words[0] ?? program, ...words.slice(1)];
  };
};
