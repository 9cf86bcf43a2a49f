/** What an output kind answers: how it is made, in parts that the planner can put together into few processes. */
import type { Command, Expectation, MakeTask } from '../job/plan.ts';
import type { Name } from '../job/values.ts';
import type { AudioStream, Probe, VideoStream } from '../media/probe.ts';
import type { Resize } from './size.ts';

/** What an output is made from: a fetched input, or another output of the same job. */
export type Source = {
  readonly name: Name;
  readonly from: MakeTask['reads'][number]['from'];
  /** Of an output that is not made yet, what it will be. */
  readonly probe: Probe;
  /** The tracks that were chosen; undefined where there is none. */
  readonly video: VideoStream | undefined;
  readonly audio: AudioStream | undefined;
  /** Seconds into the file at which the clip starts. */
  readonly start: number;
  /** Seconds of the clip; null where the container does not tell. */
  readonly seconds: number | null;
};

/** The part of a source that an output covers. */
export type Window = {
  /** Seconds into the file. */
  readonly start: number;
  /** Null: to the end, wherever that is. */
  readonly seconds: number | null;
  /** False where it is the whole file, so that streams may be copied. */
  readonly trimmed: boolean;
};

/** One link of a filter chain: a filter, or a picture that is laid over the chain. */
export type Link =
  | string
  | {
      readonly overlay: Source;
      /** Filters for the picture that is laid over. */
      readonly prepare: readonly string[];
      /** The options of the `overlay` filter. */
      readonly place: string;
    };

export type PictureBranch = {
  /** The stream index in the source. */
  readonly index: number;
  /** Before scaling. */
  readonly edits: readonly Link[];
  readonly resize: Resize;
  /** After scaling: frame rate and pixel format. */
  readonly finish: readonly string[];
};

export type SoundBranch = {
  readonly index: number;
  readonly filters: readonly string[];
};

/** One output of an FFmpeg process. Branches of the same source and window can share one decode. */
export type Branch = {
  readonly kind: 'branch';
  readonly output: Name;
  readonly source: Source;
  readonly window: Window;
  readonly picture?: PictureBranch;
  readonly sound?: SoundBranch;
  /** Codec and muxer arguments; the file argument comes after them. */
  readonly encode: readonly string[];
  /** Set where a single picture is wanted: which one, in seconds of the window, or the most typical one. */
  readonly still?: number | 'best';
  readonly file: string;
  readonly contentType: string;
  readonly expects: Expectation;
};

/** An output that needs processes of its own. `commands` read the source as `in0`. */
export type Solo = {
  readonly kind: 'solo';
  readonly output: Name;
  readonly source: Source;
  readonly commands: readonly Command[];
  readonly file: string;
  readonly contentType: string;
  readonly expects: Expectation;
};

/** An output that needs no FFmpeg: a text that the planner knows, or the source's own bytes. */
export type Document = {
  readonly kind: 'document';
  readonly output: Name;
  readonly source: Source;
  /** Undefined: a byte-for-byte copy. */
  readonly text?: string;
  readonly file: string;
  readonly contentType: string;
};

/** An output that does not apply to its source. */
export type Skip = { readonly kind: 'skip'; readonly output: Name; readonly reason: string };

export type Recipe = (Branch | Solo | Document | Skip) & {
  /** What the result will be, for outputs that are made from it. */
  readonly produces?: Probe;
  readonly warnings?: readonly string[];
};
