import type { EventBus } from '#core/ports/event-bus.ts';
import type { Log } from '#core/ports/log.ts';

/** Where there is no bus, its events are lines of the log: a job that asks for one runs everywhere. */
export const logEventBus = (log: Log): EventBus => ({
  put: async ({ id, type, data }) =>
    log.info('event', { event: id, type, jobId: data.job.id, status: data.job.status }),
});
