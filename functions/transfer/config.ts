import * as z from 'zod';
import { RecognisesText } from '#core/job/recognition.ts';
import { BillingConfig } from '#core/usecases/billing.ts';
import { QuotaConfig } from '#core/usecases/quotas.ts';
import { storesConfig } from '#functions/stores-config.ts';

const commaList = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((part) => part.trim() || []));

/** For services behind a proxy, and for tests. */
const serviceUrl = z.url({ protocol: /^https?$/ }).optional();

/** The environment of the transfer function. */
export const TransferConfig = z.object({
  /** Of the deployment; metrics name it. */
  STAGE: z.string().min(1),
  ...storesConfig,
  MEDIA_BUCKET: z.string().min(1),
  /** Where scratch folders are made. */
  WORK_ROOT: z.string().startsWith('/').default('/tmp/kinoduct'),
  MAX_INPUT_BYTES: z.coerce
    .number()
    .int()
    .min(1)
    .default(20 * 2 ** 30),
  /** Secrets of jobs are those whose names in Secrets Manager begin with it, such as `kinoduct/prod/`. */
  SECRETS_PREFIX: z.string().min(1),
  /** Buckets that jobs may read, and those that they may deliver to. */
  SOURCE_BUCKETS: commaList,
  DELIVERY_BUCKETS: commaList,
  /** Servers of the deployer's own network, as `host:port`. */
  PRIVATE_HOSTS: commaList,
  /** The secret whose value the signing secrets of webhooks are derived from; no job can name it. */
  WEBHOOK_KEY_ARN: z.string().startsWith('arn:'),
  EVENT_BUS: z.string().min(1).default('default'),
  GOOGLE_DRIVE_URL: serviceUrl,
  IMGUR_URL: serviceUrl,
  REDDIT_URL: serviceUrl,
  ELEVENLABS_URL: serviceUrl,
  /** What Rekognition and Transcribe are asked for; nothing where the role may not. */
  RECOGNISES: RecognisesText,
  ...BillingConfig.shape,
  ...QuotaConfig.shape,
});
export type TransferConfig = z.output<typeof TransferConfig>;
