import * as z from 'zod';
import { commandsOf, type Task, TaskId } from '../job/plan.ts';
import { JobError, type TaskRecord, TaskState } from '../job/state.ts';
import type { JobStore } from '../ports/job-store.ts';
import { type Owned, ownedJob } from './owned.ts';

export const TaskLog = z
  .strictObject({
    task: TaskId,
    label: z.string(),
    state: TaskState,
    phase: z.string(),
    startedAt: z.iso.datetime().nullable(),
    endedAt: z.iso.datetime().nullable(),
    commands: z.array(z.array(z.string())).describe('The arguments of each run of ffmpeg, after its name.'),
    warnings: z.array(z.string()),
    timings: z.record(z.string(), z.number()).describe('Seconds by phase.'),
    stderrTail: z.string().describe('The last lines that FFmpeg wrote.'),
    error: JobError.nullable(),
  })
  .meta({ id: 'TaskLog' });
export type TaskLog = z.output<typeof TaskLog>;

const labelOf = (task: Task): string => {
  if (task.kind === 'deliver')
    return `deliver ${task.output} to ${new URL(task.to).protocol}//${new URL(task.to).host}`;
  return 'label' in task ? task.label : `${task.kind} ${task.input}`;
};

const taskLog = ({ id, task, state, phase, startedAt, endedAt, result, error }: TaskRecord): TaskLog => ({
  task: id,
  label: labelOf(task),
  state,
  phase,
  startedAt,
  endedAt,
  commands: commandsOf(task).map((command) => command.arguments),
  warnings: result?.warnings ?? [],
  timings: result?.timings ?? {},
  stderrTail: result?.stderrTail ?? error?.stderrTail ?? '',
  error,
});

/** What every task of a job ran, and what FFmpeg said to it, in the order they started. Fails with `not_found`. */
export const readLog = async (deps: { jobs: JobStore }, job: Owned): Promise<readonly TaskLog[]> => {
  await ownedJob(deps, job);
  const logs = (await deps.jobs.tasks(job.id)).map(taskLog);
  const started = (log: TaskLog): number => (log.startedAt === null ? Number.MAX_VALUE : Date.parse(log.startedAt));
  return logs.toSorted((a, b) => started(a) - started(b) || a.task.localeCompare(b.task));
};
