/** The services that a container of the runner's image uses, reachable at the one address that it reaches. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { dynamoStores } from '#adapters/dynamodb/stores.ts';
import { s3ObjectStore } from '#adapters/s3/object-store.ts';
import { startDynamo } from './dynamodb.ts';
import { startRigS3 } from './rig.ts';
import { startTcpProxy } from './tcp-proxy.ts';

const bucket = 'media';

const portOf = (endpoint: string): number => Number(new URL(endpoint).port);

export const startImageServices = async (gateway: string) => {
  const folder = await mkdtemp(join(tmpdir(), 'kinoduct-image-services-'));
  const s3 = await startRigS3(folder);
  const dynamo = await startDynamo();
  const proxies = {
    S3: await startTcpProxy(portOf(s3.endpoint), gateway),
    DYNAMODB: await startTcpProxy(portOf(dynamo.endpoint), gateway),
  };
  const config = { endpoint: s3.endpoint, region: s3.region, credentials: s3.credentials, forcePathStyle: true };
  const client = new S3Client(config);
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
  return {
    stores: dynamoStores(dynamo),
    objects: s3ObjectStore({ bucket, config }),
    /** Everything that a runner is told: what a stack sets, and where AWS is. */
    env: {
      STAGE: 'test',
      JOBS_TABLE: dynamo.table,
      MEDIA_BUCKET: bucket,
      AWS_REGION: s3.region,
      AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: 'true',
      ...Object.fromEntries(
        Object.entries(proxies).map(([service, { port }]) => [
          `AWS_ENDPOINT_URL_${service}`,
          `http://${gateway}:${port}`,
        ]),
      ),
    },
    close: async () => {
      for (const proxy of Object.values(proxies)) proxy.close();
      await dynamo.close();
      await s3.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
export type ImageServices = Awaited<ReturnType<typeof startImageServices>>;
