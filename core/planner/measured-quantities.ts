/** What the tasks of a job took, as far as it was measured where they ran. */
import type { ContainerSize } from '../job/container.ts';
import type { Task, TaskId } from '../job/plan.ts';
import type { TaskRecord } from '../job/state.ts';
import { ranSeconds } from '../job/task-time.ts';
import { addQuantities, type Billing, onAws, type Quantities } from './price.ts';
import {
  containerSeconds,
  jobQuantities,
  runnerSeconds,
  smallGb,
  smallSeconds,
  transitionsOf,
  transitionsPerTask,
  unitsPerWrite,
} from './quantities.ts';

const storedIn = ({ result }: TaskRecord): number =>
  Object.values(result?.outputs ?? {})
    .flatMap(({ files }) => files)
    .reduce((sum, { bytes }) => sum + bytes, 0);

const spoken = ({ task, result }: TaskRecord): Quantities => {
  if (task.kind !== 'import' || !('speech' in task.from) || !result?.imported || result.imported.reused) return {};
  const { provider, text } = task.from.speech;
  if (provider === 'local') return {};
  return { [provider === 'elevenlabs' ? 'speech.elevenlabs' : 'speech.polly']: text.length };
};

const recognised = ({ result }: TaskRecord): Quantities =>
  result?.recognised ? { [`recognition.${result.recognised.kind}`]: result.recognised.quantity } : {};

type Size = ContainerSize | undefined;

const isTransfer = ({ kind }: Task): boolean => kind === 'import' || kind === 'deliver' || kind === 'recognise';

/** One run of a task: a container is started on spare capacity once, and on demand after that. */
const runOf = (task: Task, billing: Billing, size: Size, run: { seconds: number; isFirst: boolean }): Quantities => {
  if (isTransfer(task)) return smallSeconds(run.seconds, smallGb.transfer, 1);
  const aws = onAws(billing);
  return size
    ? containerSeconds(size, run.seconds, run.isFirst && (aws.fargate?.spot ?? false))
    : runnerSeconds(run.seconds, aws);
};

const earlierRuns = ({ task, earlier }: TaskRecord, billing: Billing, size: Size): Quantities => {
  if (!earlier) return {};
  const seconds = earlier.seconds / earlier.runs;
  return addQuantities([
    { 'states.transitions': earlier.runs },
    ...Array.from({ length: earlier.runs }, (_, n) => runOf(task, billing, size, { seconds, isFirst: n === 0 })),
  ]);
};

const lastRun = (record: TaskRecord, billing: Billing, size: Size, now: number): Quantities => {
  const { task, result, earlier } = record;
  if (record.startedAt === null) return {};
  const measured = result?.measured;
  const seconds = measured ? measured.wallMs / 1000 : ranSeconds(record, now);
  const files = Object.values(result?.outputs ?? {}).reduce((sum, output) => sum + output.files.length, 0);
  const writes = Math.max(files, task.kind === 'fetch' && task.generate ? 1 : 0);
  return addQuantities([
    size && measured?.spot !== undefined
      ? containerSeconds(size, seconds, measured.spot)
      : runOf(task, billing, size, { seconds, isFirst: earlier === undefined }),
    {
      'states.transitions': isTransfer(task) ? transitionsPerTask : transitionsOf(onAws(billing), size !== undefined),
      's3.writes': writes,
      's3.reads': Math.max(0, (measured?.requests ?? writes + 1) - writes),
      // Every version of a row was written once.
      'database.writes': record.version * unitsPerWrite,
    },
    spoken(record),
    recognised(record),
  ]);
};

type Containers = Readonly<Record<TaskId, ContainerSize>> | undefined;

/**
 * What the tasks of a job took until `now` (milliseconds since the epoch), each run of them: what is at work counts so
 * far, and what was lost with its worker until its lease ended. `stored` counts what they keep in the store as well.
 */
export const measuredQuantities = (
  tasks: readonly TaskRecord[],
  billing: Billing,
  {
    attempts,
    stored,
    containers = {},
    now,
  }: { readonly attempts: number; readonly stored: boolean; readonly containers?: Containers; readonly now: number },
): Quantities => {
  const bytes = stored ? tasks.reduce((sum, record) => sum + storedIn(record), 0) : 0;
  const perAttempt = Array.from({ length: attempts }, () => jobQuantities);
  return addQuantities([
    ...tasks.flatMap((record) => [
      earlierRuns(record, billing, containers[record.id]),
      lastRun(record, billing, containers[record.id], now),
    ]),
    ...perAttempt,
    { 's3.storage': bytes / 1e9 },
  ]);
};

/** What one hour takes in which everything that has not ended is at work at once. */
export const hourlyQuantities = (
  tasks: readonly TaskRecord[],
  billing: Billing,
  containers: Containers = {},
): Quantities =>
  addQuantities(
    tasks
      .filter(({ state }) => state === 'pending' || state === 'running')
      .map(({ task, earlier }) =>
        runOf(task, billing, containers[task.id], { seconds: 3600, isFirst: earlier === undefined }),
      ),
  );
