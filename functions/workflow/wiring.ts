import { createHash } from 'node:crypto';
import { SFNClient } from '@aws-sdk/client-sfn';
import { emfMetrics } from '#adapters/cloudwatch/metrics.ts';
import { dynamoClient } from '#adapters/dynamodb/client.ts';
import { dynamoJobStore } from '#adapters/dynamodb/job-store.ts';
import { dynamoMadeStore } from '#adapters/dynamodb/made-store.ts';
import { dynamoMediaStore } from '#adapters/dynamodb/media-store.ts';
import { dynamoUploadStore } from '#adapters/dynamodb/upload-store.ts';
import { dynamoWebhookStore } from '#adapters/dynamodb/webhook-store.ts';
import { s3Buckets } from '#adapters/s3/buckets.ts';
import { s3ObjectStore } from '#adapters/s3/object-store.ts';
import { sfnWorkflow } from '#adapters/step-functions/workflow.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { ulidIds } from '#adapters/system/ids.ts';
import { lambdaLog, print, traceHeader } from '#adapters/system/lambda.ts';
import { plan } from '#core/planner/plan.ts';
import type { WorkflowDeps } from './app.ts';
import { measuredJobs } from '#core/usecases/measure-jobs.ts';
import type { WorkflowConfig } from './config.ts';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

export const awsDeps = (config: WorkflowConfig): WorkflowDeps => {
  const metrics = emfMetrics({ stage: config.STAGE, write: print });
  const table = { client: dynamoClient(), table: config.JOBS_TABLE };
  return {
    jobs: measuredJobs(dynamoJobStore(table), metrics),
    uploads: dynamoUploadStore(table),
    library: dynamoMediaStore(table),
    made: dynamoMadeStore(table),
    build: config.BUILD,
    webhooks: dynamoWebhookStore(table),
    objects: s3ObjectStore({ bucket: config.MEDIA_BUCKET }),
    buckets: s3Buckets({ allowed: config.DROP_BUCKET === '' ? [] : [config.DROP_BUCKET] }),
    workflow: sfnWorkflow({ client: new SFNClient(), stateMachineArn: config.STATE_MACHINE_ARN, traceHeader }),
    plan: (input) => plan({ ...input, hash }),
    hash,
    speechProvider: config.SPEECH_PROVIDER,
    privateHosts: config.PRIVATE_HOSTS,
    clock: systemClock,
    ids: ulidIds(),
    log: lambdaLog(),
    metrics,
    limits: { maxUploadBytes: config.MAX_UPLOAD_BYTES, jobSeconds: config.JOB_SECONDS },
  };
};
