import { JobRequest } from '#core/job/spec.ts';
import { isTerminal } from '#core/job/state.ts';
import { JobView } from '#core/job/view.ts';
import { awaitJob, getJob } from '#core/usecases/get-job.ts';
import { submitJob as submit } from '#core/usecases/submit-job.ts';
import { jobHeaders, jobPath, preferredWait } from '../job-answer.ts';
import { defineRoute } from '../route.ts';

export const submitJob = defineRoute({
  method: 'POST',
  path: '/v1/jobs',
  operationId: 'submitJob',
  summary: 'Submit a job, or a template with parameters; `Prefer: wait=20` waits for its end',
  auth: true,
  repeat: 'recorded',
  creates: 'job',
  request: { body: JobRequest },
  responses: {
    202: {
      description: 'The job is accepted.',
      schema: JobView,
      headers: { location: 'The job.', etag: 'Its version.' },
    },
    200: { description: 'The job ended while the request waited.', schema: JobView },
  },
  handler: async ({ owner, newId, body, headers }, deps) => {
    const { id } = await submit(deps, { id: newId, owner, request: body });
    const seconds = preferredWait(headers['prefer']);
    const job = seconds > 0 ? await awaitJob(deps, { id, owner, seconds }) : await getJob(deps, { id, owner });
    const applied: Record<string, string> = seconds > 0 ? { 'preference-applied': `wait=${seconds}` } : {};
    return {
      status: isTerminal(job.status) ? 200 : 202,
      headers: { ...jobHeaders(job), location: jobPath(id), ...applied },
      json: job,
    };
  },
});
