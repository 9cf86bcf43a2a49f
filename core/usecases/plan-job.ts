import { Failure } from '../failures.ts';
import { type CanonicalJob, canonicalize } from '../job/canonical.ts';
import type { JobCost } from '../job/cost.ts';
import type { Finding } from '../job/findings.ts';
import { cutBy, type Piece, type Plan, type TaskId } from '../job/plan.ts';
import { inputStates } from '../job/progress.ts';
import { mentionsOf } from '../job/references.ts';
import type { InputState, JobRecord, TaskRecord } from '../job/state.ts';
import { sameJson } from '../job/task-claims.ts';
import type { Name } from '../job/values.ts';
import { specWithout } from '../job/without.ts';
import type { Probe } from '../media/probe.ts';
import type { SourceIndex } from '../media/source-index.ts';
import type { Clock } from '../ports/clock.ts';
import type { JobStore } from '../ports/job-store.ts';
import type { UsageStore } from '../ports/usage-store.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { jobConcurrency, jobVcpus, mostTasks } from '../planner/capacity.ts';
import { previewOf } from '../planner/preview.ts';
import { type Billing, billingFor } from '../planner/price.ts';
import { presets } from '../presets/index.ts';
import { assertEstimate } from './budget.ts';
import { type AtOnce, inPlaces, type TaskGroup } from './in-places.ts';
import { spentOn } from './ledger.ts';
import { readIndex } from './read-index.ts';
import { measuredSpeed } from './measured-speed.ts';
import { holdOutputs, keysOf, type ReuseDeps } from './reuse-outputs.ts';
import { updateJob } from './update-job.ts';

/** Each round must find something that the next one builds on; no output needs more than a few. */
const maxRounds = 10;

export type PlanDeps = ReuseDeps & {
  jobs: JobStore;
  clock: Clock;
  /** `core/planner/plan.ts`, with this deployment's limits. */
  plan: (input: {
    job: CanonicalJob;
    probes: Readonly<Record<Name, Probe>>;
    findings: Readonly<Record<TaskId, Finding>>;
    reused: ReadonlySet<Name>;
    indexes?: Readonly<Record<Name, SourceIndex>>;
    uncut?: Readonly<Record<Name, string>>;
  }) => Plan;
  billing: Billing;
  usage: UsageStore;
  objects: Pick<ObjectStore, 'read' | 'list'>;
};

/**
 * Plans what can be made of the inputs that were fetched, saves its tasks and records it in the job. The stages hold
 * the tasks that this attempt has not tried yet, in groups of at most 40; `again` asks to be called once more after
 * them: because outputs wait for what they will find, or because a film that could not be made in pieces may have to be
 * made in one. Safe to repeat within an attempt. Fails with `conflict.state` when the job is not running this attempt,
 * and with whatever makes planning impossible.
 */
export const planJob = async (
  deps: PlanDeps,
  { jobId, attempt }: { jobId: string; attempt: number },
): Promise<Open> => {
  const job = runningJob(await deps.jobs.get(jobId), attempt);
  const tasks = await deps.jobs.tasks(jobId);
  if (job.plan && holds(job, job.plan, tasks))
    return openIn(billingFor(deps.billing, job.spec), job.plan, { attempt, tasks });
  const inputs = inputStates(job, tasks);
  const { possible, skipped } = withoutMissing(job, inputs);
  const wanted = makeable(possible, inputs);
  const { contentKeys, reused } = await reusedIn(deps, job, wanted, inputs);
  const uncut = job.plan?.uncut ?? {};
  const what = { job: wanted, probes: probesOf(inputs), indexes: await indexesOf(deps, tasks), uncut };
  if (job.plan === null) assertExpected(deps, job, what);
  const made = deps.plan({ ...what, findings: findingsOf(tasks), reused: new Set(Object.keys(reused)) });
  const plan = settled(job, tasks, { ...made, skipped: { ...skipped, ...made.skipped } });
  const estimate = await estimateOf(deps, job, { plan, tasks, wanted, probes: probesOf(inputs) });
  await deps.jobs.saveTasks(jobId, plan.tasks);
  const { plan: recorded } = await updateJob(deps, jobId, (stored) =>
    withPlan(runningJob(stored, attempt), plan, { contentKeys, reused, ...estimate }),
  );
  if ((recorded?.round ?? 0) > maxRounds)
    throw new Failure('spec.unsupported', { detail: `The plan was not complete after ${maxRounds} rounds.` });
  const { containers } = recorded ?? {};
  return openIn(
    billingFor(deps.billing, job.spec),
    { ...plan, containers },
    { attempt, tasks: await deps.jobs.tasks(jobId) },
  );
};

