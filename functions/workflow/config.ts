import * as z from 'zod';

export const WorkflowConfig = z.object({
  JOBS_TABLE: z.string().min(1),
  MEDIA_BUCKET: z.string().min(1),
  /** Of `statemachines/process-job.asl.json`: reconcile starts jobs again. */
  STATE_MACHINE_ARN: z.string().startsWith('arn:'),
});
export type WorkflowConfig = z.output<typeof WorkflowConfig>;
