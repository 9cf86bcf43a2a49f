/** A plan with where it runs, how long that takes and what it costs. Pure: nothing here is done. */
import type { FetchTask, ImportTask, Plan, RecogniseTask, TaskId } from '../job/plan.ts';
import type { ContainerSize } from '../job/container.ts';
import { cutBy, outputsOf } from '../job/plan.ts';
import type { Band, TaskView } from '../job/plan-view.ts';
import type { JobCost } from '../job/cost.ts';
import type { Name } from '../job/values.ts';
import type { Probe } from '../media/probe.ts';
import { bands } from './calibration.ts';
import { mostContainers } from './capacity.ts';
import { type Optimize, type Placement, placeWork } from './placement.ts';
import { type Prediction, predictFetch, predictPlan, recognitionSeconds } from './predict.ts';
import { addQuantities, type Billing, estimatedCost, type Quantities } from './price.ts';
import {
  jobExtras,
  predictedQuantities,
  recognitionQuantities,
  taskSeconds,
  transferQuantities,
} from './quantities.ts';

type PlannedTask = Plan['tasks'][number];

export type PreviewInput = {
  readonly plan: Plan;
  readonly fetches: readonly FetchTask[];
  readonly imports: readonly ImportTask[];
  readonly probes: Readonly<Record<Name, Probe>>;
  /** Outputs whose files are kept; what else is written is intermediate. */
  readonly kept: ReadonlySet<Name>;
  /** How many deliveries there are of each kept output. */
  readonly deliveries: number;
  readonly billing: Billing;
  readonly optimize?: Optimize;
  readonly factor?: number;
};

export type Preview = {
  readonly tasks: readonly TaskView[];
  readonly stages: readonly (readonly TaskId[])[];
  /** Tasks that run in containers. */
  readonly containers: Readonly<Record<TaskId, ContainerSize>>;
  readonly predicted: { readonly seconds: Band; readonly bytes: Band; readonly usd: Band };
  readonly cost: JobCost;
  readonly warnings: readonly string[];
};

/** Of a whole job: a start of three functions, and the states between them. */
const overheadSeconds: Readonly<Record<'aws' | 'local', number>> = { aws: 5, local: 0.5 };

const round = (value: number): number => Number(value.toPrecision(4));
const band = (expected: number, { low, high }: { readonly low: number; readonly high: number }): Band => ({
  low: round(expected * low),
  expected: round(expected),
  high: round(expected * high),
});

const onePiece = 'it is one task of the plan';

/** Where the pieces of a film run was decided when it was cut, and joins are small: both are for functions. */
const mayHaveContainer = (task: PlannedTask): boolean =>
  task.kind === 'analyse' || (task.kind === 'make' && cutBy(task).length === 0);

/** Those that are placed first may have containers, as many as an execution holds. */
const capacityFor = (task: PlannedTask, { plan, billing: { capacity } }: PreviewInput): Billing['capacity'] => {
  if (capacity.kind !== 'aws' || capacity.fargate === null) return capacity;
  const isEarly = plan.tasks.length <= mostContainers || plan.tasks.indexOf(task) < mostContainers;
  return mayHaveContainer(task) && isEarly ? capacity : { ...capacity, fargate: null };
};

const placed = (task: PlannedTask, prediction: Prediction, input: PreviewInput): Placement => {
  const { billing, optimize } = input;
  const seconds = Math.max(0.001, prediction.seconds);
  return placeWork(
    {
      seconds,
      cpuSecondsPerSecond: prediction.cpuSeconds / seconds,
      sourceBytes: prediction.bytesRead,
      outputBytes: prediction.bytesWritten,
      memoryBytes: prediction.memoryBytes,
      isCuttable: onePiece,
    },
    { capacity: capacityFor(task, input), prices: billing.prices, optimize },
  );
};

/** The sentence without what every task of a plan would say. */
const plain = (why: string): string => why.replace(` It is not cut: ${onePiece}.`, '');

