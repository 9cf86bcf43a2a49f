import { createHash } from 'node:crypto';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { dynamoClient } from '#adapters/dynamodb/client.ts';
import { dynamoIdempotencyStore } from '#adapters/dynamodb/idempotency-store.ts';
import { dynamoJobStore } from '#adapters/dynamodb/job-store.ts';
import { dynamoMediaStore } from '#adapters/dynamodb/media-store.ts';
import { dynamoTemplateStore } from '#adapters/dynamodb/template-store.ts';
import { dynamoUploadStore } from '#adapters/dynamodb/upload-store.ts';
import { dynamoWebhookStore } from '#adapters/dynamodb/webhook-store.ts';
import { lambdaProber } from '#adapters/lambda/prober.ts';
import { s3ObjectStore } from '#adapters/s3/object-store.ts';
import { secretOfArn } from '#adapters/secrets-manager/secrets.ts';
import { sfnWorkflow } from '#adapters/step-functions/workflow.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { ulidIds } from '#adapters/system/ids.ts';
import { jsonLog } from '#adapters/system/json-log.ts';
import { derivedSigner } from '#adapters/system/signer.ts';
import type { ApiConfig } from './config.ts';
import type { ApiDeps } from './deps.ts';

export const awsDeps = (config: ApiConfig): ApiDeps => {
  const table = { client: dynamoClient(), table: config.JOBS_TABLE };
  return {
    jobs: dynamoJobStore(table),
    uploads: dynamoUploadStore(table),
    library: dynamoMediaStore(table),
    templates: dynamoTemplateStore(table),
    webhooks: dynamoWebhookStore(table),
    idempotency: dynamoIdempotencyStore(table),
    objects: s3ObjectStore({ bucket: config.MEDIA_BUCKET }),
    workflow: sfnWorkflow({ client: new SFNClient(), stateMachineArn: config.STATE_MACHINE_ARN }),
    prober: lambdaProber({ client: new LambdaClient(), functionName: config.RUNNER_FUNCTION }),
    signer: derivedSigner(secretOfArn(new SecretsManagerClient(), config.WEBHOOK_KEY_ARN)),
    privateHosts: config.PRIVATE_HOSTS,
    clock: systemClock,
    ids: ulidIds(),
    log: jsonLog((line) => process.stdout.write(line)),
    limits: {
      maxUploadBytes: config.MAX_UPLOAD_BYTES,
      uploadUrlSeconds: config.UPLOAD_URL_SECONDS,
      downloadUrlSeconds: config.DOWNLOAD_URL_SECONDS,
      jobSeconds: config.JOB_SECONDS,
      maxVariants: config.MAX_VARIANTS,
    },
    hash: (text) => createHash('sha256').update(text).digest('hex'),
  };
};
