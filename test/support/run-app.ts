/** bin/kinoduct.ts, run as the CDK CLI would run it, without it. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const repository = fileURLToPath(new URL('../../', import.meta.url));

export interface AppContext {
  /** Over the context of cdk.json. */
  readonly options: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
}

/** What became of it: the folder that the app wrote, or what it printed. */
export type SynthAnswer = { readonly outdir: string } | { readonly error: string };

/** Without the minified source that node prints around an error in the CDK. */
const legible = (text: string): string =>
  text
    .split('\n')
    .filter((line) => line.length < 1000)
    .join('\n');

/**
 * Resolves to the folder that it wrote. It lies in `.cache/`, so that the bundles find the AWS SDK, which Lambda brings, in
 * our node_modules. Rejects with what the app printed when the synth fails.
 */
export const runApp = async ({ options, environment }: AppContext): Promise<string> => {
  const cache = join(repository, '.cache');
  await mkdir(cache, { recursive: true });
  const outdir = await mkdtemp(join(cache, 'synth-'));
  const { context } = JSON.parse(await readFile(join(repository, 'cdk.json'), 'utf8')) as {
    context: Record<string, unknown>;
  }; // true: we wrote it
  const env = {
    ...process.env,
    ...environment,
    CDK_OUTDIR: outdir,
    CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...options }),
  };
  try {
    await promisify(execFile)(process.execPath, ['bin/kinoduct.ts'], { cwd: repository, env, maxBuffer: 2 ** 24 });
  } catch (error) {
    await rm(outdir, { recursive: true, force: true });
    const { stderr = '', stdout = '' } = error as { stderr?: string; stdout?: string }; // true: execFile's errors carry them
    throw new Error(legible(`${stdout}${stderr}`), { cause: error });
  }
  return outdir;
};