const outputsIn = (task: PlannedTask): Name[] => {
  if (task.kind === 'make') return outputsOf(task);
  return task.kind === 'analyse' ? [] : [task.write.output];
};

type Writers = ReadonlyMap<Name, readonly TaskId[]>;

const after = (task: PlannedTask, writers: Writers, fetchOf: (name: Name) => TaskId[]): TaskId[] => {
  const of =
    task.kind === 'join'
      ? [...task.picture, ...task.sound].map((piece) => piece.task)
      : task.reads.flatMap(({ from }) => ('input' in from ? fetchOf(from.input) : (writers.get(from.output) ?? [])));
  return [...new Set(of)].filter((id) => id !== task.id);
};

const shown = ({ cpuSeconds, memoryBytes, bytesRead, bytesWritten }: Prediction, seconds: number) => ({
  seconds: round(seconds),
  cpuSeconds: round(cpuSeconds),
  memoryBytes: Math.round(memoryBytes),
  bytesRead: Math.round(bytesRead),
  bytesWritten: Math.round(bytesWritten),
});

const nothing: Prediction = { seconds: 0, cpuSeconds: 0, memoryBytes: 0, bytesRead: 0, bytesWritten: 0 };

type Row = {
  readonly view: TaskView;
  readonly quantities: Quantities;
  readonly seconds: number;
  /** Why it may not succeed. */
  readonly problem?: string | undefined;
  readonly container?: ContainerSize;
};

const fetchRow = (task: FetchTask, input: PreviewInput): Row => {
  const bytes = input.probes[task.input]?.bytes ?? task.object?.bytes ?? 0;
  const prediction = predictFetch(task, bytes, input.factor);
  const seconds = taskSeconds(prediction, input.billing);
  return {
    seconds,
    quantities: predictedQuantities(prediction, { read: 1, written: task.generate ? 1 : 0 }, input.billing),
    view: {
      id: task.id,
      kind: 'fetch',
      label: task.generate ? `make the input ${task.input}` : `look into the input ${task.input}`,
      after: task.imported === undefined ? [] : [task.imported],
      outputs: [],
      commands: task.generate ? [[...task.generate.command.arguments]] : [],
      placement: null,
      predicted: shown(prediction, seconds),
    },
  };
};

const importRow = (task: ImportTask, input: PreviewInput): Row => {
  const bytes = input.probes[task.input]?.bytes ?? 0;
  const spoken: Quantities =
    'speech' in task.from && task.from.speech.provider !== 'local'
      ? {
          [task.from.speech.provider === 'elevenlabs' ? 'speech.elevenlabs' : 'speech.polly']:
            task.from.speech.text.length,
        }
      : {};
  return {
    seconds: 1 + bytes / 20e6,
    quantities: addQuantities([transferQuantities(bytes), spoken]),
    view: {
      id: task.id,
      kind: 'import',
      label: `bring in ${task.input}`,
      after: [],
      outputs: [],
      commands: [],
      placement: null,
      predicted: shown({ ...nothing, bytesRead: bytes, bytesWritten: bytes }, 1 + bytes / 20e6),
    },
  };
};

const recogniseRow = (task: RecogniseTask, prediction: Prediction, comesAfter: readonly TaskId[]): Row => {
  const seconds = recognitionSeconds(task.recognition);
  return {
    seconds,
    quantities: recognitionQuantities(task.recognition, { seconds, files: task.reads.length }),
    view: {
      id: task.id,
      kind: task.kind,
      label: task.label,
      after: [...comesAfter],
      outputs: outputsIn(task),
      commands: [],
      placement: null,
      predicted: shown(prediction, seconds),
    },
  };
};

