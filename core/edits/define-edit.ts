/** The shape of an edit: one file of this folder each. */
import type { Link, Source } from '../ffmpeg/recipe.ts';
import type { Dimensions } from '../ffmpeg/size.ts';
import type { Edit, EditKind } from '../job/edits.ts';
import type { Name } from '../job/values.ts';

export type EditOf<K extends EditKind> = K extends K ? Extract<Edit, Record<K, unknown>>[K] : never;

export type EditDefinition<K extends EditKind = EditKind> = {
  readonly kind: K;
  readonly summary: string;
  readonly examples: readonly { readonly title: string; readonly edit: EditOf<K> }[];
  /** Pure. `frame` is the picture as it arrives: upright, square pixels. */
  readonly plan: (options: {
    edit: EditOf<K>;
    frame: Dimensions;
    /** Of the output's window, in seconds; null where it is not known. */
    seconds: number | null;
    sourceOf: (name: Name) => Source;
  }) => { readonly links: readonly Link[]; readonly frame: Dimensions };
};

export const defineEdit = <K extends EditKind>(definition: EditDefinition<K>): EditDefinition<K> => definition;
