/** Executions of `statemachines/process-job.asl.json`. */
import type { JobRecord } from '../job/state.ts';
import type { Priority } from '../job/spec.ts';

/** The name of an execution. The same name is never run twice. */
export const executionName = (jobId: string, attempt: number): string => `${jobId}-${attempt}`;

export type ExecutionStatus = 'running' | 'succeeded' | 'failed' | 'unknown';

export interface Workflow {
  /**
   * Starts an execution; starting the same name again is fine and starts nothing. Where tasks of several jobs wait for the
   * same processors, those of a higher priority go first.
   */
  start(execution: {
    readonly jobId: string;
    readonly attempt: number;
    readonly priority?: Priority | undefined;
  }): Promise<void>;
  /** Stops it. Gone or ended is fine. */
  stop(execution: { readonly jobId: string; readonly attempt: number }): Promise<void>;
  /** `unknown` where this workflow has never heard of it. */
  status(execution: { readonly jobId: string; readonly attempt: number }): Promise<ExecutionStatus>;
}

/** The execution that a live job is in, or waits to be in: the first is attempt 1. */
export const executionOf = (
  job: Pick<JobRecord, 'id' | 'attempt' | 'spec'>,
): { readonly jobId: string; readonly attempt: number; readonly priority?: Priority } => ({
  jobId: job.id,
  attempt: Math.max(1, job.attempt),
  ...(job.spec.priority ? { priority: job.spec.priority } : {}),
});
