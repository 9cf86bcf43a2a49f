import { hasCode } from '../failures.ts';
import { jobError } from '../job/job-error.ts';
import { endsCutting } from '../job/cut-failure.ts';
import { cutBy } from '../job/plan.ts';
import { isOptional } from '../job/progress.ts';
import type { Claim, JobRecord, TaskRecord } from '../job/state.ts';
import { type Clock, type Ids, instant } from '../ports/clock.ts';
import type { JobStore } from '../ports/job-store.ts';
import { type StateError, failureOf } from './state-error.ts';
import { updateJob } from './update-job.ts';

export type FailTaskDeps = { jobs: JobStore; clock: Clock; ids: Ids };
type FailedTask = { jobId: string; attempt: number; taskId: string; error: StateError };

const maxTries = 3;

/**
 * Decides what follows from a task that failed for good: `stop` where the job ends with it. Where the runner could
 * not record the failure (it was killed, ran out of time or memory, or never started) it is recorded here. A task
 * that did succeed, only its answer was lost, does not stop the job. Nor does a piece of a film that one encode may make:
 * it is noted that the film is not to be cut, and the next planning plans it so. Safe to repeat.
 */
export const failTask = async (deps: FailTaskDeps, failed: FailedTask): Promise<{ stop: boolean }> => {
  for (let tries = 1; ; tries += 1) {
    const job = await deps.jobs.get(failed.jobId);
    if (job?.status !== 'running' || job.attempt !== failed.attempt) return { stop: true };
    const task = await deps.jobs.task(failed.jobId, failed.taskId);
    if (task?.state === 'succeeded') return { stop: false };
    const isRecorded = task?.state === 'failed' && task.claim?.attempt === failed.attempt;
    try {
      if (task && !isRecorded) await record(deps, task, failed);
      const ended = isRecorded ? task : await deps.jobs.task(failed.jobId, failed.taskId);
      return { stop: !(await madeWhole(deps, failed, ended)) && (await stops(deps, job, ended)) };
    } catch (error) {
      // The runner was quicker, or the job ended: look again.
      if (!hasCode(error, 'conflict.state') || tries === maxTries) throw error;
    }
  }
};

/** True where the films that the task was a part of are to be made in one piece from now on. */
const madeWhole = async (
  deps: FailTaskDeps,
  { jobId, attempt }: FailedTask,
  task: TaskRecord | undefined,
): Promise<boolean> => {
  if (!task || !endsCutting(task)) return false;
  const films = cutBy(task.task);
  const why = task.error?.message ?? '';
  await updateJob(deps, jobId, (job) => {
    const isOurs = job.status === 'running' && job.attempt === attempt;
    if (!isOurs || !job.plan || films.every((name) => job.plan?.uncut?.[name] !== undefined)) return job;
    const uncut = { ...Object.fromEntries(films.map((name) => [name, why])), ...job.plan.uncut };
    // There is more to plan, whatever the plan said.
    return { ...job, plan: { ...job.plan, complete: false, uncut } };
  });
  return true;
};

/** What was made stays made where it cannot be delivered: that job ends `partial`. */
const stops = async ({ jobs }: FailTaskDeps, job: JobRecord, task: TaskRecord | undefined): Promise<boolean> => {
  if (job.spec.onError === 'continue' || task?.task.kind === 'deliver') return false;
  return !(task && isOptional(job, await jobs.tasks(job.id), task));
};

/** Ends the task with the runner's own claim, so that whoever holds it can write no more; else with a new claim. */
const record = async (deps: FailTaskDeps, task: TaskRecord, failed: FailedTask): Promise<void> => {
  const now = instant(deps.clock.now());
  const isHeld = task.state === 'running' && task.claim?.attempt === failed.attempt;
  const claim = isHeld && task.claim ? task.claim : await takeTask(deps, failed, now);
  await deps.jobs.finishTask(claim, { at: now, error: jobError(failureOf(failed.error)) });
};

const takeTask = async (deps: FailTaskDeps, { jobId, taskId, attempt }: FailedTask, now: string): Promise<Claim> => {
  const claim = { jobId, taskId, attempt, runner: deps.ids.next('run') };
  await deps.jobs.claimTask(claim, { now, leaseUntil: now });
  return claim;
};
