import { createHash } from 'node:crypto';
import { SFNClient } from '@aws-sdk/client-sfn';
import { emfMetrics } from '#adapters/cloudwatch/metrics.ts';
import { s3Buckets } from '#adapters/s3/buckets.ts';
import { s3ObjectStore } from '#adapters/s3/object-store.ts';
import { sfnWorkflow } from '#adapters/step-functions/workflow.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { lambdaLog, print, traceHeader } from '#adapters/system/lambda.ts';
import { Limits } from '#core/usecases/limits.ts';
import type { DropDeps } from '#core/usecases/drop-file.ts';
import { keepingJobs } from '#core/usecases/keep-uploads.ts';
import { measuredJobs } from '#core/usecases/measure-jobs.ts';
import { countedJobs } from '#core/usecases/quotas.ts';
import { openStores } from '#functions/stores-wiring.ts';
import type { DropConfig } from './config.ts';

export const awsDeps = async (config: DropConfig): Promise<DropDeps & { readonly owner: string }> => {
  const metrics = emfMetrics({ stage: config.STAGE, write: print });
  const stores = await openStores(config);
  const log = lambdaLog();
  const counting = { usage: stores.usage, quotas: config.QUOTAS, clock: systemClock, log };
  return {
    jobs: measuredJobs(keepingJobs(countedJobs(stores.jobs, counting), stores.uploads), metrics),
    uploads: stores.uploads,
    library: stores.library,
    made: stores.made,
    build: config.BUILD,
    templates: stores.templates,
    webhooks: stores.webhooks,
    objects: s3ObjectStore({ bucket: config.MEDIA_BUCKET }),
    buckets: s3Buckets({ allowed: [config.DROP_BUCKET] }),
    workflow: sfnWorkflow({ client: new SFNClient(), stateMachineArn: config.STATE_MACHINE_ARN, traceHeader }),
    clock: systemClock,
    log,
    limits: Limits.parse({ maxUploadBytes: config.MAX_UPLOAD_BYTES, jobSeconds: config.JOB_SECONDS }),
    hash: (text) => createHash('sha256').update(text).digest('hex'),
    recognises: config.RECOGNISES,
    owner: config.DROP_OWNER,
  };
};