/** What is to be run, stage after stage. */
type Open = { readonly stages: readonly (readonly TaskGroup[])[]; readonly again: boolean };

type Progress = { readonly attempt: number; readonly tasks: readonly TaskRecord[] };

/** True of a plan that this attempt has begun, and that nothing has been found for since. */
const holds = (
  { attempt }: JobRecord,
  { complete, stages }: NonNullable<JobRecord['plan']>,
  tasks: readonly TaskRecord[],
): boolean => {
  const planned = new Set(stages.flat());
  return complete && tasks.some(({ id, claim }) => planned.has(id) && claim?.attempt === attempt);
};

/** What is left of a plan: up to the first stage of pieces, because what comes after it depends on whether they do. */
const openIn = (
  billing: Billing,
  { stages, complete, containers = {} }: Pick<NonNullable<JobRecord['plan']>, 'stages' | 'complete' | 'containers'>,
  { attempt, tasks }: Progress,
): Open => {
  const tried = triedIn(attempt, tasks);
  const open = stages.map((stage) => stage.filter((id) => !tried.has(id))).filter(({ length }) => length > 0);
  const cut = new Set(tasks.filter(({ task }) => cutBy(task).length > 0).map(({ id }) => id));
  const inPieces = open.findIndex((stage) => stage.some((id) => cut.has(id)));
  const now = inPieces < 0 ? open : open.slice(0, inPieces + 1);
  return {
    stages: now.flatMap((stage) => inPlaces(stage, containers, mostAtOnce(billing))),
    // Nothing left to run and still not complete: what is missing failed, and will not be found.
    again: inPieces >= 0 || (!complete && open.length > 0),
  };
};

/** Of the inputs that can be cut. */
const indexesOf = async (
  { objects }: Pick<PlanDeps, 'objects'>,
  tasks: readonly TaskRecord[],
): Promise<Record<Name, SourceIndex>> => {
  const found = await Promise.all(
    tasks.map(async ({ task, state, result }) => {
      if (task.kind !== 'fetch' || state !== 'succeeded' || !result?.input?.index) return [];
      const index = await readIndex(objects, result.input);
      return index ? [[task.input, index] as const] : [];
    }),
  );
  return Object.fromEntries(found.flat());
};

/** One job never takes more of the functions than its share. Of one machine the workflow itself keeps to its workers. */
const mostAtOnce = ({ capacity }: Billing): AtOnce => {
  if (capacity.kind === 'local') return { functions: mostTasks, vcpus: 0 };
  const { lambda, fargate } = capacity;
  return { functions: jobConcurrency(lambda), vcpus: fargate ? jobVcpus(fargate, lambda) : 0 };
};

/**
 * Fails with `conflict.plan` where another plan was expected. Compared is the plan as it is before anything was found, and
 * as if nothing were there already: that is what `POST /v1/plans` shows.
 */
const assertExpected = (
  deps: PlanDeps,
  { spec }: JobRecord,
  of: Omit<Parameters<PlanDeps['plan']>[0], 'findings' | 'reused'>,
): void => {
  if (spec.expectPlan === undefined) return;
  const { hash } = deps.plan({ ...of, findings: {}, reused: new Set() });
  if (hash !== spec.expectPlan)
    throw new Failure('conflict.plan', { detail: `The hash of the plan is ${hash}, not ${spec.expectPlan}.` });
};

