/** The input kinds that this build can fetch. A test compares this list with the folder. */
import { type InputKind, type InputObject, inputKind } from '../job/inputs.ts';
import type { FetchTask, PinnedObject } from '../job/plan.ts';
import type { Name } from '../job/values.ts';
import type { InputDefinition } from './define-input.ts';
import { job } from './job.ts';
import { test } from './test.ts';
import { upload } from './upload.ts';

// Widened to any kind: a definition is only ever called with inputs of its own kind, which `kind` tells.
export const inputDefinitions = [upload, test, job] as unknown as readonly InputDefinition[];

const byKind = new Map<InputKind, InputDefinition>(inputDefinitions.map((definition) => [definition.kind, definition]));

export const canFetch = (kind: InputKind): boolean => byKind.has(kind);

/** The task that fetches one input. The kind has passed `assertSupported`. */
export const fetchTaskFor = (name: Name, input: InputObject, object?: PinnedObject): FetchTask => {
  const definition = byKind.get(inputKind(input));
  if (!definition) throw new TypeError(`no input kind fetches "${name}": assertSupported lets none through`);
  return definition.fetch({ name, input, object });
};
