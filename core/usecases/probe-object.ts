import type { PinnedObject } from '../job/pinned-object.ts';
import type { Looked } from '../ports/prober.ts';
import { lookInto } from './look-into.ts';
import type { RunTaskDeps } from './task-run.ts';

/**
 * What is known of a stored file, without a job. Fails with the same `input.*` as a job that reads it would: what is
 * refused there is refused here. Whether it is what was announced is not asked.
 */
export const probeObject = async (
  deps: Pick<RunTaskDeps, 'objects' | 'media' | 'workspace' | 'limits'>,
  { key, etag, bytes }: PinnedObject,
  signal?: AbortSignal,
): Promise<Looked> => {
  const { probe, indexed } = await lookInto(deps, { key, etag, bytes }, { signal });
  return { probe, index: indexed?.index ?? null };
};
