/** Jobs, and what can be done with them. */
import type { JobStatus } from '#core/job/state.ts';
import type { JobSummary, JobView } from '#core/job/view.ts';
import { confirm } from '../ui/confirm.tsx';
import { api, idempotencyKey, type Page } from './api.ts';
import { go, jobPath } from './routes.ts';
import { attempt } from './toasts.ts';

export type { JobStatus, JobSummary, JobView };
export type OutputView = JobView['outputs'][string];
export type FileView = OutputView['files'][number];

export const statuses: readonly JobStatus[] = [
  'waiting',
  'queued',
  'running',
  'succeeded',
  'partial',
  'failed',
  'canceled',
  'expired',
];

export const isLive = ({ status }: { readonly status: JobStatus }): boolean =>
  status === 'waiting' || status === 'queued' || status === 'running';

type Named = Pick<JobSummary, 'name' | 'template'> & { readonly outputs: Readonly<Record<string, unknown>> };

/** What a job is called where nobody gave it a name. */
export const titleOf = ({ name, template, outputs }: Named): string =>
  name ?? template ?? Object.keys(outputs).slice(0, 3).join(', ');

export const listJobs = (query: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Page<JobSummary>> =>
  api.json('GET', `/v1/jobs?${new URLSearchParams(query).toString()}`, { signal });

export const readJob = (id: string, query = '', signal?: AbortSignal): Promise<JobView> =>
  api.json('GET', `/v1/jobs/${id}${query}`, { signal });

export const submitJob = (job: unknown): Promise<JobView> =>
  api.json('POST', '/v1/jobs', { body: job, headers: idempotencyKey() });

export const cancelJob = (id: string): Promise<boolean> =>
  attempt(() => api.json('POST', `/v1/jobs/${id}/cancel`, { body: {} }), 'The job is canceled.');

/** Makes a new job of what failed, and goes there. */
export const retryJob = (id: string): Promise<boolean> =>
  attempt(async () => {
    const made = await api.json<JobView>('POST', `/v1/jobs/${id}/retry`, { body: {}, headers: idempotencyKey() });
    go(jobPath(made.id));
  }, 'A new job makes what is missing.');

/** Asks first. Resolves to whether it is gone. */
export const deleteJob = async (job: Named & { readonly id: string }): Promise<boolean> => {
  const sure = await confirm({
    title: `Delete “${titleOf(job)}”?`,
    text: 'Its files are removed with it. This cannot be undone.',
    action: 'Delete',
  });
  return sure && (await attempt(() => api.json('DELETE', `/v1/jobs/${job.id}`), 'The job and its files are gone.'));
};
