import * as z from 'zod';
import { storesConfig } from '#functions/stores-config.ts';
import { SpeechProvider } from '#core/job/inputs.ts';
import { BillingConfig } from '#core/usecases/billing.ts';
import { Limits } from '#core/usecases/limits.ts';
import { QuotaConfig } from '#core/usecases/quotas.ts';

export const WorkflowConfig = z.object({
  /** Of the deployment; metrics name it. */
  STAGE: z.string().min(1),
  /** What made outputs are made by; what another build made is not reused. */
  BUILD: z.string().min(1),
  ...storesConfig,
  MEDIA_BUCKET: z.string().min(1),
  /** Of `statemachines/process-job.asl.json`: reconcile starts jobs again. */
  STATE_MACHINE_ARN: z.string().startsWith('arn:'),
  MAX_UPLOAD_BYTES: Limits.shape.maxUploadBytes,
  JOB_SECONDS: Limits.shape.jobSeconds,
  ...BillingConfig.shape,
  ...QuotaConfig.shape,
  /** Who speaks where a job does not say. */
  SPEECH_PROVIDER: SpeechProvider.default('polly'),
  /** Servers, as `host:port` with commas between, that files may be delivered to by http. */
  PRIVATE_HOSTS: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((part) => part.trim() || [])),
  /** Where the ends of dropped files' jobs are told; empty where nothing is dropped. */
  DROP_BUCKET: z.string().default(''),
});
export type WorkflowConfig = z.output<typeof WorkflowConfig>;
