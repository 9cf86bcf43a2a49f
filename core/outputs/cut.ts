/** Whether an output can be made in pieces that are encoded apart, and how. */
import { soundOfPiece, pictureOfPiece } from '../ffmpeg/pieces.ts';
import type { Cut, Link, PictureBranch, Source } from '../ffmpeg/recipe.ts';
import type { Rational } from '../media/probe.ts';
import type { VideoEncoding } from '../presets/video.ts';
import type { EditedPicture } from './picture.ts';

/** Codecs whose pieces were seen to be one film afterwards. */
const exactCodecs: ReadonlySet<string> = new Set(['h264', 'hevc', 'av1']);

const moves = (link: Link): boolean => typeof link === 'object' && 'overlay' in link && link.loop === true;

/** Why a picture cannot be made in pieces, in plain words; undefined where it can. */
export const refusedCut = (source: Source, { edits }: PictureBranch): string | undefined => {
  if (source.sequence || source.joined) return 'clips that follow one another are encoded in one piece';
  return edits.some(moves) ? 'an overlay that moves is laid over the film in one piece' : undefined;
};

/** A film in one file. */
export const cutOf = (film: {
  readonly source: Source;
  readonly picture: EditedPicture;
  readonly rate: Rational | undefined;
  readonly encoding: VideoEncoding;
  /** What encodes the sound; undefined where there is none. */
  readonly sound: readonly string[] | undefined;
}): Cut | string => {
  const { source, picture, rate, encoding, sound } = film;
  const { container, videoCodec } = encoding;
  if (container !== 'mp4') return `${container} files are encoded in one piece`;
  if (!exactCodecs.has(videoCodec)) return `${videoCodec} is encoded in one piece`;
  if (!rate) return 'the source does not tell its frame rate';
  const refused = refusedCut(source, picture);
  if (refused !== undefined) return refused;
  return {
    rate,
    every: 1,
    tempo: picture.tempo,
    memory: picture.memory,
    picture: pictureOfPiece(encoding, rate),
    ...(sound && { sound: soundOfPiece(sound) }),
  };
};