const taskRow = (
  task: Exclude<PlannedTask, RecogniseTask>,
  prediction: Prediction,
  input: PreviewInput,
  comesAfter: readonly TaskId[],
): Row => {
  const placement = placed(task, prediction, input);
  const { engine, vcpus, memoryMb, storageGb } = placement;
  const files = {
    read: task.kind === 'join' ? task.picture.length + task.sound.length : task.reads.length,
    written: task.kind === 'make' ? task.writes.length + (task.series?.length ?? 0) : task.kind === 'join' ? 2 : 0,
  };
  const seconds = engine === 'fargate' ? placement.seconds : taskSeconds(prediction, input.billing);
  return {
    seconds,
    problem: placement.problem?.detail,
    ...(engine === 'fargate' ? { container: { vcpus, memoryMb, storageGb } } : {}),
    quantities: predictedQuantities(prediction, files, input.billing, placement),
    view: {
      id: task.id,
      kind: task.kind,
      label: task.label,
      after: [...comesAfter],
      outputs: outputsIn(task),
      commands: task.kind === 'join' ? [] : task.commands.map((command) => [...command.arguments]),
      placement: {
        engine,
        vcpus: round(vcpus),
        memoryMb,
        why: plain(placement.why),
      },
      predicted: shown(prediction, seconds),
    },
  };
};

/** Seconds of a stage: as many at once as there are workers. */
const stageSeconds = (seconds: readonly number[], workers: number): number =>
  Math.max(0, ...seconds, seconds.reduce((sum, each) => sum + each, 0) / workers);

export const previewOf = (input: PreviewInput): Preview => {
  const { plan, fetches, imports, billing } = input;
  const predictions = predictPlan(plan, input.probes, input.factor);
  const writers = new Map<Name, TaskId[]>();
  for (const task of plan.tasks)
    for (const output of outputsIn(task)) writers.set(output, [...(writers.get(output) ?? []), task.id]);
  const fetchOf = (name: Name): TaskId[] => fetches.filter((task) => task.input === name).map(({ id }) => id);
  const brought = imports.map((task) => importRow(task, input));
  const fetched = fetches.map((task) => fetchRow(task, input));
  const made = plan.tasks.map((task) => {
    const prediction = predictions.get(task.id) ?? nothing;
    const comesAfter = after(task, writers, fetchOf);
    return task.kind === 'recognise'
      ? recogniseRow(task, prediction, comesAfter)
      : taskRow(task, prediction, input, comesAfter);
  });
  const bytes = plan.tasks.reduce((sum, task) => {
    const isKept = outputsIn(task).some((output) => input.kept.has(output));
    return sum + (isKept ? (predictions.get(task.id)?.bytesWritten ?? 0) : 0);
  }, 0);
  const delivered = Array.from({ length: input.deliveries }, () => transferQuantities(bytes));
  const rows = [...brought, ...fetched, ...made];
  const cost = estimatedCost(
    addQuantities([...rows.map(({ quantities }) => quantities), ...delivered, jobExtras(bytes)]),
    billing,
  );
  const secondsOf = new Map(rows.map(({ view, seconds }) => [view.id, seconds]));
  const workers = billing.capacity.kind === 'local' ? billing.capacity.workers : Infinity;
  const stages: TaskId[][] = [
    brought.map(({ view }) => view.id),
    fetched.map(({ view }) => view.id),
    ...plan.stages.map((stage) => [...stage]),
  ].filter((stage) => stage.length > 0);
  const seconds = stages.reduce(
    (sum, stage) =>
      sum +
      stageSeconds(
        stage.map((id) => secondsOf.get(id) ?? 0),
        workers,
      ),
    overheadSeconds[billing.capacity.kind],
  );
  return {
    tasks: rows.map(({ view }) => view),
    stages,
    containers: Object.fromEntries(rows.flatMap(({ view, container }) => (container ? [[view.id, container]] : []))),
    predicted: {
      seconds: band(seconds, bands.cpu),
      bytes: band(bytes, bands.bytes),
      usd: band(cost.estimate ?? 0, bands.cpu),
    },
    cost,
    warnings: made.flatMap(({ problem, view }) => (problem === undefined ? [] : `${view.label}: ${problem}`)),
  };
};
