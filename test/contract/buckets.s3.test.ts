import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { bucketDelivery } from '#adapters/delivery/buckets.ts';
import { s3Buckets } from '#adapters/s3/buckets.ts';
import type { Buckets } from '#core/ports/buckets.ts';
import { failureOf, secretWord, targetOf } from '#test/support/delivery.ts';
import { startProxy } from '#test/support/proxy.ts';
import { rigAvailable } from '#test/support/rig.ts';
import { startRigBucket } from '#test/support/rig-bucket.ts';
import { bucketsContract } from './buckets.contract.ts';

const allowed = ['inbox', 'outbox', 'nowhere'];

const startBuckets = async () => {
  const rig = await startRigBucket();
  for (const Bucket of ['inbox', 'outbox', 'other']) await rig.client.send(new CreateBucketCommand({ Bucket }));
  return { rig, buckets: s3Buckets({ allowed, client: new S3Client(rig.config) }), close: () => rig.close() };
};

describe.skipIf(!rigAvailable())('with the cloud rig', () => {
  bucketsContract('S3', startBuckets);

  describe('buckets on S3, when things go wrong', () => {
    let subject: Awaited<ReturnType<typeof startBuckets>>;
    let proxy: Awaited<ReturnType<typeof startProxy>>;
    let buckets: Buckets;
    let folder: string;

    beforeAll(async () => {
      subject = await startBuckets();
      proxy = await startProxy(subject.rig.config.endpoint);
      folder = await mkdtemp(path.join(tmpdir(), 'kinoduct-buckets-faults-'));
      buckets = s3Buckets({
        allowed,
        client: new S3Client({ ...subject.rig.config, endpoint: proxy.endpoint, maxAttempts: 2 }),
      });
      await writeFile(path.join(folder, 'source'), 'bytes');
    });
    afterEach(() => proxy.inject(() => undefined));
    afterAll(async () => {
      await proxy.close();
      await subject.close();
      await rm(folder, { recursive: true, force: true });
    });

    const object = { bucket: 'inbox', key: 'a' };
    const xml = (code: string) => `<?xml version="1.0"?><Error><Code>${code}</Code><Key>${secretWord}</Key></Error>`;
    const source = () => path.join(folder, 'source');
    const works: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['head', () => buckets.head(object)],
      ['read', () => buckets.read(object, 10)],
      ['download', () => buckets.download(object, path.join(folder, 'never'))],
      ['upload', () => buckets.upload(source(), object, { contentType: 'video/mp4' })],
      ['write', () => buckets.write(object, 'x', { contentType: 'text/plain' })],
    ];

    test.each(works)('%s that AWS refuses is input.forbidden_host', async (_, work) => {
      proxy.inject(() => ({ kind: 'answer', status: 403, body: xml('AccessDenied') }));
      const failure: unknown = await work().catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'input.forbidden_host', retryable: false });
      expect(failure).toMatchObject({ message: expect.not.stringContaining(secretWord) });
    });

    test.each(works)('%s while S3 is busy is platform.throttled', async (_, work) => {
      proxy.inject(() => ({ kind: 'answer', status: 503, body: xml('SlowDown') }));
      await expect(work()).rejects.toMatchObject({ code: 'platform.throttled', retryable: true });
    });

    test('a delivery while S3 is busy is provider.drive', async () => {
      proxy.inject(() => ({ kind: 'answer', status: 503, body: xml('SlowDown') }));
      const file = { file: source(), bytes: 5, contentType: 'video/mp4', sha256: '', path: 'a.mp4' };
      const failure: unknown = await bucketDelivery({ buckets })
        .deliver(file, targetOf('s3://outbox'), {})
        .catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'provider.drive', message: 'The bucket outbox did not take the file.' });
    });

    test('a version is asked for by its id', async () => {
      await buckets.write(object, 'x', { contentType: 'text/plain' });
      const pinned = { ...object, versionId: 'v-1' };
      const before = proxy.seen.length;
      await buckets.head(pinned);
      await buckets.read(pinned, 10);
      await buckets.download(pinned, path.join(folder, 'pinned'));
      const asked = proxy.seen.slice(before);
      expect(asked).toHaveLength(3);
      for (const request of asked) expect(request).toContain('versionId=v-1');
    });

    test('nothing is sent for a bucket that is not listed', async () => {
      const before = proxy.seen.length;
      await failureOf(buckets.head({ bucket: 'other', key: 'a' }));
      expect(proxy.seen).toHaveLength(before);
    });

    test('an object that is too large is not read to its end', async () => {
      await buckets.write(object, 'x'.repeat(1_000_000), { contentType: 'text/plain' });
      expect(await failureOf(buckets.read(object, 999_999))).toMatchObject({ code: 'input.too_large' });
    });
  });
});