/** Fails with `limit.cost` where that is more than the job may cost. */
const estimateOf = async (
  { billing, usage, clock }: PlanDeps,
  job: JobRecord,
  of: {
    readonly plan: Plan;
    readonly tasks: readonly TaskRecord[];
    readonly wanted: CanonicalJob;
    readonly probes: Readonly<Record<Name, Probe>>;
  },
): Promise<Pick<Planned, 'cost' | 'containers'>> => {
  const kept = of.wanted.order.filter((name) => of.wanted.outputs[name]?.store !== false);
  const { cost, containers } = previewOf({
    plan: of.plan,
    fetches: of.tasks.flatMap(({ task }) => (task.kind === 'fetch' ? [task] : [])),
    imports: of.tasks.flatMap(({ task }) => (task.kind === 'import' ? [task] : [])),
    probes: of.probes,
    kept: new Set(kept),
    deliveries: job.spec.deliver?.length ?? 0,
    billing: billingFor(billing, job.spec),
    optimize: job.spec.optimize,
    factor: await measuredSpeed({ usage, clock }),
  });
  assertEstimate(job.spec, cost.estimate, spentOn(job, of.tasks, billing, clock.now()).actual ?? 0);
  return { cost, containers: stillPlaced(job, of.tasks, containers) };
};

/** What has been begun stays where it is: it has been billed for that. */
const stillPlaced = (
  { plan }: JobRecord,
  tasks: readonly TaskRecord[],
  containers: Planned['containers'],
): Planned['containers'] => {
  const begun = new Set(tasks.filter(({ claim }) => claim !== null).map(({ id }) => id));
  return Object.fromEntries([
    ...Object.entries(containers).filter(([id]) => !begun.has(id)),
    ...Object.entries(plan?.containers ?? {}).filter(([id]) => begun.has(id)),
  ]);
};

type Planned = Reused & {
  readonly cost: JobCost;
  readonly containers: NonNullable<NonNullable<JobRecord['plan']>['containers']>;
};

type Reused = Pick<JobRecord, 'contentKeys'> & { readonly reused: NonNullable<JobRecord['plan']>['reused'] };

/** What is there already. Asked for once: what has been begun is not thrown away in a later round. */
const reusedIn = async (
  deps: ReuseDeps,
  job: JobRecord,
  wanted: CanonicalJob,
  inputs: Readonly<Record<Name, InputState>>,
): Promise<Reused> => {
  if (job.plan) return { contentKeys: job.contentKeys, reused: job.plan.reused };
  const keys = keysOf(deps, wanted, (name) => inputs[name]?.object ?? undefined);
  return { contentKeys: keys, reused: await holdOutputs(deps, job, keys) };
};

/** The round that a plan is: planning the same again is the same round. */
const roundOf = (job: JobRecord, { hash }: Plan): number =>
  job.plan?.hash === hash ? job.plan.round : (job.plan?.round ?? 0) + 1;

/**
 * The plan with ids that its tasks can have: one that an earlier round has begun, and that is another one now, keeps its
 * id, and the new one is numbered by its round.
 */
const settled = (job: JobRecord, records: readonly TaskRecord[], plan: Plan): Plan => {
  const round = roundOf(job, plan);
  const idOf = (task: Plan['tasks'][number]): TaskId => {
    const ofThatName = records.filter(({ id }) => id === task.id || id.replace(/-\d+$/, '') === task.id);
    const same = ofThatName.find((record) => sameJson({ ...record.task, id: task.id }, task));
    if (same) return same.id;
    const isBegun = ofThatName.some(({ id, claim }) => id === task.id && claim?.attempt === job.attempt);
    return isBegun ? `${task.id}-${round}` : task.id;
  };
  const ids = new Map(plan.tasks.map((task) => [task.id, idOf(task)]));
  const renamed = (id: TaskId): TaskId => ids.get(id) ?? id;
  return {
    ...plan,
    tasks: plan.tasks.map((task) => withIds(task, renamed)),
    stages: plan.stages.map((stage) => stage.map(renamed)),
  };
};

/** A join names the tasks that make its pieces. */
const withIds = (task: Plan['tasks'][number], renamed: (id: TaskId) => TaskId): Plan['tasks'][number] => {
  const id = renamed(task.id);
  if (task.kind !== 'join') return { ...task, id };
  const made = (piece: Piece): Piece => ({ ...piece, task: renamed(piece.task) });
  return { ...task, id, picture: task.picture.map(made), sound: task.sound.map(made) };
};

