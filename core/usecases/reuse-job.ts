import type { CanonicalJob } from '../job/canonical.ts';
import type { PinnedObject } from '../job/pinned-object.ts';
import { reusedOutput } from '../job/progress.ts';
import type { InputState, JobRecord, OutputState } from '../job/state.ts';
import type { Name } from '../job/values.ts';
import { type Clock, instant } from '../ports/clock.ts';
import { type PinDeps, pinInput } from './pin-input.ts';
import { holdOutputs, keysOf, type ReuseDeps } from './reuse-outputs.ts';

export type ReuseJobDeps = Omit<ReuseDeps, 'objects'> & PinDeps & { readonly clock: Clock };

/**
 * A new job as one that has ended already, where everything that it asks for was made before and is still there; nothing
 * runs then. Undefined where something is to be done: then the job takes its ordinary way, which reuses what it can.
 */
export const reusedJob = async (
  deps: ReuseJobDeps,
  job: JobRecord,
  canonical: CanonicalJob,
): Promise<JobRecord | undefined> => {
  const isSimple = job.status === 'queued' && job.drop === null && (job.spec.deliver ?? []).length === 0;
  if (!isSimple || job.retryOf !== null || job.spec.reuse === false) return undefined;
  const objects = await pinned(deps, job, canonical);
  const keys = keysOf(deps, canonical, (name) => objects[name]);
  const wanted = Object.keys(canonical.outputs).filter((name) => canonical.outputs[name]?.store !== false);
  // Most jobs are new: that is seen without holding anything.
  const found = await Promise.all(wanted.map((name) => known(deps, job.owner, keys[name])));
  if (wanted.length === 0 || found.includes(false)) return undefined;
  const reused = await holdOutputs(deps, job, keys);
  const outputs: Record<Name, OutputState> = {};
  for (const name of Object.keys(canonical.outputs)) {
    const made = reused[name];
    if (made) outputs[name] = reusedOutput(made);
    else if (wanted.includes(name)) return undefined;
    else outputs[name] = { ...reusedOutput({ files: [], attestation: null, warnings: [] }), store: false };
  }
  const now = instant(deps.clock.now());
  const inputs = Object.fromEntries(Object.keys(canonical.inputs).map((name) => [name, ready(objects[name])]));
  return { ...job, status: 'succeeded', inputs, outputs, contentKeys: keys, startedAt: now, endedAt: now };
};

const known = async ({ made }: ReuseJobDeps, owner: string, key: string | undefined): Promise<boolean> =>
  key !== undefined && (await made.get(owner, key)) !== undefined;

/** What the inputs name of what is stored. Those that are there are seen again when the job is planned. */
const pinned = async (
  deps: ReuseJobDeps,
  job: JobRecord,
  { inputs }: CanonicalJob,
): Promise<Record<Name, PinnedObject>> =>
  Object.fromEntries(
    (
      await Promise.all(
        Object.entries(inputs).map(async ([name, input]) => {
          const object = await pinInput(deps, job, name, input).catch(() => undefined);
          return object ? [[name, object] as const] : [];
        }),
      )
    ).flat(),
  );

const ready = (object: PinnedObject | undefined): InputState => ({
  status: 'ready',
  object: object ?? null,
  sha256: object?.sha256 ?? null,
  probe: null,
});
