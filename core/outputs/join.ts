/** A film of clips that are cut together, made by copying: each clip alike on its own, then all of them joined. */
import { canJoin } from '../edits/invariant.ts';
import { codecName, containerOf, videoCodecArguments } from '../ffmpeg/codecs.ts';
import type { Branch, Clip, Find, Join, Source, Window } from '../ffmpeg/recipe.ts';
import { mixRate, picturesIn } from '../ffmpeg/sequence.ts';
import type { OutputOf } from '../job/outputs.ts';
import type { Ref } from '../job/refs.ts';
import { rationalValue } from '../media/probe.ts';
import type { VideoEncoding } from '../presets/video.ts';
import { type EditedPicture, pictureBranch } from './picture.ts';
import type { Sound } from './sound.ts';

const wholeWindow = (seconds: number): Window => ({ start: 0, seconds, trimmed: false });

/** Every part starts with a picture that needs no other, and no picture of it needs the next part. */
const closed = (encoding: VideoEncoding): string[] => {
  const words = videoCodecArguments(encoding);
  return encoding.videoCodec === 'hevc'
    ? words.map((word) => (word === 'log-level=error' ? `${word}:open-gop=0` : word))
    : [...words, '-flags', '+cgop'];
};

const partSource = (source: Source, clip: Clip): Source => {
  const { sequence, video } = source;
  if (!sequence?.shape || !video) throw new TypeError('only sequences of pictures are joined');
  const frames = picturesIn([clip], sequence.shape.rate);
  const seconds = frames / rationalValue(sequence.shape.rate);
  return {
    ...source,
    name: clip.source.name,
    seconds,
    sequence: { clips: [clip], shape: sequence.shape },
    video: { ...video, frames, durationSeconds: seconds },
  };
};

/** How the sound of the joined parts is heard: by the output's own encoder, over all of them at once. */
const needsOwnSound = ({ source }: Branch, sound: Sound | undefined): boolean =>
  source.audio !== undefined &&
  sound !== undefined &&
  (sound.branch.mix ? sound.branch.mix.layers.some((layer) => !layer.source) : true);

type Film = {
  readonly output: OutputOf<'video'>;
  readonly picture: EditedPicture;
  readonly sound: Sound | undefined;
  readonly encoding: VideoEncoding;
  readonly sourceOf: (ref: Ref) => Source;
  readonly find: Find;
};

/**
 * H.264 and HEVC only: the encoder writes the same parameter sets for every part. What looks at the time of the whole
 * (windows, fades, speed) needs it in one piece, and so does a cap on the bitrate, which is kept over a buffer.
 */
const mayJoin = ({ source, window }: Branch, { output, encoding, sourceOf }: Film): boolean =>
  source.sequence?.shape !== undefined &&
  source.sequence.clips.length > 1 &&
  source.sequence.clips.every(({ blend }, n) => n === 0 || !blend) &&
  !window.trimmed &&
  (encoding.videoCodec === 'h264' || encoding.videoCodec === 'hevc') &&
  encoding.maxBitrate === undefined &&
  (output.edit ?? []).every((edit) => canJoin(edit, sourceOf));

const partOf = (branch: Branch, film: Film, clip: Clip, withSound: boolean): Branch => {
  const { output, encoding, sourceOf, find } = film;
  const source = partSource(branch.source, clip);
  const { seconds, video } = source;
  const window = wholeWindow(seconds ?? 0);
  const picture = pictureBranch(source, {
    edit: output.edit,
    size: output.size,
    window,
    rate: video?.fps ?? undefined,
    finish: ['format=yuv420p'],
    sourceOf,
    find,
  });
  const { width, height } = picture.resize;
  return {
    kind: 'branch',
    output: branch.output,
    source,
    window,
    picture,
    ...(withSound && { sound: { index: 1, filters: [] } }),
    encode: [
      ...closed(encoding),
      ...(withSound ? ['-c:a', 'pcm_s16le', '-ac', '2', '-ar', String(mixRate)] : ['-an']),
      // Exact timestamps, which Matroska has not, and PCM, which MP4 has not.
      ...['-f', 'mov'],
    ],
    file: '.mov',
    contentType: 'video/quicktime',
    expects: {
      video: { codec: codecName[encoding.videoCodec], width, height },
      audio: withSound ? { codec: 'pcm_s16le', channels: 2 } : null,
      ...(seconds === null ? {} : { durationSeconds: seconds }),
      ...(video?.frames ? { minFrames: video.frames } : {}),
    },
  };
};

/** The same film by joining; undefined where it cannot be made so. */
export const joinOf = (branch: Branch, film: Film): Join | undefined => {
  if (!mayJoin(branch, film)) return undefined;
  const { sound, encoding } = film;
  const withSound = needsOwnSound(branch, sound);
  const container = containerOf(encoding.container);
  const tag = encoding.videoCodec === 'hevc' && container.muxer !== 'matroska' ? ['-tag:v', 'hvc1'] : [];
  const { picture: _picture, sound: _sound, ...rest } = branch;
  return {
    parts: (branch.source.sequence?.clips ?? []).map((clip) => partOf(branch, film, clip, withSound)),
    whole: {
      ...rest,
      copiesPicture: true,
      ...(sound && { sound: { ...sound.branch, index: 1 } }),
      encode: [
        ...['-c:v', 'copy', ...tag],
        ...(sound ? sound.arguments : ['-an']),
        ...container.flags,
        ...['-f', container.muxer],
      ],
    },
  };
};
