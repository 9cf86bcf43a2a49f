/** Which names a job mentions where, whether they exist, and in which order its outputs can be made. */
import { Failure, type FieldError } from '../failures.ts';
import type { Edit } from './edits.ts';
import type { OutputObject } from './outputs.ts';
import { namesIn, type Ref } from './refs.ts';
import type { Name } from './values.ts';

/** A name and the place that mentions it, as a JSON pointer. */
export type Mention = { readonly name: string; readonly pointer: string };

/** The output with each of its expressions replaced. The pointers count from the output. */
export const mapRefs = <T extends OutputObject>(output: T, change: (ref: Ref, pointer: string) => Ref): T => {
  const changed = { ...output };
  if (output.from !== undefined) changed.from = change(output.from, '/from');
  if ('edit' in output && output.edit) {
    const edits = output.edit.map((edit, n) => inEdit(edit, (ref, at) => change(ref, `/edit/${n}${at}`)));
    Object.assign(changed, { edit: edits });
  }
  if ('audio' in output && Array.isArray(output.audio)) {
    const layers = output.audio.map((layer, n) => ({ ...layer, from: change(layer.from, `/audio/${n}/from`) }));
    Object.assign(changed, { audio: layers });
  }
  if ('source' in output && output.source !== undefined)
    Object.assign(changed, { source: change(output.source, '/source') });
  return changed;
};

const inEdit = (edit: Edit, change: (ref: Ref, pointer: string) => Ref): Edit => {
  if ('overlay' in edit) return { overlay: { ...edit.overlay, image: change(edit.overlay.image, '/overlay/image') } };
  return 'captions' in edit
    ? { captions: { ...edit.captions, from: change(edit.captions.from, '/captions/from') } }
    : edit;
};

/** Everything that an output reads. */
export const mentionsOf = (name: Name, output: OutputObject): Mention[] => {
  const found: Mention[] = [];
  mapRefs(output, (ref, pointer) => {
    found.push(...mentions(ref, `/outputs/${name}${pointer}`));
    return ref;
  });
  return found;
};

export const mentions = (ref: Ref, pointer: string): Mention[] => namesIn(ref).map((name) => ({ name, pointer }));

/** The declared name that a misspelt one most likely means: the nearest within two edits, or one in a short name. */
export const nearest = (name: string, declared: readonly string[]): string | undefined => {
  const ranked = declared
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance);
  const allowed = name.length < 6 ? 1 : 2;
  return ranked[0] && ranked[0].distance <= allowed ? ranked[0].candidate : undefined;
};

/** Levenshtein's distance, by the row-by-row dynamic programme. Names are at most 64 characters. */
const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, n) => n);
  for (const [i, letter] of [...a].entries()) {
    const above = row;
    row = [i + 1];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (above[j - 1] ?? 0) + (letter === b[j - 1] ? 0 : 1);
      row.push(Math.min(substitution, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
  }
  return row[b.length] ?? 0;
};

const unknownMessage = (name: string, declared: readonly string[]): string => {
  const guess = nearest(name, declared);
  const known = declared.length === 0 ? 'nothing is declared' : `declared are ${declared.join(', ')}`;
  return `"${name}" is not declared${guess ? `; did you mean "${guess}"?` : `: ${known}`}`;
};

/** Fails with `spec.unknown_reference` where a mention names neither an input, an output nor an axis. */
export const assertKnown = (all: readonly Mention[], declared: readonly string[]): void => {
  const known = new Set(declared);
  const errors: FieldError[] = all
    .filter(({ name }) => !known.has(name))
    .map(({ name, pointer }) => ({
      pointer,
      code: 'spec.unknown_reference',
      message: unknownMessage(name, declared),
    }));
  const first = errors[0];
  if (first) throw new Failure('spec.unknown_reference', { detail: `${first.pointer}: ${first.message}`, errors });
};

/** The outputs, each after everything it reads. Fails with `spec.cycle`, naming the circle. */
export const inOrder = (reads: ReadonlyMap<Name, readonly string[]>): Name[] => {
  const order: Name[] = [];
  const done = new Set<Name>();
  const visit = (name: Name, path: readonly Name[]): void => {
    if (done.has(name)) return;
    if (path.includes(name)) {
      const circle = [...path.slice(path.indexOf(name)), name].join(' → ');
      throw new Failure('spec.cycle', {
        detail: `The outputs ${circle} are made from one another.`,
        errors: [{ pointer: `/outputs/${name}`, code: 'spec.cycle', message: circle }],
      });
    }
    for (const read of reads.get(name) ?? []) if (reads.has(read)) visit(read, [...path, name]);
    done.add(name);
    order.push(name);
  };
  for (const name of reads.keys()) visit(name, []);
  return order;
};
