/** The environment of the API's function. No other file of it reads the environment. */
import * as z from 'zod';
import { Limits } from '#core/usecases/limits.ts';

export const ApiConfig = z.object({
  JOBS_TABLE: z.string().min(1),
  MEDIA_BUCKET: z.string().min(1),
  STATE_MACHINE_ARN: z.string().startsWith('arn:'),
  RUNNER_FUNCTION: z.string().min(1),
  MAX_UPLOAD_BYTES: Limits.shape.maxUploadBytes,
  UPLOAD_URL_SECONDS: Limits.shape.uploadUrlSeconds,
  DOWNLOAD_URL_SECONDS: Limits.shape.downloadUrlSeconds,
  JOB_SECONDS: Limits.shape.jobSeconds,
});
export type ApiConfig = z.output<typeof ApiConfig>;
