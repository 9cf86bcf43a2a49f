/** The CDK's own command, of this repository and in its folder. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { repository } from '#lib/repository.ts';

/** Answers with its exit code. What it prints and asks goes to the terminal. */
export const runCdk = async (
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> => {
  const child = spawn(process.execPath, [repository('node_modules/aws-cdk/bin/cdk'), ...args], {
    cwd: repository(),
    env,
    stdio: 'inherit',
  });
  const [code] = await once(child, 'exit');
  return typeof code === 'number' ? code : 1;
};

const Context = z.record(z.string(), z.unknown());

const contextIn = async (
  file: string,
  pick: (content: unknown) => unknown,
): Promise<Readonly<Record<string, unknown>>> => {
  try {
    return Context.parse(pick(JSON.parse(await readFile(repository(file), 'utf8'))) ?? {});
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}; // true: readFile's errors have a code
    throw new Error(`${file} cannot be read`, { cause: error });
  }
};

/** What cdk.json and cdk.context.json say. */
export const settledContext = async (): Promise<Readonly<Record<string, unknown>>> => ({
  ...(await contextIn('cdk.json', (content) => z.object({ context: z.unknown().optional() }).parse(content).context)),
  ...(await contextIn('cdk.context.json', (content) => content)),
});
