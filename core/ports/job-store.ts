/** Jobs and their tasks. `test/contract/job-store.contract.ts` tests every sentence below on every adapter. */
import type { Task } from '../job/plan.ts';
import type { TaskResult } from '../job/task-result.ts';
import type { Claim, JobError, JobRecord, JobStatus, TaskRecord } from '../job/state.ts';

export interface JobQuery {
  readonly owner: string;
  readonly status?: JobStatus;
  readonly template?: string;
  /** Every label must be present with that value. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Only jobs created at or after this instant (RFC 3339, UTC). */
  readonly since?: string;
  /** 1..1000. */
  readonly limit: number;
  /** Opaque; from `next` of an earlier page. A cursor that was not made here is `spec.invalid`. */
  readonly cursor?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

export interface TaskProgress {
  /** 0..1 */
  readonly progress: number;
  readonly phase: string;
  /** RFC 3339; the claim may be taken over after this. */
  readonly leaseUntil: string;
}

export interface JobStore {
  /** Stores a new job at version 1. Fails with `conflict.state` when the id exists or was removed. */
  create(job: JobRecord): Promise<void>;

  /** Resolves to undefined when there is none: absence is an answer, not an error. */
  get(id: string): Promise<JobRecord | undefined>;

  /**
   * Replaces the record whose stored version is `job.version` and resolves to it with the version raised by one.
   * Fails with `conflict.state` when the stored version differs, when the job is gone, when the stored status may
   * not become the new one (`mayBecome`), or when `attempt` falls. After an ambiguous write it reads again before
   * it reports a failure.
   */
  update(job: JobRecord): Promise<JobRecord>;

  /** The owner's jobs, newest first (by id). Two pages never share a job; a job made in between is in neither. */
  list(query: JobQuery): Promise<Page<JobRecord>>;

  /** Removes the job and its tasks, and keeps a tombstone so that `create` and every claim of that id fail. Repeating it is fine. */
  remove(id: string, now: string): Promise<void>;

  /** Ids of jobs in `waiting`, `queued` or `running`, of every owner, oldest first. */
  unfinished(query: { readonly limit: number; readonly cursor?: string }): Promise<Page<string>>;

  /** Ids of jobs of every owner that were to be removed (`removalOf`) before `now`, oldest first. */
  outdated(now: string, limit: number): Promise<readonly string[]>;

  /** How many jobs of every owner are in each status that has not ended, and when the oldest of them was created. */
  stats(): Promise<{
    readonly byStatus: Readonly<Partial<Record<JobStatus, number>>>;
    readonly oldestCreatedAt: string | null;
  }>;

  /**
   * Adds tasks as `pending`. A task that is stored already with an equal definition keeps its state and result; one
   * with another definition is replaced, unless it has been claimed by the job's present attempt (then it is left alone).
   * Fails with `conflict.state` when the job is gone or has ended.
   */
  saveTasks(jobId: string, tasks: readonly Task[]): Promise<void>;

  /** All tasks of a job, by id. */
  tasks(jobId: string): Promise<readonly TaskRecord[]>;

  task(jobId: string, taskId: string): Promise<TaskRecord | undefined>;

  /**
   * Takes a task: its state becomes `running`, its claim `claim`, and its progress 0 unless the last claim was of the same attempt. Of any number of callers at once one
   * wins. Allowed where the job is `running` with `attempt === claim.attempt` and the task is `pending`, or `failed`
   * (a retry), or `running` with a lease that ended before `now` or with a claim of a lower attempt. Resolves to the
   * task; a task that has already `succeeded` is returned as it is, unclaimed. Fails with `conflict.state` otherwise.
   */
  claimTask(claim: Claim, times: { readonly now: string; readonly leaseUntil: string }): Promise<TaskRecord>;

  /**
   * Records progress and prolongs the lease; progress never falls. Fails with `conflict.state` when the claim is no
   * longer the task's, or the job is no longer `running` with the claim's attempt: the runner must stop at once.
   */
  heartbeat(claim: Claim, progress: TaskProgress): Promise<void>;

  /**
   * Ends the task with a result or an error. Fails like `heartbeat`. Repeating the same end with the same claim is fine.
   */
  finishTask(
    claim: Claim,
    end: { readonly at: string; readonly result: TaskResult } | { readonly at: string; readonly error: JobError },
  ): Promise<void>;
}
