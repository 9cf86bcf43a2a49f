import type { CanonicalJob } from '../job/canonical.ts';
import { variantsOf } from '../job/matrix.ts';
import { inputTasks } from '../inputs/index.ts';
import type { Plan } from '../job/plan.ts';
import type { PlanView } from '../job/plan-view.ts';
import type { JobRequest, JobSpec } from '../job/spec.ts';
import type { InputState } from '../job/state.ts';
import type { Name } from '../job/values.ts';
import { type Billing, billingFor } from '../planner/price.ts';
import { type Preview, previewOf } from '../planner/preview.ts';
import type { Recognises } from '../planner/supported.ts';
import type { Clock } from '../ports/clock.ts';
import type { UsageStore } from '../ports/usage-store.ts';
import { type KnownDeps, type KnownInput, knownInputs } from './known-inputs.ts';
import type { Limits } from './limits.ts';
import { acceptJob } from './new-job.ts';
import { makeable, type PlanDeps, withoutMissing } from './plan-job.ts';
import { measuredSpeed } from './measured-speed.ts';
import { type ResolveDeps, resolveJob } from './resolve-job.ts';

export type PreviewDeps = KnownDeps & {
  planner: () => Promise<PlanDeps['plan']>;
  billing: Billing;
  usage: UsageStore;
  clock: Clock;
  limits: Pick<Limits, 'maxVariants'>;
  recognises?: Recognises;
};

export type Previewed = Preview & {
  readonly plan: Plan;
  readonly known: Readonly<Record<Name, KnownInput>>;
  readonly unknown: ReadonlySet<Name>;
  readonly job: CanonicalJob;
};

const stateOf = (status: InputState['status'], known: KnownInput): InputState => ({
  status,
  object: known.status === 'known' ? known.object : null,
  sha256: null,
  probe: 'probe' in known ? known.probe : null,
});

/** A plan does not read them. */
const noRows = { key: '', bytes: 0 };

const mapped = <T, U>(record: Readonly<Record<Name, T>>, change: (value: T) => U): Record<Name, U> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));

/**
 * The plan of a job that would run now, as far as its inputs are known. Nothing is stored, begun or changed. Fails with
 * `spec.*` and `input.*` like the job itself.
 */
export const previewJob = async (deps: PreviewDeps, owner: string, spec: JobSpec): Promise<Previewed> => {
  const whole = acceptJob(spec, deps);
  const known = await knownInputs(deps, owner, whole.inputs);
  const isHere = (input: KnownInput): boolean => 'probe' in input;
  const { possible, skipped } = withoutMissing(
    { spec: whole.spec },
    mapped(known, (input) => stateOf(input.status === 'missing' ? 'failed' : 'ready', input)),
  );
  const wanted = makeable(
    possible,
    mapped(known, (input) => stateOf(isHere(input) ? 'ready' : 'waiting', input)),
  );
  const probes = Object.fromEntries(
    Object.entries(known).flatMap(([name, input]) => ('probe' in input ? [[name, input.probe] as const] : [])),
  );
  const indexes = Object.fromEntries(
    Object.entries(known).flatMap(([name, input]) =>
      input.status === 'known' && input.index ? [[name, { ...input.index, rows: noRows }] as const] : [],
    ),
  );
  const planned = await deps.planner();
  const made = planned({ job: wanted, probes, indexes, findings: {}, reused: new Set() });
  const plan = { ...made, skipped: { ...skipped, ...made.skipped } };
  const { imports, fetches } = inputTasks(
    Object.entries(whole.inputs).map(([name, input]) => {
      const here = known[name];
      return {
        name,
        input,
        object: here?.status === 'known' && !('url' in input) && !('s3' in input) ? here.object : undefined,
        missing: here?.status === 'missing' ? here.note : undefined,
      };
    }),
  );
  const kept = new Set(wanted.order.filter((name) => wanted.outputs[name]?.store !== false));
  const preview = previewOf({
    plan,
    fetches,
    imports,
    probes,
    kept,
    deliveries: spec.deliver?.length ?? 0,
    billing: billingFor(deps.billing, spec),
    optimize: spec.optimize,
    factor: await measuredSpeed(deps),
  });
  const unknown = new Set(possible.order.filter((name) => !wanted.order.includes(name)));
  return { ...preview, plan, known, unknown, job: whole };
};

/** Null where another run would make another plan: it must be the same for `expectPlan`. */
const hashOf = ({ plan, known, job }: Previewed): string | null => {
  const isKnown = Object.values(known).every(({ status }) => status === 'known' || status === 'missing');
  const isChosen =
    job.spec.seed !== undefined || Object.values(job.picks).every((picks) => Object.keys(picks).length === 0);
  return isKnown && isChosen ? plan.hash : null;
};

const outputView = ({ plan, unknown }: Previewed, name: Name): PlanView['outputs'][string] => {
  const reason = plan.skipped[name];
  if (reason !== undefined) return { status: 'skipped', reason };
  if (unknown.has(name)) return { status: 'unknown', reason: 'It needs an input that nobody knows yet.' };
  const isMade = plan.tasks.some(
    (task) =>
      (task.kind === 'make' && [...task.writes, ...(task.series ?? [])].some(({ output }) => output === name)) ||
      ((task.kind === 'join' || task.kind === 'recognise') && task.write.output === name),
  );
  return isMade || plan.complete
    ? { status: 'planned', reason: null }
    : { status: 'later', reason: 'It waits for what is found in its source.' };
};

/** What is worth knowing before, in plain words. */
const warningsOf = (previewed: Previewed): string[] => {
  const { plan, known, job } = previewed;
  const portrait = Object.entries(known).flatMap(([name, input]) => {
    const video = 'probe' in input ? input.probe.video[0] : undefined;
    return video && video.height > video.width ? [`${name}: portrait: renditions are counted by the short side`] : [];
  });
  const notes = Object.entries(known).flatMap(([name, input]) =>
    'probe' in input ? input.probe.notes.map((note) => `${name}: ${note}`) : [],
  );
  const picks = Object.keys(job.picks).length > 0 && job.spec.seed === undefined;
  return [
    ...portrait,
    ...notes,
    ...plan.warnings,
    ...previewed.warnings,
    ...(picks ? ['picks are chosen anew for each job: set `seed` to keep them'] : []),
  ];
};

/** Shows what would be done, and what that takes. Fails like the job itself would. */
export const showPlan = async (
  deps: PreviewDeps & ResolveDeps,
  { owner, request }: { owner: string; request: JobRequest },
): Promise<PlanView> => {
  const { spec } = await resolveJob(deps, owner, request);
  const previewed = await previewJob(deps, owner, spec);
  const { plan, known, job, cost, predicted, tasks, stages } = previewed;
  return {
    hash: hashOf(previewed),
    complete: plan.complete && previewed.unknown.size === 0,
    variants: Math.max(1, variantsOf(spec.matrix, spec.limits?.maxVariants).length),
    inputs: mapped(known, (input) => ({
      status: input.status,
      probe: 'probe' in input ? input.probe : null,
      note: 'note' in input ? input.note : null,
    })),
    outputs: Object.fromEntries(Object.keys(job.outputs).map((name) => [name, outputView(previewed, name)])),
    tasks: [...tasks],
    stages: stages.map((stage) => [...stage]),
    predicted,
    cost: {
      currency: 'USD',
      estimate: cost.estimate ?? 0,
      onAws: cost.onAws,
      pricesAsOf: cost.pricesAsOf,
      items: cost.items,
    },
    warnings: [...new Set(warningsOf(previewed))],
  };
};
