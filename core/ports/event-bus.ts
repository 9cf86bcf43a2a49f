/** The deployment's event bus, for jobs that say `notify: [{eventBridge: true}]`. */
import type { JobEvent } from '../job/events.ts';

export interface EventBus {
  /** May deliver an event twice, with the same id. Fails with `platform.throttled` or `platform.timeout` where it may be tried again. */
  put(event: JobEvent): Promise<void>;
}