/** What has succeeded, and what failed for good: a failed task is not in a round's stages again. */
const triedIn = (attempt: number, tasks: readonly TaskRecord[]): ReadonlySet<TaskId> =>
  new Set(
    tasks
      .filter(({ state, claim }) => state === 'succeeded' || (state === 'failed' && claim?.attempt === attempt))
      .map(({ id }) => id),
  );

/** The job as if its optional inputs that are missing had never been named, and what is not made for want of them. */
export const withoutMissing = (
  { spec }: Pick<JobRecord, 'spec'>,
  states: Readonly<Record<Name, InputState>>,
): { possible: CanonicalJob; skipped: Record<Name, string> } => {
  const whole = canonicalize(spec, presets);
  const gone = Object.entries(whole.inputs)
    .filter(([name, input]) => input.optional === true && states[name]?.status !== 'ready')
    .map(([name]) => name);
  if (gone.length === 0) return { possible: whole, skipped: {} };
  // Of the outputs as they are made: variants keep their numbers, and picks their choices.
  const { matrix: _matrix, ...rest } = whole.spec;
  const { inputs, outputs } = specWithout({ ...rest, outputs: whole.outputs }, new Set(gone));
  const possible: CanonicalJob = {
    ...whole,
    inputs: inputs as CanonicalJob['inputs'], // true: those of a canonical job
    outputs: outputs as CanonicalJob['outputs'],
    order: whole.order.filter((name) => Object.hasOwn(outputs, name)),
  };
  const reason = `the optional input ${gone.map((name) => `"${name}"`).join(', ')} is missing`;
  const left = Object.keys(whole.outputs).filter((name) => !Object.hasOwn(possible.outputs, name));
  return { possible, skipped: Object.fromEntries(left.map((name) => [name, reason])) };
};

const runningJob = (job: JobRecord | undefined, attempt: number): JobRecord => {
  if (job?.status === 'running' && job.attempt === attempt) return job;
  throw new Failure('conflict.state', { detail: `The job is not running attempt ${attempt}.` });
};

const probesOf = (inputs: Readonly<Record<Name, InputState>>): Record<Name, Probe> =>
  Object.fromEntries(Object.entries(inputs).flatMap(([name, { probe }]) => (probe ? [[name, probe]] : [])));

/** The job without the inputs that are not ready and without every output that reads one of them. */
export const makeable = (job: CanonicalJob, states: Readonly<Record<Name, InputState>>): CanonicalJob => {
  const lost = new Set(Object.keys(job.inputs).filter((name) => states[name]?.status !== 'ready'));
  for (const name of job.order) {
    const output = job.outputs[name];
    if (output && mentionsOf(name, output).some((mention) => lost.has(mention.name))) lost.add(name);
  }
  const kept = <T>(all: Readonly<Record<Name, T>>): Record<Name, T> =>
    Object.fromEntries(Object.entries(all).filter(([name]) => !lost.has(name)));
  const order = job.order.filter((name) => !lost.has(name));
  return { ...job, inputs: kept(job.inputs), outputs: kept(job.outputs), order };
};

const findingsOf = (tasks: readonly TaskRecord[]): Record<TaskId, Finding> =>
  Object.fromEntries(tasks.flatMap(({ id, result }) => (result?.finding ? [[id, result.finding]] : [])));

const withPlan = (
  job: JobRecord,
  { hash, complete, stages, skipped, warnings }: Plan,
  { contentKeys, reused, cost, containers }: Planned,
): JobRecord =>
  job.plan?.hash === hash
    ? job
    : {
        ...job,
        plan: {
          ...{ hash, round: (job.plan?.round ?? 0) + 1, complete, stages, skipped, warnings, reused },
          ...(job.plan?.uncut && { uncut: job.plan.uncut }),
          ...(Object.keys(containers).length > 0 && { containers }),
        },
        contentKeys,
        cost,
      };
