import { Failure } from '../failures.ts';
import { type CanonicalJob, canonicalize } from '../job/canonical.ts';
import type { Finding } from '../job/findings.ts';
import type { Plan, TaskId } from '../job/plan.ts';
import { inputStates } from '../job/progress.ts';
import { mentionsOf } from '../job/references.ts';
import type { InputState, JobRecord, TaskRecord } from '../job/state.ts';
import type { Name } from '../job/values.ts';
import type { Probe } from '../media/probe.ts';
import type { Clock } from '../ports/clock.ts';
import type { JobStore } from '../ports/job-store.ts';
import { presets } from '../presets/index.ts';
import { updateJob } from './update-job.ts';

/** The most iterations of a Map state that Step Functions runs at once. */
const groupSize = 40;

export type PlanDeps = {
  jobs: JobStore;
  clock: Clock;
  /** `core/planner/plan.ts`, with this deployment's limits. */
  plan: (input: {
    job: CanonicalJob;
    probes: Readonly<Record<Name, Probe>>;
    findings: Readonly<Record<TaskId, Finding>>;
  }) => Plan;
};

/**
 * Plans what can be made of the inputs that were fetched, saves its tasks and records it in the job. The stages hold
 * the tasks that have not succeeded yet, in groups of at most 40; `again` asks to be called once more after them,
 * because outputs wait for what they will find. Safe to repeat within an attempt. Fails with
 * `conflict.state` when the job is not running this attempt, and with whatever makes planning impossible.
 */
export const planJob = async (
  deps: PlanDeps,
  { jobId, attempt }: { jobId: string; attempt: number },
): Promise<{ stages: readonly (readonly (readonly string[])[])[]; again: boolean }> => {
  const job = runningJob(await deps.jobs.get(jobId), attempt);
  const tasks = await deps.jobs.tasks(jobId);
  const inputs = inputStates(job, tasks);
  const possible = makeable(canonicalize(job.spec, presets), inputs);
  if (possible.order.length === 0) return { stages: [], again: false };
  const plan = deps.plan({ job: possible, probes: probesOf(inputs), findings: findingsOf(tasks) });
  await deps.jobs.saveTasks(jobId, plan.tasks);
  await updateJob(deps, jobId, (stored) => withPlan(runningJob(stored, attempt), plan));
  const saved = await deps.jobs.tasks(jobId);
  const done = new Set(saved.filter(({ state }) => state === 'succeeded').map(({ id }) => id));
  const open = plan.stages.map((stage) => stage.filter((id) => !done.has(id))).filter((stage) => stage.length > 0);
  // Nothing left to run and still not complete: what is missing failed, and will not be found.
  return { stages: open.map(inGroups), again: !plan.complete && open.length > 0 };
};

const runningJob = (job: JobRecord | undefined, attempt: number): JobRecord => {
  if (job?.status === 'running' && job.attempt === attempt) return job;
  throw new Failure('conflict.state', { detail: `The job is not running attempt ${attempt}.` });
};

const probesOf = (inputs: Readonly<Record<Name, InputState>>): Record<Name, Probe> =>
  Object.fromEntries(Object.entries(inputs).flatMap(([name, { probe }]) => (probe ? [[name, probe]] : [])));

/** The job without the inputs that are not ready and without every output that reads one of them. */
const makeable = (job: CanonicalJob, states: Readonly<Record<Name, InputState>>): CanonicalJob => {
  const lost = new Set(Object.keys(job.inputs).filter((name) => states[name]?.status !== 'ready'));
  for (const name of job.order) {
    const output = job.outputs[name];
    if (output && mentionsOf(name, output).some((mention) => lost.has(mention.name))) lost.add(name);
  }
  const kept = <T>(all: Readonly<Record<Name, T>>): Record<Name, T> =>
    Object.fromEntries(Object.entries(all).filter(([name]) => !lost.has(name)));
  const [inputs, outputs] = [kept(job.inputs), kept(job.outputs)];
  return {
    spec: { ...job.spec, inputs, outputs },
    inputs,
    outputs,
    order: job.order.filter((name) => !lost.has(name)),
  };
};

const findingsOf = (tasks: readonly TaskRecord[]): Record<TaskId, Finding> =>
  Object.fromEntries(tasks.flatMap(({ id, result }) => (result?.finding ? [[id, result.finding]] : [])));

const withPlan = (job: JobRecord, { hash, complete, stages, skipped, warnings }: Plan): JobRecord =>
  job.plan?.hash === hash
    ? job
    : { ...job, plan: { hash, round: (job.plan?.round ?? 0) + 1, complete, stages, skipped, warnings } };

const inGroups = (ids: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(ids.length / groupSize) }, (_, n) => ids.slice(n * groupSize, (n + 1) * groupSize));
