/** Commands of other programs, with what they print kept. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { repository } from '#lib/repository.ts';

export interface Ran {
  readonly ok: boolean;
  /** No such program. */
  readonly missing: boolean;
  readonly output: string;
  readonly seconds: number;
}

interface Failed {
  readonly code?: unknown;
  readonly stdout?: string;
  readonly stderr?: string;
}

/** Never rejects. Runs in the top folder of the repository. */
export const run = async (
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> => {
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  const options = { cwd: repository(), env: { ...process.env, ...env }, maxBuffer: 2 ** 28 };
  try {
    const { stdout, stderr } = await promisify(execFile)(program, [...args], options);
    return { ok: true, missing: false, output: `${stdout}${stderr}`, seconds: seconds() };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as Failed; // true: execFile's errors carry them
    return { ok: false, missing: code === 'ENOENT', output: `${stdout}${stderr}`, seconds: seconds() };
  }
};
