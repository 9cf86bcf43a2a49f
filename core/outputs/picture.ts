/** What every output with a picture does to its source first: standard dynamic range, square pixels, edits. */
import { applyEdits } from '../edits/index.ts';
import { Failure } from '../failures.ts';
import type { Link, PictureBranch, Source } from '../ffmpeg/recipe.ts';
import { type Dimensions, resize } from '../ffmpeg/size.ts';
import type { Edit } from '../job/edits.ts';
import type { Size } from '../job/outputs.ts';
import type { Name } from '../job/values.ts';
import type { Rational, VideoStream } from '../media/probe.ts';
import { rateText } from './window.ts';

export const videoOf = (source: Source): VideoStream => {
  if (source.video) return source.video;
  throw new Failure('input.no_video_stream', { detail: `"${source.name}" has no picture.` });
};

/** A picture that moves: a film of a single picture is more often a mistake than a wish. */
export const filmOf = (source: Source): VideoStream => {
  const video = videoOf(source);
  if (!source.probe.container.endsWith('_pipe')) return video;
  throw new Failure('input.no_video_stream', { detail: `"${source.name}" is a single picture, not a video.` });
};

const transferName = { pq: 'smpte2084', hlg: 'arib-std-b67' } as const;

/**
 * HDR is mapped to SDR, because 8-bit BT.709 players show PQ and HLG washed out. The curve is Hable's; the white of
 * 100 cd/m² is BT.1886's. What the file says of itself is passed on, as some decoders leave it out of the frames.
 */
const toSdr = (video: VideoStream): string[] => {
  if (video.transfer === 'sdr') return [];
  return [
    `zscale=tin=${transferName[video.transfer]}:pin=bt2020:min=bt2020nc:t=linear:npl=100`,
    'format=gbrpf32le',
    'zscale=p=bt709',
    'tonemap=tonemap=hable:desat=0',
    'zscale=t=bt709:m=bt709:r=tv',
    'format=yuv420p',
  ];
};

/** Edits are placed in pixels as a viewer sees them, so oblong pixels are made square before the first edit. */
const toSquarePixels = (video: VideoStream): string[] =>
  video.sampleAspectRatio.num === video.sampleAspectRatio.den
    ? []
    : [`scale=${video.width}:${video.height}`, 'setsar=1'];

export const pictureBranch = (
  source: Source,
  options: {
    edit?: readonly Edit[];
    size?: Size;
    seconds: number | null;
    /** A constant rate. It comes first: `fps` behind an overlay loses the last picture, and fewer pictures are less work. */
    rate?: Rational;
    finish: readonly string[];
    sourceOf: (name: Name) => Source;
  },
): PictureBranch => {
  const video = videoOf(source);
  const displayed: Dimensions = { width: video.width, height: video.height };
  const edited = applyEdits(options.edit ?? [], { ...options, frame: displayed });
  const straight: Link[] = edited.links.length === 0 ? [] : toSquarePixels(video);
  return {
    index: video.index,
    edits: [...(options.rate ? [`fps=${rateText(options.rate)}`] : []), ...toSdr(video), ...straight, ...edited.links],
    resize: resize(edited.frame, options.size),
    finish: ['setsar=1', ...options.finish],
  };
};
