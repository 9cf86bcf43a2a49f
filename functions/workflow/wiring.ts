import { createHash } from 'node:crypto';
import { SFNClient } from '@aws-sdk/client-sfn';
import { emfMetrics } from '#adapters/cloudwatch/metrics.ts';
import { s3Buckets } from '#adapters/s3/buckets.ts';
import { s3ObjectStore } from '#adapters/s3/object-store.ts';
import { sfnWorkflow } from '#adapters/step-functions/workflow.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { ulidIds } from '#adapters/system/ids.ts';
import { lambdaLog, print, traceHeader } from '#adapters/system/lambda.ts';
import { plannerOf } from '#core/planner/planner.ts';
import { billingOf } from '#core/usecases/billing.ts';
import { ledgerJobs } from '#core/usecases/ledger.ts';
import { openStores } from '#functions/stores-wiring.ts';
import type { WorkflowDeps } from './app.ts';
import { keepingJobs } from '#core/usecases/keep-uploads.ts';
import { measuredJobs } from '#core/usecases/measure-jobs.ts';
import { countedJobs } from '#core/usecases/quotas.ts';
import type { WorkflowConfig } from './config.ts';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

export const awsDeps = async (config: WorkflowConfig): Promise<WorkflowDeps> => {
  const billing = billingOf(config);
  const metrics = emfMetrics({ stage: config.STAGE, write: print });
  const stores = await openStores(config);
  const log = lambdaLog();
  const counting = { usage: stores.usage, quotas: config.QUOTAS, clock: systemClock, log };
  return {
    jobs: measuredJobs(keepingJobs(countedJobs(ledgerJobs(stores.jobs, billing), counting), stores.uploads), metrics),
    usage: stores.usage,
    uploads: stores.uploads,
    library: stores.library,
    made: stores.made,
    build: config.BUILD,
    webhooks: stores.webhooks,
    objects: s3ObjectStore({ bucket: config.MEDIA_BUCKET }),
    buckets: s3Buckets({ allowed: config.DROP_BUCKET === '' ? [] : [config.DROP_BUCKET] }),
    workflow: sfnWorkflow({ client: new SFNClient(), stateMachineArn: config.STATE_MACHINE_ARN, traceHeader }),
    plan: plannerOf({ hash, billing }),
    billing,
    hash,
    speechProvider: config.SPEECH_PROVIDER,
    privateHosts: config.PRIVATE_HOSTS,
    clock: systemClock,
    ids: ulidIds(),
    log,
    metrics,
    limits: { maxUploadBytes: config.MAX_UPLOAD_BYTES, jobSeconds: config.JOB_SECONDS },
  };
};
