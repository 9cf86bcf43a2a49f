/** The shape of an input kind: one file of this folder each. */
import type { InputKind, InputObject } from '../job/inputs.ts';
import type { FetchTask, PinnedObject } from '../job/plan.ts';
import type { Name } from '../job/values.ts';

/** The input object of one kind, as in `InputOf<'upload'>`. */
export type InputOf<K extends InputKind> = K extends K ? Extract<InputObject, Record<K, unknown>> : never;

export type InputDefinition<K extends InputKind = InputKind> = {
  readonly kind: K;
  readonly summary: string;
  /** Inputs in their long form; each is planned and fetched by the tests. */
  readonly examples: readonly InputOf<K>[];
  /** The task that brings the input into reach. `object` is there for kinds whose bytes are stored already. */
  readonly fetch: (options: { name: Name; input: InputOf<K>; object?: PinnedObject }) => FetchTask;
};

export const defineInput = <K extends InputKind>(definition: InputDefinition<K>): InputDefinition<K> => definition;

/** The id of the task that fetches an input. */
export const fetchTaskId = (name: Name): string => `input-${name}`;

/** Fetching reads headers and copies bytes; it decodes next to nothing. */
export const fetchLimits = { wallSeconds: 840, cpuSeconds: 600, memoryBytes: 2 ** 31, outputBytes: 20 * 2 ** 30 };
