import { Failure } from '../failures.ts';
import type { DeliverTask } from '../job/plan.ts';
import type { TaskResult } from '../job/task-result.ts';
import type { JobRecord } from '../job/state.ts';
import type { Delivery } from '../ports/delivery.ts';
import { findReads } from './find-reads.ts';
import type { TaskRun } from './task-run.ts';
import type { TransferDeps } from './transfer.ts';

const file = 'file';

const deliveryTo = ({ deliveries }: TransferDeps, to: string): Delivery => {
  const scheme = /^([a-z0-9]+):/.exec(to)?.[1] ?? '';
  const delivery = Object.hasOwn(deliveries, scheme) ? deliveries[scheme] : undefined;
  if (delivery) return delivery;
  throw new Failure('spec.unsupported', { detail: `This deployment does not deliver to ${scheme}://.` });
};

/**
 * Takes one file of a job to where the job wants it. After a crash it may be taken there again: with the same key, so
 * that a target which knows keys has it once. Fails with what the `Delivery` fails with, and with what its secret does.
 */
export const runDeliverTask = async (
  deps: TransferDeps,
  job: Pick<JobRecord, 'id' | 'plan' | 'spec'>,
  { task, report, signal }: TaskRun<DeliverTask>,
): Promise<TaskResult> => {
  const delivery = deliveryTo(deps, task.to);
  const from = { output: task.output, file: task.file };
  const [read] = findReads(job, [{ file, from }], await deps.jobs.tasks(job.id));
  if (!read) throw new Failure('platform.internal', { detail: 'There is nothing to deliver.' });
  const secret = task.secret === undefined ? undefined : await deps.secrets.read(task.secret);
  return deps.workspace.use(read.bytes, async (folder) => {
    const got = await report.during('downloading', 'download', () =>
      deps.objects.download(read.object, folder.at(file), signal),
    );
    if (read.sha256 !== null && got.sha256 !== read.sha256)
      throw new Failure('platform.internal', { detail: 'An output has changed.' });
    const target = {
      to: task.to,
      secret,
      title: job.spec.name ?? job.id,
      idempotencyKey: `${job.id}/${task.delivery}/${task.output}/${task.file}`,
    };
    const made = {
      file: folder.at(file),
      bytes: read.bytes,
      contentType: read.type ?? 'application/octet-stream',
      sha256: got.sha256,
      path: task.path,
    };
    const onProgress = (bytes: number): void => report.advance(bytes / Math.max(1, read.bytes));
    const { url, id } = await report.during('uploading', 'deliver', () =>
      delivery.deliver(made, target, { onProgress, signal }),
    );
    return {
      delivered: { url, id, bytes: read.bytes },
      warnings: [],
      timings: report.timings(),
      stderrTail: '',
    };
  });
};
