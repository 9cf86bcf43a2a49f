/** Looks into a stored file without a job, on behalf of `POST /v1/probe` and `POST /v1/plans`. */
import * as z from 'zod';
import type { PinnedObject } from '../job/pinned-object.ts';
import { Probe } from '../media/probe.ts';
import { SourceIndex } from '../media/source-index.ts';

export const Looked = z.strictObject({
  probe: Probe,
  /** Of a file that is worth cutting: enough for a plan, without its rows. */
  index: SourceIndex.omit({ rows: true }).nullable(),
});
export type Looked = z.output<typeof Looked>;

export interface Prober {
  /**
   * What is known of the object. Fails with `input.not_found`, `input.changed`, `input.not_media` or `input.corrupt` where
   * the file is to blame, with a retryable `platform.*` where the worker is.
   */
  look(object: PinnedObject): Promise<Looked>;
}
