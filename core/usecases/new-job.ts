/** The record of a new job, made and checked before anything is stored. */
import { Failure, type FieldError } from '../failures.ts';
import { type CanonicalJob, canonicalize } from '../job/canonical.ts';
import type { Drop } from '../job/drop.ts';
import { withSeed } from '../job/expand.ts';
import type { InputObject } from '../job/inputs.ts';
import { assertVariants, variantsOf } from '../job/matrix.ts';
import type { JobSpec } from '../job/spec.ts';
import type { JobRecord, ResolvedJob } from '../job/state.ts';
import { assertSupported, type Recognises } from '../planner/supported.ts';
import { type Clock, instant } from '../ports/clock.ts';
import type { JobStore } from '../ports/job-store.ts';
import { presets } from '../presets/index.ts';
import type { Limits } from './limits.ts';
import { type PinDeps, pinInput } from './pin-input.ts';

/**
 * The job in canonical form. Fails with `spec.*`: nothing that passes here is refused later for its form. `limits` and
 * what it `recognises` are the deployment's.
 */
export const acceptJob = (
  spec: JobSpec,
  { limits, recognises }: { readonly limits?: Pick<Limits, 'maxVariants'>; readonly recognises?: Recognises } = {},
): CanonicalJob => {
  const job = canonicalize(spec, presets);
  assertVariants(variantsOf(spec.matrix, spec.limits?.maxVariants).length, limits?.maxVariants);
  assertSupported(job, recognises);
  return job;
};

/** Fails with `input.not_found`, naming every input that is missing, another owner's, or not complete, and not optional. */
export const assertInputs = async (
  deps: PinDeps,
  owner: string,
  inputs: Readonly<Record<string, InputObject>>,
): Promise<void> => {
  const errors: FieldError[] = [];
  for (const [name, input] of Object.entries(inputs)) {
    if (input.optional) continue;
    try {
      await pinInput(deps, { owner, awaits: null }, name, input);
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'input.not_found') throw error;
      errors.push({ pointer: `/inputs/${name}`, code: error.code, message: error.message });
    }
  }
  const [first] = errors;
  if (first) throw new Failure('input.not_found', { detail: first.message, errors });
};

/** A record at version 1 that nobody has stored yet. */
export const newJob = (
  deps: { clock: Clock; limits: Pick<Limits, 'jobSeconds'> },
  job: ResolvedJob & {
    readonly id: string;
    readonly owner: string;
    readonly retryOf?: string;
    readonly drop?: Drop;
    /** The upload that it waits for; it is `queued` at once without one. */
    readonly awaits?: string;
  },
): JobRecord => {
  const now = deps.clock.now();
  return {
    id: job.id,
    owner: job.owner,
    version: 1,
    status: job.awaits === undefined ? 'queued' : 'waiting',
    attempt: 0,
    interruptions: 0,
    spec: withSeed(job.spec, job.id),
    template: job.template,
    templateVersion: job.templateVersion,
    retryOf: job.retryOf ?? null,
    awaits: job.awaits ?? null,
    drop: job.drop ?? null,
    plan: null,
    contentKeys: {},
    inputs: {},
    outputs: {},
    deliveries: [],
    timings: {},
    error: null,
    cost: null,
    createdAt: instant(now),
    updatedAt: instant(now),
    queuedAt: null,
    startedAt: null,
    endedAt: null,
    deadlineAt: deadlineFrom(deps, job.spec, now),
  };
};

/** When a job that is queued at `now` (milliseconds) is ended from outside. */
export const deadlineFrom = ({ limits }: { limits: Pick<Limits, 'jobSeconds'> }, spec: JobSpec, now: number): string =>
  instant(now + (spec.limits?.maxSeconds ?? limits.jobSeconds) * 1000);

/**
 * Stores a new job. A job of the same owner that has the id already is taken for this one: an earlier call stored it
 * and was cut off before it could answer.
 */
export const storeJob = async ({ jobs }: { jobs: JobStore }, job: JobRecord): Promise<JobRecord> => {
  try {
    await jobs.create(job);
    return job;
  } catch (error) {
    const stored = await jobs.get(job.id);
    if (stored?.owner === job.owner) return stored;
    throw error;
  }
};
