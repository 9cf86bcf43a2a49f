/** The edits that this build can plan, and how a list of them is applied. A test compares the list with the folder. */
import type { Link, Source } from '../ffmpeg/recipe.ts';
import type { Dimensions } from '../ffmpeg/size.ts';
import { type Edit, type EditKind, editKinds } from '../job/edits.ts';
import type { Name } from '../job/values.ts';
import { overlay } from './overlay.ts';

export const editDefinitions = [overlay] as const;

export const editKind = (edit: Edit): EditKind => {
  const kind = editKinds.find((key) => key in edit);
  if (!kind) throw new TypeError('an edit has one of the kinds as a key: the schema guarantees it');
  return kind;
};

export const canEdit = (kind: EditKind): boolean => editDefinitions.some((definition) => definition.kind === kind);

/** The filters of all edits in their order, and the size of the picture after them. */
export const applyEdits = (
  edits: readonly Edit[],
  options: { frame: Dimensions; seconds: number | null; sourceOf: (name: Name) => Source },
): { links: Link[]; frame: Dimensions } => {
  const links: Link[] = [];
  let { frame } = options;
  for (const edit of edits) {
    if (!('overlay' in edit)) throw new TypeError(`${editKind(edit)} has no plan: assertSupported lets none through`);
    const step = overlay.plan({ ...options, frame, edit: edit.overlay });
    links.push(...step.links);
    frame = step.frame;
  }
  return { links, frame };
};
