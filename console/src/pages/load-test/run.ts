/** Many jobs of test pictures, some at a time, and how long each took. It goes on while one looks elsewhere. */
import { signal } from '@preact/signals';
import { api, messageOf } from '../../app/api.ts';
import { isLive, type JobSummary, listJobs, submitJob } from '../../app/jobs.ts';
import { pause } from '../../app/live.ts';

export interface Settings {
  readonly jobs: number;
  readonly megabytes: number;
  readonly concurrent: number;
}

export interface Run {
  readonly id: string;
  readonly settings: Settings;
  readonly startedAt: number;
  /** Null while it goes on. */
  readonly endedAt: number | null;
  readonly jobs: readonly JobSummary[];
  readonly error: string | undefined;
}

export const limits = { jobs: 200, concurrent: 20, megabytes: [1, 5, 10, 20] } as const;
const label = 'load-test';

/** Of the chart at 1280x720, as core/inputs/test.ts makes it: measured. */
const megabytesPerSecond = 1.77;
const everyMs = 1000;

export const run = signal<Run | undefined>(undefined);
let stop = new AbortController();

const change = (values: Partial<Run>): void => {
  if (run.value) run.value = { ...run.value, ...values };
};

const jobFor = (id: string, { megabytes }: Settings): object => ({
  name: `Load test, ${megabytes} MB`,
  labels: { [label]: id },
  reuse: false, // all of them are alike
  inputs: { video: { test: { seconds: Number((megabytes / megabytesPerSecond).toFixed(2)), size: '1280x720' } } },
  outputs: { mp4: 'mp4-fast' },
});

const readJobs = async (id: string): Promise<void> => {
  const { items } = await listJobs({ [`label.${label}`]: id, limit: String(limits.jobs) });
  change({ jobs: items.toReversed() });
};

const liveJobs = (): readonly JobSummary[] => (run.value?.jobs ?? []).filter(isLive);

/** Keeps `concurrent` jobs under way until all have ended. */
const drive = async (id: string, settings: Settings, ended: AbortSignal): Promise<void> => {
  for (let sent = 0; !ended.aborted && (sent < settings.jobs || liveJobs().length > 0); ) {
    const room = Math.min(settings.jobs - sent, settings.concurrent - liveJobs().length);
    await Promise.all(Array.from({ length: Math.max(0, room) }, () => submitJob(jobFor(id, settings))));
    sent += Math.max(0, room);
    await readJobs(id);
    await pause(everyMs, ended);
    await readJobs(id);
  }
};

export const start = async (settings: Settings): Promise<void> => {
  const id = Date.now().toString(36);
  stop = new AbortController();
  run.value = { id, settings, startedAt: Date.now(), endedAt: null, jobs: [], error: undefined };
  try {
    await drive(id, settings, stop.signal);
  } catch (error) {
    change({ error: messageOf(error) });
  }
  change({ endedAt: Date.now() });
};

/** No further job is sent, and those under way are canceled. */
export const stopRun = async (): Promise<void> => {
  stop.abort();
  const id = run.value?.id;
  if (id === undefined) return;
  await readJobs(id);
  await Promise.allSettled(liveJobs().map((job) => api.json('POST', `/v1/jobs/${job.id}/cancel`, { body: {} })));
  await readJobs(id);
};

/** Removes what it made. */
export const removeJobs = async (): Promise<void> => {
  const jobs = (run.value?.jobs ?? []).filter((job) => !isLive(job));
  for (const job of jobs) await api.json('DELETE', `/v1/jobs/${job.id}`);
  run.value = undefined;
};
