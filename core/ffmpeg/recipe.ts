/** What an output kind answers: how it is made, in parts that the planner can put together into few processes. */
import type { Document as TextDocument } from '../job/documents.ts';
import type { FileName } from '../job/file-name.ts';
import type { Analysis, FindingOf } from '../job/findings.ts';
import type { Asset, Command, MakeTask } from '../job/plan.ts';
import type { Expectation, TaskSeries, TaskWrite } from '../job/task-write.ts';
import type { Recognition } from '../job/recognition.ts';
import type { Name } from '../job/values.ts';
import type { AudioStream, Probe, Rational, VideoStream } from '../media/probe.ts';
import type { Cuts } from './segments.ts';
import type { Resize } from './size.ts';

/** What an output is made from: a fetched input, another output of the same job, or a sequence of them. */
export type Source = {
  /** For people; of a sequence, the names of its clips. */
  readonly name: string;
  /** Of a sequence: the file that it is made into for whatever cannot read its clips one by one. */
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
  /** True where the job wants a part of the file, even if only its end is cut off. */
  readonly cut?: boolean;
  /** Branches read the clips themselves. */
  readonly sequence?: Sequence;
  /** Files of ours that were made to be joined by copying; `from` is the first of them. */
  readonly joined?: readonly JoinedPart[];
  /** Of a slice of a file: the seconds that its times are ahead of those of the output. They are kept as they are. */
  readonly aheadSeconds?: number;
  /** Of its decoder; where it is left out FFmpeg chooses. */
  readonly threads?: number;
};

/** One clip of a sequence. */
export type Clip = {
  /** A file. */
  readonly source: Source;
  readonly window: Window;
  readonly seconds: number;
  /** How it follows the clip before it; undefined for a cut. Both show at once for so many seconds. */
  readonly blend?: { readonly type: 'fade' | 'dissolve'; readonly seconds: number };
};

/** Clips one after another, made alike. */
export type Sequence = {
  readonly clips: readonly Clip[];
  /** Undefined where a clip has no picture: then it is a sequence of sounds. */
  readonly shape?: {
    readonly width: number;
    readonly height: number;
    readonly fit: 'cover' | 'pad' | 'blur' | 'stretch';
    readonly rate: Rational;
  };
};

