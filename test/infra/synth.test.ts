import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Asset } from '#core/job/plan.ts';
import { type Synthesized, synthesize } from '#test/support/synth.ts';
import { partOf } from '../../scripts/marked.ts';
import { partsOfTemplates } from '../../scripts/parts.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));

let deployment: Synthesized;

beforeAll(async () => {
  deployment = await synthesize();
});

afterAll(() => deployment.remove());

const sizeOf = async (folder: string, file: string): Promise<number> => (await stat(join(folder, file))).size;

const assetsIn = async (outdir: string): Promise<string[]> =>
  (await readdir(outdir)).filter((name) => name.startsWith('asset.')).sort();

describe('a synth', () => {
  test('by the CDK’s own command works without network, account and Docker, and makes the same assets as any', async () => {
    const outdir = await mkdtemp(join(repository, '.cache/synth-'));
    const env = {
      ...process.env,
      CDK_DISABLE_CLI_TELEMETRY: '1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      CDK_DOCKER: '/bin/false',
      HTTPS_PROXY: 'http://127.0.0.1:9',
    };
    const cdk = join(repository, 'node_modules/aws-cdk/bin/cdk');
    const args = [cdk, 'synth', '--quiet', '--strict', '--no-notices', '--output', outdir];
    await promisify(execFile)(process.execPath, args, { cwd: repository, env });
    expect((await readdir(outdir)).filter((file) => file.endsWith('.template.json'))).toHaveLength(6);
    expect(await assetsIn(outdir)).toEqual(await assetsIn(deployment.outdir));
    await rm(outdir, { recursive: true });
  });

  test('finds nothing against the rules that it did not accept', async () => {
    const report = JSON.parse(await readFile(join(deployment.outdir, 'validation-report.json'), 'utf8')) as {
      pluginReports: { pluginName: string; conclusion: string }[];
    }; // true: CDK wrote it
    for (const { pluginName, conclusion } of report.pluginReports) expect(conclusion, pluginName).toBe('success');
  });

  test('is what docs/architecture.md and docs/deploy.md tell of it (`npm run reference` writes them)', async () => {
    for (const part of partsOfTemplates(deployment.templates)) {
      const page = await readFile(join(repository, part.file), 'utf8');
      expect(partOf(page, part), part.name).toBe(part.text.trim());
    }
  });

  test('fails on a finding', () => {
    const app = new App({ context: { '@aws-cdk/core:failSynthOnValidationErrors': true } });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    const bucket = new Bucket(new Stack(app, 'stack'), 'open');
    expect(() => app.synth()).toThrow(`AwsSolutions-S10`);
    expect(bucket.node.id).toBe('open');
  });

  test('names no account, no region and no folder of this machine', async () => {
    for (const [part, template] of Object.entries(deployment.templates)) {
      const text = JSON.stringify(template);
      expect(text, part).not.toContain(repository);
      expect(text, part).not.toMatch(/\b\d{12}\b|\b(us|eu|ap)-[a-z]+-\d[a-z]?\b/);
    }
  });
});

describe('bundles', () => {
  /** The files that a function loads when it starts: those that `index.mjs` imports, and not those behind `import()`. */
  const startOf = async (root: string, file = 'index.mjs', seen = new Set<string>()): Promise<ReadonlySet<string>> => {
    seen.add(file);
    const text = await readFile(join(root, file), 'utf8');
    for (const [, next = ''] of text.matchAll(/(?:from|import)"\.\/([\w-]+\.mjs)"/g))
      if (!seen.has(next)) await startOf(root, next, seen);
    return seen;
  };

  /** Of the API, zod is 103 KB; `import { z } from 'zod'` in one of its files would make that 450. */
  test('are small where they start, without source maps', async () => {
    for (const { root } of [deployment.functions.api, deployment.functions.workflow]) {
      const files = [...(await startOf(root))];
      const sizes = await Promise.all(files.map((file) => sizeOf(root, file)));
      // Both hold the job language and the planner: a job is refused, and its plan shown, when it is sent.
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(500 * 1024);
      expect((await readdir(root)).filter((file) => !file.endsWith('.mjs'))).toEqual([]);
    }
  });

  test('load PostgreSQL only where a deployment has it', async () => {
    const { root } = deployment.functions.api;
    const files = (await readdir(root)).filter((file) => file.startsWith('rds-'));
    expect(files).toHaveLength(1);
    expect([...(await startOf(root))].filter((file) => file.startsWith('rds-'))).toEqual([]);
  });

  test('of the runner lie in the build context of its image, the AWS SDK inside', async () => {
    const { root, handler } = deployment.functions.runner;
    expect(handler).toBe('runner.handler');
    const files = await readdir(root);
    expect(files).toEqual(expect.arrayContaining(['Dockerfile', 'assets', 'runner.mjs', 'task.mjs', 'vendor']));
    expect(files.filter((file) => file.includes('.') && !file.endsWith('.mjs'))).toEqual([]);
    expect([...(await startOf(root, 'runner.mjs'))].filter((file) => file.startsWith('rds-'))).toEqual([]);
    expect(await readdir(join(root, 'assets'))).toEqual(Asset.options);
    expect(await readFile(join(root, 'runner.mjs'), 'utf8')).not.toMatch(/from"@aws-sdk/);
  });

  test.each(['api', 'workflow', 'runner', 'transfer', 'drop'] as const)(
    'load in node 24 and export their handler: %s',
    async (name) => {
      const { root = '', handler = '', environment = [], literals = {} } = deployment.functions[name] ?? {};
      const [file = '', exported = ''] = handler.split('.');
      const url = pathToFileURL(join(root, `${file}.mjs`)).href;
      const values: Record<string, string> = {
        STATE_MACHINE_ARN: 'arn:aws:states:eu-west-1:1:stateMachine:x',
        WEBHOOK_KEY_ARN: 'arn:aws:secretsmanager:eu-west-1:1:secret:x',
      };
      const env = {
        ...process.env,
        AWS_REGION: 'eu-west-1',
        ...Object.fromEntries(
          environment.map((variable) => [variable, literals[variable] ?? values[variable] ?? '100']),
        ),
      };
      const script = `const m = await import(${JSON.stringify(url)}); console.log(typeof m[${JSON.stringify(exported)}]);`;
      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env });
      expect(stdout.trim()).toBe('function');
    },
  );
});
