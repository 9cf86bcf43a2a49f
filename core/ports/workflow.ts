/** Executions of `statemachines/process-job.asl.json`. */

/** The name of an execution. The same name is never run twice. */
export const executionName = (jobId: string, attempt: number): string => `${jobId}-${attempt}`;

export type ExecutionStatus = 'running' | 'succeeded' | 'failed' | 'unknown';

export interface Workflow {
  /** Starts an execution; starting the same name again is fine and starts nothing. */
  start(execution: { readonly jobId: string; readonly attempt: number }): Promise<void>;
  /** Stops it. Gone or ended is fine. */
  stop(execution: { readonly jobId: string; readonly attempt: number }): Promise<void>;
  /** `unknown` where this workflow has never heard of it. */
  status(execution: { readonly jobId: string; readonly attempt: number }): Promise<ExecutionStatus>;
}

/** The execution that a live job is in, or waits to be in: the first is attempt 1. */
export const executionOf = (job: {
  readonly id: string;
  readonly attempt: number;
}): { readonly jobId: string; readonly attempt: number } => ({ jobId: job.id, attempt: Math.max(1, job.attempt) });
