import * as z from 'zod';
import { Limits } from '#core/usecases/limits.ts';

export const WorkflowConfig = z.object({
  JOBS_TABLE: z.string().min(1),
  MEDIA_BUCKET: z.string().min(1),
  /** Of `statemachines/process-job.asl.json`: reconcile starts jobs again. */
  STATE_MACHINE_ARN: z.string().startsWith('arn:'),
  MAX_UPLOAD_BYTES: Limits.shape.maxUploadBytes,
  JOB_SECONDS: Limits.shape.jobSeconds,
});
export type WorkflowConfig = z.output<typeof WorkflowConfig>;
