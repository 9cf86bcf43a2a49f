/** The environment of the API's function. No other file of it reads the environment. */
import * as z from 'zod';
import { storesConfig } from '#functions/stores-config.ts';
import { RecognisesText } from '#core/job/recognition.ts';
import { BillingConfig } from '#core/usecases/billing.ts';
import { Limits } from '#core/usecases/limits.ts';
import { QuotaConfig } from '#core/usecases/quotas.ts';

export const ApiConfig = z.object({
  /** Of the deployment; metrics name it. */
  STAGE: z.string().min(1),
  /** What made outputs are made by; what another build made is not reused. */
  BUILD: z.string().min(1),
  ...storesConfig,
  MEDIA_BUCKET: z.string().min(1),
  STATE_MACHINE_ARN: z.string().startsWith('arn:'),
  RUNNER_FUNCTION: z.string().min(1),
  /** The secret whose value the signing secrets of webhooks are derived from. */
  WEBHOOK_KEY_ARN: z.string().startsWith('arn:'),
  /** The user pool and its app client that requests are authorized by; both empty where IAM does that. */
  USER_POOL_ID: z.string().default(''),
  USER_POOL_CLIENT_ID: z.string().default(''),
  /** Servers of the deployer's own network that webhooks may name, as `host:port` with commas between. */
  PRIVATE_HOSTS: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((part) => part.trim() || [])),
  MAX_UPLOAD_BYTES: Limits.shape.maxUploadBytes,
  UPLOAD_URL_SECONDS: Limits.shape.uploadUrlSeconds,
  DOWNLOAD_URL_SECONDS: Limits.shape.downloadUrlSeconds,
  JOB_SECONDS: Limits.shape.jobSeconds,
  MAX_VARIANTS: Limits.shape.maxVariants,
  /** Jobs that ask for any other content analysis are refused. */
  RECOGNISES: RecognisesText,
  ...BillingConfig.shape,
  ...QuotaConfig.shape,
});
export type ApiConfig = z.output<typeof ApiConfig>;
