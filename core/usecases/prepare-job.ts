import { Failure } from '../failures.ts';
import { fetchTaskFor } from '../inputs/index.ts';
import { canonicalize } from '../job/canonical.ts';
import type { JobRecord } from '../job/state.ts';
import { type Clock, instant } from '../ports/clock.ts';
import { executionOf } from '../ports/workflow.ts';
import { presets } from '../presets/index.ts';
import { type PinDeps, pinInput } from './pin-input.ts';
import { updateJob } from './update-job.ts';

export type PrepareDeps = PinDeps & { clock: Clock };

/**
 * Sets the job `running` and saves a task that fetches each input; answers with those that have not succeeded yet. Safe to repeat within an attempt. Fails with
 * `conflict.state` when the job has ended or another attempt is the present one, and with `input.not_found`.
 */
export const prepareJob = async (
  deps: PrepareDeps,
  { jobId, attempt }: { jobId: string; attempt: number },
): Promise<{ tasks: readonly string[] }> => {
  const job = await updateJob(deps, jobId, (stored) => running(stored, attempt, instant(deps.clock.now())));
  const { inputs } = canonicalize(job.spec, presets);
  const tasks = await Promise.all(
    Object.entries(inputs).map(async ([name, input]) =>
      fetchTaskFor(name, input, await pinInput(deps, job, name, input)),
    ),
  );
  await deps.jobs.saveTasks(jobId, tasks);
  const saved = await deps.jobs.tasks(jobId);
  const done = new Set(saved.filter(({ state }) => state === 'succeeded').map(({ id }) => id));
  return { tasks: tasks.map(({ id }) => id).filter((id) => !done.has(id)) };
};

const running = (job: JobRecord, attempt: number, now: string): JobRecord => {
  if (job.status === 'running' && job.attempt === attempt) return job;
  const isNext = job.status === 'queued' && executionOf(job).attempt === attempt;
  if (!isNext)
    throw new Failure('conflict.state', { detail: `The job is ${job.status}, not waiting for attempt ${attempt}.` });
  return { ...job, status: 'running', attempt, startedAt: job.startedAt ?? now };
};
