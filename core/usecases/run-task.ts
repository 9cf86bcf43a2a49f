/** What the runner does: fetch and look into inputs, make outputs. */
import { Failure } from '../failures.ts';
import { cutBy, isWork, type Task } from '../job/plan.ts';
import type { TaskResult } from '../job/task-result.ts';
import type { JobRecord } from '../job/state.ts';
import { holdTask, type TaskPayload } from './hold-task.ts';
import { runAnalyseTask } from './run-analyse-task.ts';
import { runFetchTask } from './run-fetch-task.ts';
import { runJoinTask } from './run-join-task.ts';
import { runMakeTask } from './run-make-task.ts';
import type { RunTaskDeps, TaskRun } from './task-run.ts';

/** Carries out a task that needs FFmpeg, as `holdTask` promises. */
export const runTask = (deps: RunTaskDeps, payload: TaskPayload, signal?: AbortSignal): Promise<void> =>
  holdTask(deps, (job, run, objects) => work({ ...deps, objects }, job, run), payload, signal);

/** Fails where the films whose piece this is are made in one piece by now, so that nothing is begun in vain. */
const assertNeeded = ({ plan }: JobRecord, task: Task): void => {
  const given = cutBy(task).find((name) => plan?.uncut?.[name] !== undefined);
  if (given === undefined) return;
  const detail = `"${given}" is made in one piece by now.`;
  throw new Failure('encode.verify_failed', { detail, output: given, phase: 'waiting' });
};

/** Who has a container for a task may use all of its memory: it was made so large for that. */
const roomy = (task: Task, { plan }: JobRecord): Task => {
  const size = plan?.containers?.[task.id];
  if (!size || !isWork(task)) return task;
  const memoryBytes = Math.max(task.limits.memoryBytes, size.memoryMb * 2 ** 20);
  return { ...task, limits: { ...task.limits, memoryBytes } };
};

const work = async (deps: RunTaskDeps, job: JobRecord, run: TaskRun): Promise<TaskResult> => {
  const task = roomy(run.task, job);
  assertNeeded(job, task);
  switch (task.kind) {
    case 'fetch':
      return runFetchTask(deps, { ...run, task });
    case 'make':
      return runMakeTask(deps, job, { ...run, task });
    case 'analyse':
      return runAnalyseTask(deps, job, { ...run, task });
    case 'join':
      return runJoinTask(deps, job, { ...run, task });
    case 'import':
    case 'recognise':
    case 'deliver':
      throw new Failure('platform.internal', { detail: `The runner carries out no task of kind ${task.kind}.` });
  }
};
