/** What the transfer function does: bring bytes in, have them recognised, and take files out. */
import { Failure } from '../failures.ts';
import type { TaskResult } from '../job/task-result.ts';
import type { JobRecord } from '../job/state.ts';
import { holdTask, type TaskPayload } from './hold-task.ts';
import { runDeliverTask } from './run-deliver-task.ts';
import { runImportTask } from './run-import-task.ts';
import { runRecogniseTask } from './run-recognise-task.ts';
import type { TaskRun } from './task-run.ts';
import type { TransferDeps } from './transfer.ts';

/** Carries out a task that speaks to the world outside, as `holdTask` promises. */
export const runTransfer = (deps: TransferDeps, payload: TaskPayload, signal?: AbortSignal): Promise<void> =>
  holdTask(deps, (job, run, objects) => work({ ...deps, objects }, job, run), payload, signal);

const work = (deps: TransferDeps, job: JobRecord, run: TaskRun): Promise<TaskResult> => {
  const { task } = run;
  switch (task.kind) {
    case 'import':
      return runImportTask(deps, { ...run, task });
    case 'deliver':
      return runDeliverTask(deps, job, { ...run, task });
    case 'recognise':
      return runRecogniseTask(deps, job, { ...run, task });
    case 'fetch':
    case 'make':
    case 'join':
    case 'analyse':
      throw new Failure('platform.internal', { detail: `No task of kind ${task.kind} is a transfer.` });
  }
};
