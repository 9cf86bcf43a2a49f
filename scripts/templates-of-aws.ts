/** The CloudFormation templates of a deployment with all options at their defaults, synthesized as the CDK's CLI does it. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

export interface Template {
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>
  >;
  readonly Outputs?: Readonly<Record<string, unknown>>;
}

/** By the last word of their stack's name: `storage`, `data`, … */
export type Templates = Readonly<Record<string, Template>>;

const top = path.resolve(import.meta.dirname, '..');

const json = async (file: string) => JSON.parse(await readFile(file, 'utf8'));

/** Without the minified source that node prints around an error in the CDK. */
const legible = (text: string): string =>
  text
    .split('\n')
    .filter((line) => line.length < 1000)
    .join('\n');

export const defaultTemplates = async (): Promise<Templates> => {
  const outdir = await mkdtemp(path.join(tmpdir(), 'kinoduct-synth-'));
  try {
    const { context }: { context: object } = await json(path.join(top, 'cdk.json'));
    const env = { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(context) };
    await promisify(execFile)(process.execPath, ['bin/kinoduct.ts'], { cwd: top, env, maxBuffer: 2 ** 24 }).catch(
      (error: { readonly stdout: string; readonly stderr: string }) => {
        throw new Error(`The stacks cannot be synthesized.\n${legible(`${error.stdout}${error.stderr}`)}`);
      },
    );
    const files = (await readdir(outdir)).filter((file) => /^kinoduct-dev-[\w-]+\.template\.json$/.test(file));
    const read = async (file: string): Promise<[string, Template]> => [
      file.replace(/^kinoduct-dev-([\w-]+)\..*/, '$1'),
      await json(path.join(outdir, file)),
    ];
    return Object.fromEntries(await Promise.all(files.map(read)));
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
};
