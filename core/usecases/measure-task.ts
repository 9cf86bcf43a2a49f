import { toFailure } from '../failures.ts';
import type { Task } from '../job/plan.ts';
import type { TaskResult } from '../job/task-result.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';

type Deps = { readonly metrics: Metrics; readonly clock: Clock };

const recordTimings = (metrics: Metrics, { kind }: Task, { timings }: TaskResult): void => {
  const { download, encode, upload } = timings;
  if (download !== undefined) metrics.record('worker_download_time_seconds', download, {});
  if (upload !== undefined) metrics.record('worker_upload_time_seconds', upload, {});
  if (kind === 'make' && encode !== undefined) metrics.record('worker_conversion_time_seconds', encode, {});
};

/** Carries out one run of a task and records how long it took and how it ended. Work whose claim was lost is `lost`, not failed. */
export const measuredTask = async (
  { metrics, clock }: Deps,
  task: Task,
  run: () => Promise<TaskResult>,
): Promise<TaskResult> => {
  const { kind } = task;
  const started = clock.now();
  const end = (outcome: 'succeeded' | 'failed' | 'lost'): void =>
    metrics.record('worker_task_seconds', (clock.now() - started) / 1000, { kind, outcome });
  try {
    const result = await run();
    end('succeeded');
    recordTimings(metrics, task, result);
    return result;
  } catch (error) {
    const { code } = toFailure(error);
    end(code === 'conflict.state' ? 'lost' : 'failed');
    if (code !== 'conflict.state') metrics.record('worker_failure_rate_total', 1, { kind, code });
    throw error;
  }
};