export type JoinedPart = {
  readonly from: Source['from'];
  readonly seconds: number;
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

/**
 * What is there to be found in a source. Where it has not been looked for yet this throws, and the planner plans the
 * output again when it has: `plan` must not catch it.
 */
export type Find = <A extends Analysis>(wanted: {
  readonly analysis: A;
  readonly source: Source;
  readonly window: Window;
}) => FindingOf<A['kind']>;

/** What a filter reads by name from the folder: what ships with the deployment, or a text of ours. */
export type Prop =
  | { readonly asset: Asset }
  | {
      readonly suffix: '.txt' | '.ass';
      readonly document: TextDocument;
      /** What the document is made of: its `from` is replaced by this source's name in the folder. */
      readonly source?: Source;
    };

/** One link of a filter chain: a filter, a filter with what it reads, or a picture that is laid over the chain. */
export type Link =
  | string
  /** `{0}`, `{1}`, … in the filter stand for the names that the props get. */
  | { readonly filter: string; readonly props: readonly Prop[] }
  | {
      readonly overlay: Source;
      /** Read again from its start when it ends, for as long as the process runs. */
      readonly loop?: boolean;
      /** Filters for the picture that is laid over. */
      readonly prepare: readonly string[];
      /** The options of the `overlay` filter. */
      readonly place: string;
    };

export type PictureBranch = {
  /** The stream index in the source. */
  readonly index: number;
  /** Set where the stream is sound, which the first of the edits draws. */
  readonly drawnFrom?: 'sound';
  /** Before scaling. */
  readonly edits: readonly Link[];
  readonly resize: Resize;
  /** After scaling: frame rate and pixel format. */
  readonly finish: readonly string[];
};

export type SoundBranch = {
  readonly index: number;
  readonly filters: readonly string[];
  /** What is heard instead of the track; the filters come after it. */
  readonly mix?: Mix;
};

/** One of the sounds that are heard together. Times are seconds of the output. */
export type MixLayer = {
  /** Undefined: the branch's own source and window. */
  readonly source?: Source;
  readonly window?: Window;
  /** What it is heard of. */
  readonly audio: AudioStream;
  /** Before all else. */
  readonly filters: readonly string[];
  readonly gain: number;
  readonly start: number;
  /** Where it ends by itself; null where it is repeated, or nobody knows. */
  readonly end: number | null;
  readonly loop: boolean;
  /** The index of the layer that this one gives way to. */
  readonly duckUnder?: number;
  readonly fade: { readonly in: number; readonly out: number };
};

export type Mix = { readonly layers: readonly MixLayer[]; readonly seconds: number };

/** How a branch is made in pieces that are encoded apart and are one file, or one stream, afterwards. */
export type Cut = {
  /** Pictures per second. Constant: pieces are cut at the numbers of pictures. */
  readonly rate: Rational;
  /** Each piece starts at a multiple of so many pictures. */
  readonly every: number;
  /** How many times faster than the source it is. */
  readonly tempo: number;
  /** How many pictures of the source its filters look at on each side of the one that they make. */
  readonly memory: number;
  /** What encodes the picture and the sound of pieces; undefined where there is none, or where segments are written. */
  readonly picture?: readonly string[];
  readonly sound?: readonly string[];
  /** Pieces that are segments of this rendition: they need no joining. */
  readonly segments?: { readonly id: string; readonly cuts: Cuts; readonly encode: readonly string[] };
};

/** One output of an FFmpeg process. Branches of the same source and window can share one decode. */
export type Branch = {
  readonly kind: 'branch';
  readonly output: Name;
  readonly source: Source;
  readonly window: Window;
  readonly picture?: PictureBranch;
  /** True where the picture is copied as it is; there is no `picture` then. */
  readonly copiesPicture?: boolean;
  readonly sound?: SoundBranch;
  /** Codec and muxer arguments; the file argument comes after them. */
  readonly encode: readonly string[];
  /** Files that the muxer counts by itself, such as segments; `file` is then what it writes beside them. */
  readonly series?: Omit<TaskSeries, 'output'>;
  /** False where `file` is of use in the folder only. */
  readonly publish?: boolean;
  /** Set where a single picture is wanted: which one, in seconds of the window, or the most typical one. */
  readonly still?: number | 'best';
  readonly file: string;
  readonly contentType: string;
  readonly expects: Expectation;
  readonly join?: Join;
  /** Undefined: nobody would want it in pieces. A sentence: why it cannot be made so. */
  readonly cut?: Cut | string;
};

/**
 * Another way to the same output: each clip is made alike on its own, and all are joined by copying. It pays where other
 * outputs, or this one, use a clip again.
 */
export type Join = {
  /** One for each clip. Their names are the planner's; `file` is a suffix. */
  readonly parts: readonly Branch[];
  /** Reads the parts: track 0 is the picture, track 1 the sound where the parts have one. */
  readonly whole: Branch;
};

/** Several files of one process that are one output: the renditions of a stream, a picture and its description. */
export type Bundle = {
  readonly kind: 'bundle';
  readonly output: Name;
  readonly source: Source;
  readonly window: Window;
  /** All of this source and window; their `output` is the bundle's. The first file written is the one people open. */
  readonly branches: readonly Branch[];
  /** Made after the process; they come before the branches' files. */
  readonly documents: readonly Omit<TaskWrite, 'output'>[];
  /** True where its files are not named after the output: no two such bundles share a folder. */
  readonly commonNames?: boolean;
};

/** An output that needs processes of its own. `commands` read the source as `in0`, further sources as `in1`, … */
export type Solo = {
  readonly kind: 'solo';
  readonly output: Name;
  readonly source: Source;
  readonly further?: readonly Source[];
  readonly props?: readonly Prop[];
  readonly commands: readonly Command[];
  /** The first one is what people open. */
  readonly writes: readonly Omit<TaskWrite, 'output'>[];
  readonly series?: readonly Omit<TaskSeries, 'output'>[];
};

/** An output that needs no FFmpeg: a text that is made of the source (`in0`), or the source's own bytes. */
export type Document = {
  readonly kind: 'document';
  readonly output: Name;
  readonly source: Source;
  /** Undefined: a byte-for-byte copy. A text that the planner knows reads nothing. */
  readonly document?: TextDocument;
  readonly file: string;
  readonly contentType: string;
};

/** An output that a service makes of what it sees or hears, out of files that FFmpeg makes for it. */
export type Recognised = {
  readonly kind: 'recognised';
  readonly output: Name;
  readonly source: Source;
  /** What makes those files. Its `output` is no output of the job: those that look at the same have the same. */
  readonly of: Branch;
  /** In the order of their times. */
  readonly files: readonly FileName[];
  readonly recognition: Recognition;
  readonly file: string;
  readonly contentType: string;
};

/** An output that does not apply to its source. */
export type Skip = { readonly kind: 'skip'; readonly output: Name; readonly reason: string };

export type Recipe = (Branch | Bundle | Solo | Document | Recognised | Skip) & {
  /** The file that outputs which are made from this one read; the first one where it is left out. */
  readonly main?: FileName;
  /** What the result will be, for outputs that are made from it. */
  readonly produces?: Probe;
  readonly warnings?: readonly string[];
};
