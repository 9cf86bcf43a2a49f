import { createHash } from 'node:crypto';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { deliveries } from '#adapters/delivery/index.ts';
import { emfMetrics } from '#adapters/cloudwatch/metrics.ts';
import { elevenLabsOfSecret } from '#adapters/elevenlabs/of-secret.ts';
import { eventBridgeBus } from '#adapters/eventbridge/event-bus.ts';
import { filesystemWorkspace } from '#adapters/filesystem/workspace.ts';
import { guardedWeb } from '#adapters/http/web.ts';
import { pollyClient } from '#adapters/polly/client.ts';
import { pollySpeech } from '#adapters/polly/speech.ts';
import { s3Buckets } from '#adapters/s3/buckets.ts';
import { s3ObjectStore } from '#adapters/s3/object-store.ts';
import { secretOfArn, secretsManagerSecrets } from '#adapters/secrets-manager/secrets.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { ulidIds } from '#adapters/system/ids.ts';
import { lambdaLog, print } from '#adapters/system/lambda.ts';
import { derivedSigner } from '#adapters/system/signer.ts';
import type { ContentAnalysis } from '#core/ports/content-analysis.ts';
import type { Web } from '#core/ports/web.ts';
import { billingOf } from '#core/usecases/billing.ts';
import { openStores } from '#functions/stores-wiring.ts';
import type { TransferAppDeps } from './app.ts';
import type { TransferConfig } from './config.ts';

/** Imports write nothing for so long only when they wait; the network's own limits end that before. */
const stallSeconds = 120;

/** Most deployments have none, and need not load its clients. */
const recognisersOf = async (config: TransferConfig, web: Web): Promise<ContentAnalysis> =>
  config.RECOGNISES.length === 0 ? {} : (await import('./recognition-wiring.ts')).recognisers(config, web);

export const awsDeps = async (config: TransferConfig): Promise<TransferAppDeps> => {
  const metrics = emfMetrics({ stage: config.STAGE, write: print });
  const stores = await openStores(config);
  const { PRIVATE_HOSTS: privateHosts } = config;
  const web = guardedWeb({ privateHosts });
  const secretsManager = new SecretsManagerClient();
  const secrets = secretsManagerSecrets({ client: secretsManager, prefix: config.SECRETS_PREFIX });
  return {
    jobs: stores.jobs,
    library: stores.library,
    idempotency: stores.idempotency,
    objects: s3ObjectStore({ bucket: config.MEDIA_BUCKET }),
    webhooks: stores.webhooks,
    signer: derivedSigner(secretOfArn(secretsManager, config.WEBHOOK_KEY_ARN)),
    bus: eventBridgeBus({ client: new EventBridgeClient(), bus: config.EVENT_BUS }),
    privateHosts,
    workspace: filesystemWorkspace({ root: config.WORK_ROOT }),
    web,
    buckets: s3Buckets({ allowed: config.SOURCE_BUCKETS }),
    secrets,
    speech: {
      polly: pollySpeech({ client: pollyClient() }),
      elevenlabs: elevenLabsOfSecret({ web, secrets, baseUrl: config.ELEVENLABS_URL }),
    },
    recognisers: await recognisersOf(config, web),
    deliveries: deliveries({
      web,
      buckets: s3Buckets({ allowed: config.DELIVERY_BUCKETS }),
      clock: systemClock,
      privateHosts,
      urls: { drive: config.GOOGLE_DRIVE_URL, imgur: config.IMGUR_URL, reddit: config.REDDIT_URL },
    }),
    hash: (text) => createHash('sha256').update(text).digest('hex'),
    clock: systemClock,
    ids: ulidIds(),
    log: lambdaLog(),
    metrics,
    limits: { stallSeconds, maxBytes: config.MAX_INPUT_BYTES },
    billing: billingOf(config),
    usage: stores.usage,
    quotas: config.QUOTAS,
  };
};
