/** What the runner does: fetch and look into inputs, make outputs. */
import { Failure } from '../failures.ts';
import type { TaskResult } from '../job/plan.ts';
import type { JobRecord } from '../job/state.ts';
import { assertBudget } from './budget.ts';
import { holdTask, type TaskPayload } from './hold-task.ts';
import { runAnalyseTask } from './run-analyse-task.ts';
import { runFetchTask } from './run-fetch-task.ts';
import { runJoinTask } from './run-join-task.ts';
import { runMakeTask } from './run-make-task.ts';
import type { RunTaskDeps, TaskRun } from './task-run.ts';

/** Carries out a task that needs FFmpeg, as `holdTask` promises. */
export const runTask = (deps: RunTaskDeps, payload: TaskPayload, signal?: AbortSignal): Promise<void> =>
  holdTask(deps, (job, run, objects) => work({ ...deps, objects }, job, run), payload, signal);

const work = async (deps: RunTaskDeps, job: JobRecord, run: TaskRun): Promise<TaskResult> => {
  const { task } = run;
  await assertBudget(deps, job);
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
    case 'deliver':
      throw new Failure('platform.internal', { detail: `The runner carries out no task of kind ${task.kind}.` });
  }
};
