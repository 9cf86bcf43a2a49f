/** The input kinds, and the tasks that bring the inputs of a job into reach. A test compares the list with the folder. */
import { type InputKind, type InputObject, inputKind } from '../job/inputs.ts';
import type { PinnedObject } from '../job/pinned-object.ts';
import type { FetchTask, ImportTask, TaskId } from '../job/plan.ts';
import type { Name } from '../job/values.ts';
import { color } from './color.ts';
import { importTaskId, type InputDefinition } from './define-input.ts';
import { job } from './job.ts';
import { media } from './media.ts';
import { s3 } from './s3.ts';
import { silence } from './silence.ts';
import { speech } from './speech.ts';
import { fetchNothing } from './stored.ts';
import { test } from './test.ts';
import { upload } from './upload.ts';
import { url } from './url.ts';

// Widened to any kind: a definition is only ever called with inputs of its own kind, which `kind` tells.
export const inputDefinitions = [
  upload,
  url,
  s3,
  media,
  job,
  speech,
  test,
  color,
  silence,
] as unknown as readonly InputDefinition[];

const byKind = new Map<InputKind, InputDefinition>(inputDefinitions.map((definition) => [definition.kind, definition]));

const definitionOf = (input: InputObject): InputDefinition => {
  const definition = byKind.get(inputKind(input));
  if (!definition) throw new TypeError(`no input kind fetches ${inputKind(input)}: a test makes sure that one does`);
  return definition;
};

export interface PinnedInput {
  readonly name: Name;
  readonly input: InputObject;
  /** Of kinds whose bytes are stored already. */
  readonly object?: PinnedObject | undefined;
  /** Why there is nothing to read: of an optional input. */
  readonly missing?: string | undefined;
}

export interface InputTasks {
  /** One for each distinct source: what several inputs are read from is brought in once. */
  readonly imports: readonly ImportTask[];
  /** One for each input, in their order. */
  readonly fetches: readonly FetchTask[];
}

/** The tasks that fetch the inputs, and those that must have ended before. */
export const inputTasks = (inputs: readonly PinnedInput[]): InputTasks => {
  const imports = new Map<string, ImportTask>();
  const importing = (name: Name, input: InputObject): TaskId | undefined => {
    const from = definitionOf(input).elsewhere?.(input);
    if (from === undefined) return undefined;
    const source = JSON.stringify(from);
    const task = imports.get(source) ?? { kind: 'import', id: importTaskId(name), input: name, from };
    imports.set(source, task);
    return task.id;
  };
  const fetches = inputs.map(({ name, input, object, missing }) => {
    if (missing !== undefined) return fetchNothing(name, missing);
    const imported = importing(name, input);
    return definitionOf(input).fetch({
      name,
      input,
      ...(object === undefined ? {} : { object }),
      ...(imported === undefined ? {} : { imported }),
    });
  });
  return { imports: [...imports.values()], fetches };
};
