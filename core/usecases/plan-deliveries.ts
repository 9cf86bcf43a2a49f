import { Failure } from '../failures.ts';
import { type CanonicalJob, canonicalize, outputsNamed } from '../job/canonical.ts';
import { deliveryPath } from '../job/delivery-path.ts';
import type { DeliverTask } from '../job/plan.ts';
import { madeFiles } from '../job/progress.ts';
import type { JobRecord, TaskRecord } from '../job/state.ts';
import type { Name } from '../job/values.ts';
import type { JobStore } from '../ports/job-store.ts';
import { presets } from '../presets/index.ts';
import { inGroups } from './in-groups.ts';

/**
 * Saves a task for each delivery and each finished file that it is to take; answers with those that have not succeeded
 * yet, in groups of at most 40. An intermediate output is delivered where the delivery names it. Safe to repeat within an
 * attempt. Fails with `conflict.state` when the job is not running this attempt.
 */
export const planDeliveries = async (
  { jobs }: { jobs: JobStore },
  { jobId, attempt }: { jobId: string; attempt: number },
): Promise<{ groups: readonly (readonly string[])[] }> => {
  const job = await jobs.get(jobId);
  if (job?.status !== 'running' || job.attempt !== attempt)
    throw new Failure('conflict.state', { detail: `The job is not running attempt ${attempt}.` });
  const tasks = deliverTasks(job, await jobs.tasks(jobId));
  await jobs.saveTasks(jobId, tasks);
  const saved = await jobs.tasks(jobId);
  const done = new Set(saved.filter(({ state }) => state === 'succeeded').map(({ id }) => id));
  return { groups: inGroups(tasks.map(({ id }) => id).filter((id) => !done.has(id))) };
};

/** Outputs as they are made, variants one by one. */
const wantedBy = (canonical: CanonicalJob, named: readonly Name[] | undefined): Name[] =>
  named
    ? named.flatMap((name) => outputsNamed(canonical, name))
    : canonical.order.filter((name) => canonical.outputs[name]?.store !== false);

const deliverTasks = (job: JobRecord, records: readonly TaskRecord[]): DeliverTask[] => {
  const canonical = canonicalize(job.spec, presets);
  return (job.spec.deliver ?? []).flatMap(({ to, outputs, path, secret }, delivery) => {
    const files = wantedBy(canonical, outputs).flatMap((output) => {
      const made = madeFiles(job, records, output);
      return made.map(({ name }) => ({ output, name, isOnly: made.length === 1 }));
    });
    return files.map(
      (file, n): DeliverTask => ({
        kind: 'deliver',
        id: `deliver-${delivery + 1}-${n + 1}`,
        delivery,
        to,
        ...(secret === undefined ? {} : { secret }),
        output: file.output,
        file: file.name,
        path: deliveryPath(job, {
          ...file,
          folder: path,
          path: canonical.outputs[file.output]?.path,
          variant: canonical.variants[file.output],
        }),
      }),
    );
  });
};
