/** What every output with a picture does to its source first: standard dynamic range, square pixels, edits. */
import { applyEdits } from '../edits/index.ts';
import { Failure } from '../failures.ts';
import { rateText } from '../ffmpeg/numbers.ts';
import type { Find, Link, PictureBranch, Source, Window } from '../ffmpeg/recipe.ts';
import { type Dimensions, resize } from '../ffmpeg/size.ts';
import { toSdr, toSquarePixels } from '../ffmpeg/upright.ts';
import type { Edit } from '../job/edits.ts';
import type { Size } from '../job/outputs.ts';
import type { Name } from '../job/values.ts';
import type { Rational, VideoStream } from '../media/probe.ts';

export const videoOf = (source: Source): VideoStream => {
  if (source.video) return source.video;
  const without = source.sequence?.clips.find((clip) => !clip.source.video)?.source ?? source;
  throw new Failure('input.no_video_stream', { detail: `"${without.name}" has no picture.` });
};

/** A picture that moves: a film of a single picture is more often a mistake than a wish. */
export const filmOf = (source: Source): VideoStream => {
  const video = videoOf(source);
  if (!source.probe.container.endsWith('_pipe')) return video;
  throw new Failure('input.no_video_stream', { detail: `"${source.name}" is a single picture, not a video.` });
};

/** A picture, and what its edits ask of the rest of the output. */
export type EditedPicture = PictureBranch & {
  /** Audio filters; sound with any cannot be copied. */
  readonly sound: readonly string[];
  /** How much faster the output is: its seconds are those of the window divided by this. */
  readonly tempo: number;
  /** How many pictures of the source its edits look at on each side. */
  readonly memory: number;
};

export const pictureBranch = (
  source: Source,
  options: {
    edit?: readonly Edit[];
    size?: Size;
    window: Window;
    /** A constant rate. It comes early: `fps` behind an overlay loses the last picture, and fewer pictures are less work. */
    rate?: Rational;
    /** The first picture stands from the very start, also where the source shows it later. */
    fromZero?: boolean;
    finish: readonly string[];
    sourceOf: (name: Name) => Source;
    find: Find;
  },
): EditedPicture => {
  const video = videoOf(source);
  const displayed: Dimensions = { width: video.width, height: video.height };
  const { first, links, frame, sound, tempo, memory } = applyEdits(options.edit ?? [], {
    ...options,
    source,
    frame: displayed,
  });
  const straight: Link[] = links.length === 0 ? [] : toSquarePixels(video);
  const rate = options.rate ? [`fps=${rateText(options.rate)}${options.fromZero ? ':start_time=0' : ''}`] : [];
  return {
    index: video.index,
    edits: [...first, ...rate, ...toSdr(video), ...straight, ...links],
    resize: resize(frame, options.size),
    finish: ['setsar=1', ...options.finish],
    sound,
    tempo,
    memory,
  };
};
