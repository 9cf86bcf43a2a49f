/** How the sound of an output is made: copied where it is right already, else encoded. */
import { codecName, soundShape } from '../ffmpeg/codecs.ts';
import { mixRate } from '../ffmpeg/sequence.ts';
import type { Mix, SoundBranch, Window } from '../ffmpeg/recipe.ts';
import type { AudioCodec } from '../job/encode.ts';
import type { AudioStream } from '../media/probe.ts';

export type Sound = {
  readonly branch: SoundBranch;
  readonly arguments: readonly string[];
  readonly copied: boolean;
  readonly channels: number;
  readonly sampleRate: number;
};

/**
 * Gaps and late starts are filled with silence, so that sound stays in step in containers that know no edit lists.
 */
const inStep = 'aresample=async=1:first_pts=0';

/** True where the stream may go into the output unchanged: nothing is cut, and codec and channels are as wanted. */
const mayCopy = (
  audio: AudioStream,
  window: Window,
  wanted: { codec: AudioCodec; channels?: number; sampleRate?: number },
): boolean =>
  !window.trimmed &&
  audio.codec === codecName[wanted.codec] &&
  audio.channels >= 1 &&
  audio.channels <= (wanted.channels ?? 2) &&
  (wanted.sampleRate === undefined || wanted.sampleRate === audio.sampleRate);

export const soundOf = (
  audio: AudioStream,
  window: Window,
  wanted: {
    codec: AudioCodec;
    /** What edits do to it; a copy cannot be filtered. */
    filters?: readonly string[];
    /** What encodes it, where it is not copied. */
    arguments: readonly string[];
    channels?: number;
    sampleRate?: number;
    /** Bits per second above which a copy would miss what was asked for. */
    copyBelow?: number;
  },
): Sound => {
  const small = wanted.copyBelow === undefined || (audio.bitrate !== null && audio.bitrate <= wanted.copyBelow);
  const filters = wanted.filters ?? [];
  if (filters.length === 0 && small && mayCopy(audio, window, wanted)) {
    const { channels, sampleRate } = audio;
    return {
      branch: { index: audio.index, filters: [] },
      arguments: ['-c:a', 'copy'],
      copied: true,
      channels,
      sampleRate,
    };
  }
  const shape = soundShape(audio, wanted);
  return {
    branch: { index: audio.index, filters: [inStep, ...filters] },
    arguments: [...wanted.arguments, ...shape.arguments],
    copied: false,
    channels: shape.channels,
    sampleRate: shape.sampleRate,
  };
};

/** Layers of sound: always encoded, from stereo at 48 kHz. */
export const mixedSound = (
  mix: Mix,
  wanted: {
    codec: AudioCodec;
    /** The track that layers without a source of their own read. */
    index?: number;
    /** What edits do to all of it. */
    filters?: readonly string[];
    arguments: readonly string[];
    channels?: number;
    sampleRate?: number;
  },
): Sound => {
  const shape = soundShape({ channels: 2, sampleRate: mixRate }, wanted);
  return {
    branch: { index: wanted.index ?? 0, filters: wanted.filters ?? [], mix },
    arguments: [...wanted.arguments, ...shape.arguments],
    copied: false,
    channels: shape.channels,
    sampleRate: shape.sampleRate,
  };
};
