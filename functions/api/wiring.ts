import { createHash } from 'node:crypto';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { emfMetrics } from '#adapters/cloudwatch/metrics.ts';
import { cognitoIdentity } from '#adapters/cognito/identity.ts';
import { dynamoClient } from '#adapters/dynamodb/client.ts';
import { dynamoIdempotencyStore } from '#adapters/dynamodb/idempotency-store.ts';
import { dynamoJobStore } from '#adapters/dynamodb/job-store.ts';
import { dynamoMadeStore } from '#adapters/dynamodb/made-store.ts';
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
import { lambdaLog, print, traceHeader } from '#adapters/system/lambda.ts';
import { noAccounts } from '#adapters/system/no-accounts.ts';
import { derivedSigner } from '#adapters/system/signer.ts';
import type { Identity } from '#core/ports/identity.ts';
import { measuredJobs } from '#core/usecases/measure-jobs.ts';
import type { ApiConfig } from './config.ts';
import type { ApiDeps } from './deps.ts';

const identityOf = ({ USER_POOL_ID: userPoolId, USER_POOL_CLIENT_ID: clientId }: ApiConfig): Identity =>
  userPoolId === ''
    ? noAccounts
    : cognitoIdentity({ client: new CognitoIdentityProviderClient(), userPoolId, clientId });

export const awsDeps = (config: ApiConfig): ApiDeps => {
  const metrics = emfMetrics({ stage: config.STAGE, write: print });
  const table = { client: dynamoClient(), table: config.JOBS_TABLE };
  return {
    jobs: measuredJobs(dynamoJobStore(table), metrics),
    uploads: dynamoUploadStore(table),
    library: dynamoMediaStore(table),
    made: dynamoMadeStore(table),
    build: config.BUILD,
    templates: dynamoTemplateStore(table),
    webhooks: dynamoWebhookStore(table),
    idempotency: dynamoIdempotencyStore(table),
    identity: identityOf(config),
    objects: s3ObjectStore({ bucket: config.MEDIA_BUCKET }),
    workflow: sfnWorkflow({ client: new SFNClient(), stateMachineArn: config.STATE_MACHINE_ARN, traceHeader }),
    prober: lambdaProber({ client: new LambdaClient(), functionName: config.RUNNER_FUNCTION }),
    signer: derivedSigner(secretOfArn(new SecretsManagerClient(), config.WEBHOOK_KEY_ARN)),
    privateHosts: config.PRIVATE_HOSTS,
    clock: systemClock,
    ids: ulidIds(),
    log: lambdaLog(),
    metrics,
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
