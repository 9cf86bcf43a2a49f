/** The shape of an input kind: one file of this folder each. */
import type { InputKind, InputObject } from '../job/inputs.ts';
import type { PinnedObject } from '../job/pinned-object.ts';
import type { FetchTask, TaskId } from '../job/plan.ts';
import type { Name } from '../job/values.ts';

/** The input object of one kind, as in `InputOf<'upload'>`. */
export type InputOf<K extends InputKind> = K extends K ? Extract<InputObject, Record<K, unknown>> : never;

export interface FetchOptions<K extends InputKind> {
  readonly name: Name;
  readonly input: InputOf<K>;
  /** There for kinds whose bytes are stored already. */
  readonly object?: PinnedObject;
  /** The import task that brings the bytes, there for kinds with `elsewhere`. */
  readonly imported?: TaskId;
}

export type InputDefinition<K extends InputKind = InputKind> = {
  readonly kind: K;
  readonly summary: string;
  /** Inputs in their long form; each is planned and fetched by the tests. */
  readonly examples: readonly InputOf<K>[];
  /** The task that brings the input into reach of FFmpeg. */
  readonly fetch: (options: FetchOptions<K>) => FetchTask;
  /**
   * For kinds whose bytes lie elsewhere: what of the input says where, without how it is read. Inputs for which it is
   * equal are brought into the library once. Undefined where FFmpeg makes the bytes itself.
   */
  readonly elsewhere?: (input: InputOf<K>) => InputOf<K> | undefined;
};

export const defineInput = <K extends InputKind>(definition: InputDefinition<K>): InputDefinition<K> => definition;

/** The id of the task that fetches an input. */
export const fetchTaskId = (name: Name): string => `input-${name}`;

/** The id of the task that imports what the input with this name, and perhaps others, is read from. */
export const importTaskId = (name: Name): string => `import-${name}`;

/** Fetching reads headers and copies bytes; it decodes next to nothing. */
export const fetchLimits = { wallSeconds: 840, cpuSeconds: 600, memoryBytes: 2 ** 31, outputBytes: 20 * 2 ** 30 };
