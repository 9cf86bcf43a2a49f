/** Gives a job what an earlier one of the same owner made of the same. Nothing is copied: both list the same files. */
import { type ContentKeyContext, contentKeys } from '../job/content-key.ts';
import type { CanonicalJob } from '../job/canonical.ts';
import { heldBy, type MadeRecord, releasedBy } from '../job/made-record.ts';
import type { JobRecord, ReusedOutput } from '../job/state.ts';
import { ulidTime } from '../job/ulid.ts';
import type { Name } from '../job/values.ts';
import type { Clock } from '../ports/clock.ts';
import type { JobStore } from '../ports/job-store.ts';
import type { MadeStore } from '../ports/made-store.ts';
import type { ObjectStore } from '../ports/object-store.ts';

export type ReuseDeps = Pick<ContentKeyContext, 'build' | 'hash'> & {
  readonly made: MadeStore;
  readonly objects: Pick<ObjectStore, 'list'>;
};

type Of = Pick<JobRecord, 'id' | 'owner' | 'retryOf' | 'spec'>;

/** False where somebody wants it made anew: a retry, or a job that says so. */
const mayReuse = ({ retryOf, spec }: Of): boolean => retryOf === null && spec.reuse !== false;

/** The keys of the outputs whose files are kept. */
export const keysOf = (
  { build, hash }: Pick<ReuseDeps, 'build' | 'hash'>,
  job: CanonicalJob,
  objectOf: ContentKeyContext['objectOf'],
): Record<Name, string> =>
  Object.fromEntries(
    Object.entries(contentKeys(job, { objectOf, build, hash })).filter(([name]) => job.outputs[name]?.store !== false),
  );

/**
 * Holds what is there under these keys for the job, and resolves to it by output. What was made and is no longer stored
 * whole is forgotten. Holding again is fine; `releaseOutputs` ends it.
 */
export const holdOutputs = async (
  deps: ReuseDeps,
  job: Of,
  keys: Readonly<Record<Name, string>>,
): Promise<Record<Name, ReusedOutput>> => {
  if (!mayReuse(job)) return {};
  const found = await Promise.all(
    Object.entries(keys).map(async ([name, contentKey]) => {
      const made = await deps.made.change(job.owner, contentKey, (old) => heldBy(old, job.id));
      if (!made) return [];
      if (!(await isStored(deps, made))) {
        await deps.made.change(job.owner, contentKey, () => undefined);
        return [];
      }
      const { files, attestation, warnings } = made;
      return [[name, { files, attestation, warnings }] as const];
    }),
  );
  return Object.fromEntries(found.flat());
};

const folderOf = (key: string): string => key.slice(0, key.lastIndexOf('/') + 1);

/** A listing says it of a thousand files at once. */
const isStored = async ({ objects }: ReuseDeps, { files }: MadeRecord): Promise<boolean> => {
  const sizes = new Map<string, number>();
  for (const folder of new Set(files.map(({ key }) => folderOf(key))))
    for await (const { key, bytes } of objects.list(folder)) sizes.set(key, bytes);
  return files.every(({ key, bytes }) => sizes.get(key) === bytes);
};

/** Remembers what an ended job made. What was remembered first stays; without it the output is made again some day. */
export const rememberOutputs = async (deps: Pick<ReuseDeps, 'made'>, job: JobRecord): Promise<void> => {
  const { owner, id, contentKeys: keys } = job;
  await Promise.all(
    Object.entries(job.outputs).map(async ([name, { status, files, attestation, warnings, reused }]) => {
      const contentKey = keys[name];
      if (contentKey === undefined || status !== 'succeeded' || files.length === 0 || reused) return;
      const record: MadeRecord = { owner, contentKey, files, attestation, warnings, holders: [id] };
      await deps.made.change(owner, contentKey, (old) => old ?? record);
    }),
  );
};

/** A job that holds something exists by then, if it ever will. */
const bornWithinMs = 3_600_000;

/**
 * Ends the job's hold of everything that it lists, and resolves to the keys of the files that other jobs still hold. Safe
 * to repeat. Of the other holders those count that are there: one that was cut off before it was stored holds nothing.
 */
export const releaseOutputs = async (
  deps: Pick<ReuseDeps, 'made'> & { readonly jobs: Pick<JobStore, 'get'>; readonly clock: Clock },
  { id, owner, contentKeys: keys }: JobRecord,
): Promise<ReadonlySet<string>> => {
  const isGone = async (holder: string): Promise<boolean> =>
    ulidTime(holder) < deps.clock.now() - bornWithinMs && (await deps.jobs.get(holder)) === undefined;
  const kept = new Set<string>();
  for (const contentKey of new Set(Object.values(keys))) {
    const release = (gone: string): Promise<MadeRecord | undefined> =>
      deps.made.change(owner, contentKey, (old) => releasedBy(old, gone));
    let left = await release(id);
    for (const holder of left?.holders ?? []) if (await isGone(holder)) left = await release(holder);
    for (const { key } of left?.files ?? []) kept.add(key);
  }
  return kept;
};

/** Files that the job lists and that another one made. */
export const filesElsewhere = ({ outputs, plan }: JobRecord, prefixes: readonly string[]): string[] => {
  const listed = [...Object.values(outputs), ...Object.values(plan?.reused ?? {})].flatMap(({ files }) => files);
  const keys = new Set(listed.map(({ key }) => key));
  return [...keys].filter((key) => !prefixes.some((prefix) => key.startsWith(prefix)));
};
