/** What the tasks of a job took, as far as it was measured where they ran. */
import type { ContainerSize } from '../job/container.ts';
import type { TaskId } from '../job/plan.ts';
import type { TaskRecord } from '../job/state.ts';
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

const elapsedSeconds = ({ startedAt, endedAt }: TaskRecord): number =>
  startedAt && endedAt ? Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)) / 1000 : 0;

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

const measuredTask = (record: TaskRecord, billing: Billing, size: ContainerSize | undefined): Quantities => {
  const { task, result } = record;
  if (record.startedAt === null) return {};
  const measured = result?.measured;
  const seconds = measured ? measured.wallMs / 1000 : elapsedSeconds(record);
  const isTransfer = task.kind === 'import' || task.kind === 'deliver' || task.kind === 'recognise';
  const files = Object.values(result?.outputs ?? {}).reduce((sum, output) => sum + output.files.length, 0);
  const writes = Math.max(files, task.kind === 'fetch' && task.generate ? 1 : 0);
  const aws = onAws(billing);
  const ran = size
    ? containerSeconds(size, seconds, measured?.spot ?? aws.fargate?.spot ?? false)
    : runnerSeconds(seconds, aws);
  return addQuantities([
    isTransfer ? smallSeconds(seconds, smallGb.transfer, 1) : ran,
    {
      'states.transitions': isTransfer ? transitionsPerTask : transitionsOf(aws, size !== undefined),
      's3.writes': writes,
      's3.reads': Math.max(0, (measured?.requests ?? writes + 1) - writes),
      // Every version of a row was written once.
      'database.writes': record.version * unitsPerWrite,
    },
    spoken(record),
    recognised(record),
  ]);
};

/**
 * What the tasks of a job took, as far as it was measured: a run that was lost with its worker left no record. `stored`
 * counts what they keep in the store as well.
 */
export const measuredQuantities = (
  tasks: readonly TaskRecord[],
  billing: Billing,
  {
    attempts,
    stored,
    containers = {},
  }: {
    readonly attempts: number;
    readonly stored: boolean;
    readonly containers?: Readonly<Record<TaskId, ContainerSize>> | undefined;
  },
): Quantities => {
  const bytes = stored ? tasks.reduce((sum, record) => sum + storedIn(record), 0) : 0;
  const perAttempt = Array.from({ length: attempts }, () => jobQuantities);
  return addQuantities([
    ...tasks.map((record) => measuredTask(record, billing, containers[record.id])),
    ...perAttempt,
    { 's3.storage': bytes / 1e9 },
  ]);
};
