/** An S3 store on a bucket of the rig, alone: no other service of it is started. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { s3ObjectStore } from '#adapters/s3/object-store.ts';
import { startRigS3 } from './rig.ts';

export const startRigBucket = async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'kinoduct-rig-s3-'));
  const rig = await startRigS3(root);
  const { endpoint, region, credentials } = rig;
  const config = { endpoint, region, credentials, forcePathStyle: true };
  const client = new S3Client(config);
  const bucket = 'media';
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    store: s3ObjectStore({ bucket, config }),
    bucket,
    config,
    client,
    close: async () => {
      client.destroy();
      await rig.close();
      await rm(root, { recursive: true, force: true });
    },
  };
};
