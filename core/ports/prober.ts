/** Looks into a stored file without a job, on behalf of `POST /v1/probe`. */
import type { PinnedObject } from '../job/plan.ts';
import type { Probe } from '../media/probe.ts';

export interface Prober {
  /**
   * The normalised probe of the object. Fails with `input.not_found`, `input.changed`, `input.not_media` or
   * `input.corrupt` where the file is to blame, with a retryable `platform.*` where the worker is.
   */
  probe(object: PinnedObject): Promise<Probe>;
}
