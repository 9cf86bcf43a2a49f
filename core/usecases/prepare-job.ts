import { Failure, hasCode } from '../failures.ts';
import { inputTasks, type PinnedInput } from '../inputs/index.ts';
import { canonicalize } from '../job/canonical.ts';
import type { InputObject, SpeechProvider } from '../job/inputs.ts';
import type { JobRecord } from '../job/state.ts';
import type { Name } from '../job/values.ts';
import { type Clock, instant } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { executionOf } from '../ports/workflow.ts';
import { presets } from '../presets/index.ts';
import { type PinDeps, pinInput } from './pin-input.ts';
import { queueEarly, type QueueNoticesDeps } from './queue-notices.ts';
import { updateJob } from './update-job.ts';

export type PrepareDeps = PinDeps &
  QueueNoticesDeps & {
    clock: Clock;
    log: Log;
    /** Who speaks where a job does not say. */
    speechProvider: SpeechProvider;
    /** The servers, as `host:port`, that files may be delivered to by http. */
    privateHosts: readonly string[];
  };

export interface Prepared {
  readonly imports: readonly string[];
  readonly tasks: readonly string[];
  /** True where what is made is to be delivered. */
  readonly deliver: boolean;
}

/**
 * Sets the job `running` and saves a task that imports each distinct source and one that fetches each input; answers with
 * those that have not succeeded yet. Safe to repeat within an attempt. Fails with `conflict.state` when the job has ended
 * or another attempt is the present one, and with `input.not_found` and `input.forbidden_host`.
 */
export const prepareJob = async (
  deps: PrepareDeps,
  { jobId, attempt }: { jobId: string; attempt: number },
): Promise<Prepared> => {
  const job = await updateJob(deps, jobId, (stored) => running(stored, attempt, instant(deps.clock.now())));
  await queueEarly(deps, job);
  assertDeliverable(deps, job);
  const { inputs } = canonicalize(job.spec, presets);
  const pinned = await Promise.all(
    Object.entries(inputs).map(([name, input]) => pinnedInput(deps, job, name, withProvider(deps, input))),
  );
  const { imports, fetches } = inputTasks(pinned);
  await deps.jobs.saveTasks(jobId, [...imports, ...fetches]);
  const saved = await deps.jobs.tasks(jobId);
  const done = new Set(saved.filter(({ state }) => state === 'succeeded').map(({ id }) => id));
  const open = (tasks: readonly { id: string }[]): string[] => tasks.map(({ id }) => id).filter((id) => !done.has(id));
  return { imports: open(imports), tasks: open(fetches), deliver: (job.spec.deliver ?? []).length > 0 };
};

/** What could only fail in the end is told before anything is made. */
const assertDeliverable = ({ privateHosts }: PrepareDeps, { spec }: JobRecord): void => {
  for (const { to } of spec.deliver ?? []) {
    const [, host = ''] = /^http:\/\/([^/?#]*)/.exec(to) ?? [undefined, undefined];
    if (!to.startsWith('http:') || privateHosts.includes(/:\d+$/.test(host) ? host : `${host}:80`)) continue;
    throw new Failure('input.forbidden_host', {
      detail: `Nothing is delivered to ${host} by http: it is not one of the private servers of this deployment. Use https.`,
    });
  }
};

const withProvider = ({ speechProvider }: PrepareDeps, input: InputObject): InputObject =>
  'speech' in input ? { ...input, speech: { provider: speechProvider, ...input.speech } } : input;

const pinnedInput = async (deps: PrepareDeps, job: JobRecord, name: Name, input: InputObject): Promise<PinnedInput> => {
  try {
    return { name, input, object: await pinInput(deps, job, name, input) };
  } catch (error) {
    if (input.optional && hasCode(error, 'input.not_found')) return { name, input, missing: error.message };
    throw error;
  }
};

const running = (job: JobRecord, attempt: number, now: string): JobRecord => {
  if (job.status === 'running' && job.attempt === attempt) return job;
  const isNext = job.status === 'queued' && executionOf(job).attempt === attempt;
  if (!isNext)
    throw new Failure('conflict.state', { detail: `The job is ${job.status}, not waiting for attempt ${attempt}.` });
  return { ...job, status: 'running', attempt, startedAt: job.startedAt ?? now };
};
