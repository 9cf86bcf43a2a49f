import * as z from 'zod';
import { storesConfig } from '#functions/stores-config.ts';
import { Owner } from '#core/job/ids.ts';
import { RecognisesText } from '#core/job/recognition.ts';
import { Limits } from '#core/usecases/limits.ts';
import { QuotaConfig } from '#core/usecases/quotas.ts';

export const DropConfig = z.object({
  /** Of the deployment; metrics name it. */
  STAGE: z.string().min(1),
  /** What made outputs are made by; what another build made is not reused. */
  BUILD: z.string().min(1),
  ...storesConfig,
  MEDIA_BUCKET: z.string().min(1),
  STATE_MACHINE_ARN: z.string().startsWith('arn:'),
  /** The bucket with `inbox/` and `outbox/`. */
  DROP_BUCKET: z.string().min(3),
  /** Whose jobs the dropped files become. */
  DROP_OWNER: Owner,
  MAX_UPLOAD_BYTES: Limits.shape.maxUploadBytes,
  JOB_SECONDS: Limits.shape.jobSeconds,
  /** Jobs that ask for any other content analysis are refused. */
  RECOGNISES: RecognisesText,
  ...QuotaConfig.shape,
});
export type DropConfig = z.output<typeof DropConfig>;
