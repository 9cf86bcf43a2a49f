/**
 * What belongs together in the log: everything that a request, a dropped file or a sweep sets off, the tasks of a job
 * that it starts included, however much later they run. X-Ray does that on AWS.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { traceIdOf } from '#functions/api/trace-parent.ts';

const traces = new AsyncLocalStorage<string>();

/** Does the work under the trace of `traceparent`, or under a new one. */
export const traced = <T>(work: () => T, traceparent?: string): T =>
  traces.run(traceIdOf(traceparent) ?? randomBytes(16).toString('hex'), work);

/** For the log. */
export const traceFields = (): Record<string, string> => {
  const traceId = traces.getStore();
  return traceId === undefined ? {} : { traceId };
};
