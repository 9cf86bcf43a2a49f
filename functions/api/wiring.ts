import { createHash } from 'node:crypto';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { emfMetrics } from '#adapters/cloudwatch/metrics.ts';
import { cognitoIdentity } from '#adapters/cognito/identity.ts';
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
import { billingOf } from '#core/usecases/billing.ts';
import { rememberingProber } from '#core/usecases/known-inputs.ts';
import { ledgerJobs } from '#core/usecases/ledger.ts';
import { keepingJobs } from '#core/usecases/keep-uploads.ts';
import { measuredJobs } from '#core/usecases/measure-jobs.ts';
import { countedJobs } from '#core/usecases/quotas.ts';
import { openStores } from '#functions/stores-wiring.ts';
import type { ApiConfig } from './config.ts';
import type { ApiDeps } from './deps.ts';

const identityOf = ({ USER_POOL_ID: userPoolId, USER_POOL_CLIENT_ID: clientId }: ApiConfig): Identity =>
  userPoolId === ''
    ? noAccounts
    : cognitoIdentity({ client: new CognitoIdentityProviderClient(), userPoolId, clientId });

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

export const awsDeps = async (config: ApiConfig): Promise<ApiDeps> => {
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
    templates: stores.templates,
    webhooks: stores.webhooks,
    idempotency: stores.idempotency,
    identity: identityOf(config),
    objects: s3ObjectStore({ bucket: config.MEDIA_BUCKET }),
    workflow: sfnWorkflow({ client: new SFNClient(), stateMachineArn: config.STATE_MACHINE_ARN, traceHeader }),
    prober: rememberingProber(lambdaProber({ client: new LambdaClient(), functionName: config.RUNNER_FUNCTION })),
    signer: derivedSigner(secretOfArn(new SecretsManagerClient(), config.WEBHOOK_KEY_ARN)),
    privateHosts: config.PRIVATE_HOSTS,
    clock: systemClock,
    ids: ulidIds(),
    log,
    metrics,
    limits: {
      maxUploadBytes: config.MAX_UPLOAD_BYTES,
      uploadUrlSeconds: config.UPLOAD_URL_SECONDS,
      downloadUrlSeconds: config.DOWNLOAD_URL_SECONDS,
      jobSeconds: config.JOB_SECONDS,
      maxVariants: config.MAX_VARIANTS,
    },
    recognises: config.RECOGNISES,
    hash,
    planner: async () => (await import('#core/planner/planner.ts')).plannerOf({ hash, billing }),
    billing,
  };
};
