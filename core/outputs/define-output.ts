/** The shape of an output kind: one file of this folder each. */
import type { OutputKind, OutputOf } from '../job/outputs.ts';
import type { Ref } from '../job/refs.ts';
import type { Name } from '../job/values.ts';
import type { Find, Recipe, Source } from '../ffmpeg/recipe.ts';

export type PlanContext<K extends OutputKind = OutputKind> = {
  readonly name: Name;
  readonly output: OutputOf<K>;
  readonly source: Source;
  /** Any other input, output or expression that the output names. */
  readonly sourceOf: (ref: Ref) => Source;
  readonly find: Find;
  /** A stable hash of a text; hexadecimal. */
  readonly hash: (text: string) => string;
};

export type OutputDefinition<K extends OutputKind = OutputKind> = {
  readonly type: K;
  readonly summary: string;
  /** Outputs in their long form; each is planned against a golden file and run through FFmpeg by the tests. */
  readonly examples: readonly { readonly title: string; readonly output: OutputOf<K> }[];
  /**
   * What of it this build cannot do, in one sentence; undefined where all is well. It is asked before the job is accepted.
   */
  readonly unsupported?: (output: OutputOf<K>) => string | undefined;
  /** Pure. Fails with `input.no_video_stream`, `input.no_audio_stream` or `spec.invalid` where the source does not suit. */
  readonly plan: (context: PlanContext<K>) => Recipe;
};

export const defineOutput = <K extends OutputKind>(definition: OutputDefinition<K>): OutputDefinition<K> => definition;
