/** The shape of an edit: one file of this folder each. */
import type { Find, Link, Source, Window } from '../ffmpeg/recipe.ts';
import type { Dimensions } from '../ffmpeg/size.ts';
import type { Edit, EditKind } from '../job/edits.ts';
import type { Name } from '../job/values.ts';

export type EditOf<K extends EditKind> = K extends K ? Extract<Edit, Record<K, unknown>>[K] : never;

export type EditContext<K extends EditKind = EditKind> = {
  readonly edit: EditOf<K>;
  /** The picture as it arrives: upright, square pixels, after the edits before this one. */
  readonly frame: Dimensions;
  /** True where an edit before this one has cropped or turned the picture. */
  readonly moved: boolean;
  /** How long the picture is as it arrives, after the speed edits before this one; null where it is not known. */
  readonly seconds: number | null;
  /**
   * Speed is changed before all else, so filters count the seconds of the output: this turns a second of the picture as
   * it arrives into one of the output. The two differ where speed edits follow.
   */
  readonly inOutput: (second: number) => number;
  /** How many times faster than the source: the picture as it arrives, and the whole output. */
  readonly tempo: { readonly before: number; readonly whole: number };
  /** What is edited, and the part of it. */
  readonly source: Source;
  readonly window: Window;
  readonly sourceOf: (name: Name) => Source;
  readonly find: Find;
};

/** What an edit does; what is left out stays as it is. */
export type EditStep = {
  /** On the picture, in the output's time. */
  readonly links?: readonly Link[];
  /** On the picture as it was recorded, before any other edit. */
  readonly first?: readonly Link[];
  /** How many pictures of the source it looks at on each side of the one that it makes. */
  readonly memory?: number;
  /** The size of the picture afterwards, where the edit crops or turns it. */
  readonly frame?: Dimensions;
  /** Audio filters, in the output's time. */
  readonly sound?: readonly string[];
  /** Times faster. `applyEdits` makes the filters, because speed comes first. */
  readonly tempo?: number;
};

export type EditDefinition<K extends EditKind = EditKind> = {
  readonly kind: K;
  readonly summary: string;
  readonly examples: readonly { readonly title: string; readonly edit: EditOf<K> }[];
  /** Pure. Fails with `spec.invalid` or `input.no_video_stream` where the edit does not suit the picture. */
  readonly plan: (context: EditContext<K>) => EditStep;
};

export const defineEdit = <K extends EditKind>(definition: EditDefinition<K>): EditDefinition<K> => definition;
