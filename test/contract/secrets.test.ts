/** What `core/ports/secrets.ts` promises, on a folder and on Secrets Manager. */
import { execFileSync } from 'node:child_process';
import { chmod, link, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
  SecretsManagerServiceException,
} from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { folderSecrets } from '#adapters/filesystem/secrets.ts';
import { manualClock } from '#adapters/memory/clock.ts';
import { secretsManagerSecrets } from '#adapters/secrets-manager/secrets.ts';
import { failureOf, secretWord } from '#test/support/delivery.ts';

describe('secrets in a folder', () => {
  let base: string;
  let folder: string;
  beforeEach(async () => {
    base = await mkdtemp(path.join(tmpdir(), 'kinoduct-secrets-'));
    folder = path.join(base, 'secrets');
    await mkdir(folder, { mode: 0o700 });
  });
  afterEach(() => rm(base, { recursive: true, force: true }));

  const put = (file: string, value: string, mode = 0o600) => writeFile(path.join(folder, file), value, { mode });
  const read = (name: string) => folderSecrets({ folder }).read(name);

  test.each([
    ['drive', 'drive'],
    ['team/drive.v2', 'team%2Fdrive.v2'],
    ['a..b', 'a..b'],
    ['a/../b', 'a%2F..%2Fb'],
  ])('%s lies in the file %s', async (name, file) => {
    await put(file, `the ${name}`);
    expect(await read(name)).toBe(`the ${name}`);
  });

  test.each([
    ['value', 'value'],
    ['value\n', 'value'],
    ['value\r\n', 'value'],
    ['{\n"a": 1\n}\n\n', '{\n"a": 1\n}\n'],
    ['', ''],
  ])('the file %j holds %j', async (content, value) => {
    await put('drive', content);
    expect(await read('drive')).toBe(value);
  });

  test('a new value counts at once', async () => {
    const secrets = folderSecrets({ folder });
    await put('drive', 'old');
    await secrets.read('drive');
    await put('drive', 'new');
    expect(await secrets.read('drive')).toBe('new');
  });

  test.each(['absent', 'folder/absent', `${'a/'.repeat(60)}a`])('%s, which is not there, is named', async (name) => {
    const failure = await failureOf(read(name));
    expect(failure).toMatchObject({ code: 'spec.unknown_reference', retryable: false });
    expect(failure.facts.detail).toContain(`"${name}"`);
  });

  test.each(['../outside', '/etc/passwd', '..', '.hidden', '', 'a b', 'a\0', '%2E%2E%2Foutside'])(
    'no file is opened for the name %j',
    async (name) => {
      await writeFile(path.join(base, 'outside'), secretWord, { mode: 0o600 });
      expect(await failureOf(read(name))).toMatchObject({ code: 'spec.unknown_reference' });
    },
  );

  test.each([0o644, 0o640, 0o604, 0o620, 0o602])('a file of mode %o is refused', async (mode) => {
    await put('drive', secretWord);
    await chmod(path.join(folder, 'drive'), mode);
    const failure = await failureOf(read('drive'));
    expect(failure).toMatchObject({ code: 'spec.unknown_reference' });
    expect(failure.facts.detail).toContain('0600');
    expect(failure.facts.detail).not.toContain(base);
  });

  test('a file that only its owner may read is fine', async () => {
    await put('drive', 'value', 0o400);
    expect(await read('drive')).toBe('value');
  });

  test.each<[string, () => unknown]>([
    ['a link', () => symlink(path.join(base, 'outside'), path.join(folder, 'drive'))],
    ['a folder', () => mkdir(path.join(folder, 'drive'), { mode: 0o700 })],
    ['a pipe', () => execFileSync('mkfifo', ['-m', '600', path.join(folder, 'drive')])],
    ['too large', () => put('drive', secretWord.repeat(65_536))],
  ])('what is %s is refused', async (_, make) => {
    await writeFile(path.join(base, 'outside'), secretWord, { mode: 0o600 });
    await make();
    expect(await failureOf(read('drive'))).toMatchObject({ code: 'spec.unknown_reference' });
  });

  test('a second name of the file does no harm', async () => {
    await put('drive', 'value');
    await link(path.join(folder, 'drive'), path.join(folder, 'drive-2'));
    expect(await read('drive-2')).toBe('value');
  });

  test('where there is no folder there is no secret', async () => {
    const secrets = folderSecrets({ folder: path.join(base, 'nowhere') });
    expect(await failureOf(secrets.read('drive'))).toMatchObject({ code: 'spec.unknown_reference' });
  });
});

describe('secrets in Secrets Manager', () => {
  const service = mockClient(SecretsManagerClient);
  const clock = manualClock();
  const secretsOf = () =>
    secretsManagerSecrets({
      client: new SecretsManagerClient({ region: 'eu-central-1' }),
      prefix: 'kinoduct/prod/',
      clock,
    });
  const about = { message: secretWord, $metadata: {} };
  afterEach(() => {
    service.reset();
  });

  test('lie below the prefix', async () => {
    service.on(GetSecretValueCommand, { SecretId: 'kinoduct/prod/team/drive' }).resolves({ SecretString: 'value' });
    expect(await secretsOf().read('team/drive')).toBe('value');
  });

  test('are asked for again after five minutes, and not before', async () => {
    const secrets = secretsOf();
    service.on(GetSecretValueCommand).resolves({ SecretString: 'old' });
    expect(await secrets.read('drive')).toBe('old');
    service.on(GetSecretValueCommand).resolves({ SecretString: 'new' });
    clock.advance(5 * 60_000 - 1);
    expect(await secrets.read('drive')).toBe('old');
    expect(service.calls()).toHaveLength(1);
    clock.advance(1);
    expect(await secrets.read('drive')).toBe('new');
  });

  test('are kept apart', async () => {
    const secrets = secretsOf();
    service.on(GetSecretValueCommand, { SecretId: 'kinoduct/prod/a' }).resolves({ SecretString: 'of a' });
    service.on(GetSecretValueCommand, { SecretId: 'kinoduct/prod/b' }).resolves({ SecretString: 'of b' });
    expect([await secrets.read('a'), await secrets.read('b'), await secrets.read('a')]).toEqual([
      'of a',
      'of b',
      'of a',
    ]);
  });

  test('that are absent are named, and found as soon as they are there', async () => {
    const secrets = secretsOf();
    service.on(GetSecretValueCommand).rejects(new ResourceNotFoundException(about));
    const failure: unknown = await secrets.read('drive').catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'spec.unknown_reference',
      message: 'The secret "drive" does not exist here.',
    });
    service.on(GetSecretValueCommand).resolves({ SecretString: 'value' });
    expect(await secrets.read('drive')).toBe('value');
  });

  test('that hold bytes are not used', async () => {
    service.on(GetSecretValueCommand).resolves({ SecretBinary: new Uint8Array([1]) });
    expect(await failureOf(secretsOf().read('drive'))).toMatchObject({ code: 'spec.unknown_reference' });
  });

  test.each([
    ['InvalidRequestException', 'spec.unknown_reference', false],
    ['ThrottlingException', 'platform.throttled', true],
    ['AccessDeniedException', 'platform.internal', true],
    ['InternalServiceError', 'platform.internal', true],
  ])('%s is %s', async (name, code, retryable) => {
    service.on(GetSecretValueCommand).rejects(new SecretsManagerServiceException({ ...about, name, $fault: 'client' }));
    const failure: unknown = await secretsOf()
      .read('drive')
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, retryable, message: expect.not.stringContaining(secretWord) });
  });
});
