/** How long tasks have been at work, whichever way their runs ended. */
import type { TaskRecord } from './state.ts';

type Run = Pick<TaskRecord, 'startedAt' | 'endedAt' | 'leaseUntil'>;
type Runs = Run & Pick<TaskRecord, 'earlier'>;

/**
 * Seconds that the last run of a task has taken at `now` (milliseconds since the epoch). One that has not ended is taken
 * to be at work for as long as its lease holds: what became of a lost worker after that, nobody knows.
 */
export const ranSeconds = ({ startedAt, endedAt, leaseUntil }: Run, now = Number.POSITIVE_INFINITY): number => {
  const end = endedAt ?? leaseUntil;
  if (startedAt === null || end === null) return 0;
  return Math.max(0, Math.min(now, Date.parse(end)) - Date.parse(startedAt)) / 1000;
};

/** What is to be remembered of the runs of a task whose next one begins. */
export const earlierRuns = (task: Runs, now?: number): Pick<TaskRecord, 'earlier'> => {
  const { earlier, startedAt } = task;
  if (startedAt === null) return earlier ? { earlier } : {};
  return { earlier: { runs: (earlier?.runs ?? 0) + 1, seconds: (earlier?.seconds ?? 0) + ranSeconds(task, now) } };
};
