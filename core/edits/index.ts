/** The edits that this build can plan, and how a list of them is applied. A test compares the list with the folder. */
import { Failure } from '../failures.ts';
import type { Link } from '../ffmpeg/recipe.ts';
import type { Dimensions } from '../ffmpeg/size.ts';
import { type Edit, type EditKind, editKinds } from '../job/edits.ts';
import type { EditContext, EditDefinition, EditStep } from './define-edit.ts';
import { captions } from './captions.ts';
import { crop } from './crop.ts';
import { deinterlace } from './deinterlace.ts';
import { fade } from './fade.ts';
import { overlay } from './overlay.ts';
import { rotate } from './rotate.ts';
import { fasterPicture, fasterSound, speed } from './speed.ts';
import { text } from './text.ts';

// Widened to any kind: a definition is only ever called with edits of its own kind, which the key tells.
export const editDefinitions = [
  overlay,
  text,
  captions,
  crop,
  rotate,
  speed,
  fade,
  deinterlace,
] as unknown as readonly EditDefinition[];

const byKind = new Map<EditKind, EditDefinition>(editDefinitions.map((definition) => [definition.kind, definition]));

const editKind = (edit: Edit): EditKind => {
  const kind = editKinds.find((key) => key in edit);
  if (!kind) throw new TypeError('an edit has one of the kinds as a key: the schema guarantees it');
  return kind;
};

/** How much faster all the edits together make it. Fails with `spec.invalid` outside of what one edit may do. */
const tempoOf = (edits: readonly Edit[]): number => {
  const tempo = edits.reduce((product, edit) => product * ('speed' in edit ? edit.speed : 1), 1);
  if (tempo >= 0.25 && tempo <= 4) return tempo;
  throw new Failure('spec.invalid', { detail: `All "speed" edits together make ${tempo}; 0.25 to 4 are possible.` });
};

export type Edited = {
  /** Before the frame rate is made constant. */
  readonly first: readonly Link[];
  readonly links: readonly Link[];
  /** The size of the picture after all edits. */
  readonly frame: Dimensions;
  /** Audio filters; sound with any cannot be copied. */
  readonly sound: readonly string[];
  /** How much faster the output is: its seconds are those of the window divided by this. */
  readonly tempo: number;
  /** How many pictures of the source the edits look at on each side. */
  readonly memory: number;
};

/**
 * All edits in their order. Each sees the picture as the ones before it leave it: its size, and its seconds after the
 * speed edits before it.
 */
export const applyEdits = (
  edits: readonly Edit[],
  options: Omit<EditContext, 'edit' | 'moved' | 'seconds' | 'inOutput' | 'tempo'>,
): Edited => {
  const tempo = tempoOf(edits);
  const steps: EditStep[] = [];
  let { frame } = options;
  let before = 1;
  for (const edit of edits) {
    const kind = editKind(edit);
    const definition = byKind.get(kind);
    if (!definition) throw new TypeError(`${kind} has no plan: a test makes sure that every kind has one`);
    const { seconds } = options.window;
    const after = tempo / before;
    const step = definition.plan({
      ...options,
      frame,
      moved: steps.some((earlier) => earlier.frame),
      tempo: { before, whole: tempo },
      seconds: seconds === null ? null : seconds / before,
      inOutput: (second) => second / after,
      edit: (edit as Record<EditKind, EditContext['edit']>)[kind], // true: the key is the kind
    });
    steps.push(step);
    frame = step.frame ?? frame;
    before *= step.tempo ?? 1;
  }
  return {
    first: [...steps.flatMap(({ first = [] }) => first), ...fasterPicture(tempo)],
    links: steps.flatMap(({ links = [] }) => links),
    frame,
    sound: [...fasterSound(tempo), ...steps.flatMap(({ sound = [] }) => sound)],
    tempo,
    memory: Math.max(0, ...steps.map(({ memory = 0 }) => memory)),
  };
};
