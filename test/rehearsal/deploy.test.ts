/** `cdk bootstrap` and `cdk deploy`, carried out: what they make is what the stacks say. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CloudFormationClient, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repository } from '#lib/repository.ts';
import { type Synthesized, synthesize, type Template } from '#test/support/synth.ts';
import { type Moto, motoAvailable, startMoto } from './moto.ts';

const account = '123456789012';
const region = 'us-east-1';
const parts = ['data', 'processing'] as const;

/** moto makes no secrets of Secrets Manager. A topic has an ARN in their place; nothing here reads the secret. */
const withoutSecrets = async (file: string): Promise<void> => {
  const template = JSON.parse(await readFile(file, 'utf8')) as Template; // true: CDK wrote it
  const resources = Object.entries(template.Resources).map(([id, resource]) => [
    id,
    resource.Type === 'AWS::SecretsManager::Secret' ? { Type: 'AWS::SNS::Topic', Properties: {} } : resource,
  ]);
  await writeFile(file, JSON.stringify({ ...template, Resources: Object.fromEntries(resources) }));
};

/** As if an image had been pushed before: the CDK then builds none. */
const pretendImages = async (url: string, assets: string): Promise<void> => {
  const { dockerImages } = JSON.parse(await readFile(assets, 'utf8')) as { dockerImages: object }; // true: CDK wrote it
  for (const hash of Object.keys(dockerImages)) {
    const manifest = {
      schemaVersion: 2,
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      config: { mediaType: 'application/vnd.docker.container.image.v1+json', size: 1, digest: `sha256:${hash}` },
      layers: [],
    };
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.PutImage',
        authorization: `AWS4-HMAC-SHA256 Credential=a/20260101/${region}/ecr/aws4_request, SignedHeaders=host, Signature=x`,
      },
      body: JSON.stringify({
        repositoryName: `cdk-hnb659fds-container-assets-${account}-${region}`,
        imageTag: hash,
        imageManifest: JSON.stringify(manifest),
      }),
    });
    if (!answer.ok) throw new Error(await answer.text());
  }
};

const isHere = await motoAvailable();
if (!isHere) test.skip('skipped: moto is not installed (pip install "moto[server]")', () => undefined);

describe.skipIf(!isHere)('an account of moto', () => {
  let moto: Moto;
  let synthesized: Synthesized;
  let outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;

  const env = (): Record<string, string> => ({
    ...(process.env as Record<string, string>), // true: what is undefined is not listed
    AWS_ENDPOINT_URL: moto.url,
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
    AWS_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true',
    CDK_DISABLE_CLI_TELEMETRY: '1',
    CDK_DOCKER: '/bin/false',
    CI: '1',
  });
  const run = async (args: readonly string[]): Promise<string> => {
    const options = { cwd: repository(), env: env(), maxBuffer: 2 ** 26 };
    const { stdout } = await promisify(execFile)(process.execPath, [...args], options);
    return stdout;
  };
  const cdk = (...args: readonly string[]): Promise<string> =>
    run([repository('node_modules/aws-cdk/bin/cdk'), ...args, '--app', synthesized.outdir, '--no-notices']);

  beforeAll(async () => {
    synthesized = await synthesize();
    moto = await startMoto();
    await withoutSecrets(join(synthesized.outdir, 'kinoduct-dev-data.template.json'));
    await cdk('bootstrap', `aws://${account}/${region}`);
    await pretendImages(moto.url, join(synthesized.outdir, 'kinoduct-dev-processing.assets.json'));
    const file = join(synthesized.outdir, 'outputs.json');
    const stacks = parts.map((part) => `kinoduct-dev-${part}`);
    // Of change sets moto makes no exports.
    await cdk('deploy', ...stacks, '--method=direct', '--require-approval', 'never', '--outputs-file', file);
    outputs = JSON.parse(await readFile(file, 'utf8')) as typeof outputs; // true: the CDK wrote it
  });

  afterAll(async () => {
    await moto?.close();
    await synthesized?.remove();
  });

  const client = () => ({ endpoint: moto.url, region, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
  const exported = (part: string, name: RegExp): string =>
    Object.entries(outputs[`kinoduct-dev-${part}`] ?? {}).find(([key]) => name.test(key))?.[1] ?? '';

  test('has the stacks, the table, the functions and the state machine', () => {
    expect(Object.keys(outputs).toSorted()).toEqual([
      'kinoduct-dev-data',
      'kinoduct-dev-processing',
      'kinoduct-dev-storage',
    ]);
    expect(exported('data', /RefJobs/)).toMatch(/^kinoduct-dev-data-Jobs/);
    expect(exported('processing', /ProcessJob/)).toBe(
      `arn:aws:states:${region}:${account}:stateMachine:kinoduct-dev-process-job`,
    );
    expect(exported('processing', /GetAttRunner/)).toContain(':function:kinoduct-dev-processing-Runner');
  });

  test('is told by npm run destroy what of it stays', async () => {
    const told = await run(['cli/destroy.ts', '--check']);
    expect(told).toContain(`account ${account}`);
    expect(told).toContain(exported('storage', /RefMedia/));
    expect(told).toContain(exported('data', /RefJobs/));
  });

  test('lets the runner read uploads and write outputs, and nothing else of the media', async () => {
    const media = exported('storage', /RefMedia/);
    const open = new S3Client({ ...client(), forcePathStyle: true });
    const at = (Key: string) => ({ Bucket: media, Key });
    await open.send(new PutObjectCommand({ ...at('uploads/a'), Body: 'x' }));
    const { StackResourceSummaries = [] } = await new CloudFormationClient(client()).send(
      new ListStackResourcesCommand({ StackName: 'kinoduct-dev-processing' }),
    );
    const role = StackResourceSummaries.find(({ LogicalResourceId }) =>
      /^RunnerRole[0-9A-F]{8}$/.test(LogicalResourceId ?? ''),
    );
    const RoleArn = `arn:aws:iam::${account}:role/${role?.PhysicalResourceId}`;
    const { Credentials } = await new STSClient(client()).send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName: 'runner' }),
    );
    await moto.enforceIam();
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
    const runner = new S3Client({
      ...client(),
      forcePathStyle: true,
      credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
    });
    await runner.send(new GetObjectCommand(at('uploads/a')));
    await runner.send(new PutObjectCommand({ ...at('outputs/a'), Body: 'x' }));
    const denied = { name: 'AccessDenied' };
    await expect(runner.send(new PutObjectCommand({ ...at('uploads/a'), Body: 'y' }))).rejects.toMatchObject(denied);
    await expect(runner.send(new DeleteObjectCommand(at('outputs/a')))).rejects.toMatchObject(denied);
    await expect(runner.send(new PutObjectCommand({ ...at('media/a'), Body: 'y' }))).rejects.toMatchObject(denied);
  });
});
