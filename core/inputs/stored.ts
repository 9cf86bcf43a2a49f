/** Inputs whose bytes lie in the object store, or will when their import has ended: the object is pinned and probed. */
import { Failure } from '../failures.ts';
import type { PinnedObject } from '../job/pinned-object.ts';
import type { FetchTask, TaskId } from '../job/plan.ts';
import type { Name } from '../job/values.ts';
import { fetchLimits, fetchTaskId } from './define-input.ts';

export const fetchStored = ({ name, object }: { name: Name; object?: PinnedObject }): FetchTask => {
  if (!object) throw new Failure('input.not_found', { detail: `The input "${name}" has no stored object.` });
  return { kind: 'fetch', id: fetchTaskId(name), input: name, object, limits: fetchLimits };
};

/** Of kinds with `elsewhere`. */
export const fetchImported = ({ name, imported }: { name: Name; imported?: TaskId }): FetchTask => {
  if (imported === undefined) throw new TypeError(`nothing imports "${name}": inputTasks makes a task for each source`);
  return { kind: 'fetch', id: fetchTaskId(name), input: name, imported, limits: fetchLimits };
};

/** An optional input that does not exist. The task fails with the reason, as that of any input that cannot be fetched. */
export const fetchNothing = (name: Name, missing: string): FetchTask => ({
  kind: 'fetch',
  id: fetchTaskId(name),
  input: name,
  missing,
  limits: fetchLimits,
});
