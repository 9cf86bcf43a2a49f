/** Every combination of options, synthesized in strict mode: warnings of the validator fail it as errors do. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { repository } from '#lib/repository.ts';
import { combinations } from './combinations.ts';
import { type Ran, run } from './run.ts';

export interface Synth {
  readonly name: string;
  readonly ran: Ran;
  /** The absolute folder that was written. */
  readonly outdir: string;
  readonly templates: readonly string[];
  readonly resources: number;
}

/** Two are at work at a time: each keeps a processor busy. */
const atOnce = 2;

const folderOf = (name: string): string => repository(join('.cache/rehearsal', name.replaceAll(/[^a-zA-Z]+/g, '-')));

const offline = {
  CDK_DISABLE_CLI_TELEMETRY: '1',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_ACCESS_KEY_ID: '',
  AWS_SECRET_ACCESS_KEY: '',
  CDK_DOCKER: '/bin/false',
};

const resourcesIn = async (template: string): Promise<number> => {
  const { Resources = {} } = JSON.parse(await readFile(template, 'utf8')) as { Resources?: object }; // true: CDK wrote it
  return Object.keys(Resources).length;
};

const synth = async (name: string, options: Readonly<Record<string, string>>): Promise<Synth> => {
  const outdir = folderOf(name);
  const context = Object.entries(options).flatMap(([option, value]) => ['--context', `${option}=${value}`]);
  const cdk = repository('node_modules/aws-cdk/bin/cdk');
  const args = [cdk, 'synth', '--quiet', '--strict', '--no-notices', '--output', outdir, ...context];
  const ran = await run(process.execPath, args, offline);
  const templates = ran.ok
    ? (await readdir(outdir)).filter((file) => file.endsWith('.template.json')).map((file) => join(outdir, file))
    : [];
  const counts = await Promise.all(templates.map(resourcesIn));
  return { name, ran, outdir, templates, resources: counts.reduce((sum, count) => sum + count, 0) };
};

/** `say` is told of each when it is done. */
export const synthAll = (names: readonly string[], say: (synthesized: Synth) => void): Promise<readonly Synth[]> => {
  const limit = pLimit(atOnce);
  return Promise.all(
    names.map((name) =>
      limit(async () => {
        const made = await synth(name, combinations[name] ?? {});
        say(made);
        return made;
      }),
    ),
  );
};
