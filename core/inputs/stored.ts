/** Inputs whose bytes lie in the object store already: nothing is fetched, the object is pinned and probed. */
import { Failure } from '../failures.ts';
import type { FetchTask, PinnedObject } from '../job/plan.ts';
import type { Name } from '../job/values.ts';
import { fetchLimits, fetchTaskId } from './define-input.ts';

export const fetchStored = ({ name, object }: { name: Name; object?: PinnedObject }): FetchTask => {
  if (!object) throw new Failure('input.not_found', { detail: `The input "${name}" has no stored object.` });
  return { kind: 'fetch', id: fetchTaskId(name), input: name, object, limits: fetchLimits };
};
