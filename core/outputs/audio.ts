import { Failure } from '../failures.ts';
import { audioCodecArguments, audioFileArguments, codecName, soundShape } from '../ffmpeg/codecs.ts';
import type { Find, Recipe, Source, Window } from '../ffmpeg/recipe.ts';
import type { OutputOf } from '../job/outputs.ts';
import { audioEncoding } from '../presets/audio.ts';
import { defineOutput } from './define-output.ts';
import { mixOf } from './layers.ts';
import { normalized } from './normalize.ts';
import { predictAudio, predictProbe } from './predict.ts';
import { mixedSound, type Sound, soundOf } from './sound.ts';
import { windowOf } from './window.ts';

type Wanted = Parameters<typeof mixedSound>[1];

const plainSound = (source: Source, window: Window, output: OutputOf<'audio'>, wanted: Wanted): Sound => {
  if (!source.audio) throw new Failure('input.no_audio_stream', { detail: `"${source.name}" has no sound.` });
  // Asking for a bitrate asks for an encode.
  const asked = typeof output.encode === 'object' && output.encode.bitrate !== undefined;
  return soundOf(source.audio, window, { ...wanted, copyBelow: asked ? 0 : undefined });
};

/** Measured as it will be mixed: sound on one side only is 3 dB quieter in a single channel. */
const loudnessOf = (
  { normalize }: OutputOf<'audio'>,
  wanted: Wanted,
  { source, window, find }: { source: Source; window: Window; find: Find },
) =>
  normalize && source.audio
    ? normalized(normalize, { source, window, find, ...soundShape(source.audio, wanted) })
    : { filters: [], warnings: [] };

export const audio = defineOutput({
  type: 'audio',
  summary: 'The sound alone; copied where the source has the codec already.',
  examples: [
    { title: 'An mp3', output: { type: 'audio', encode: 'mp3' } },
    { title: 'Opus for speech', output: { type: 'audio', encode: { preset: 'opus', bitrate: 32_000, channels: 1 } } },
    { title: 'Lossless', output: { type: 'audio', encode: 'flac' } },
    { title: 'At the loudness of broadcasts', output: { type: 'audio', encode: 'm4a', normalize: true } },
    { title: 'At that of most podcasts', output: { type: 'audio', encode: 'mp3', normalize: { lufs: -16 } } },
  ],
  unsupported: (output) => {
    return output.normalize && output.audio?.length
      ? 'layers of sound are not normalized yet: make them first, and normalize the result'
      : undefined;
  },
  plan: ({ name, output, source, sourceOf, find }): Recipe => {
    const window = windowOf(source, {});
    const encoding = audioEncoding(output.encode);
    const wanted = {
      codec: encoding.codec,
      arguments: audioCodecArguments(encoding.codec, { bitrate: encoding.bitrate }),
      channels: encoding.channels,
      sampleRate: encoding.sampleRate,
    };
    const mix = output.audio?.length
      ? mixOf(output.audio, { source, from: output.from, window, tempo: 1, sourceOf }, undefined)
      : undefined;
    const loudness = loudnessOf(output, wanted, { source, window, find });
    const sound = mix
      ? mixedSound(mix, wanted)
      : plainSound(source, window, output, { ...wanted, filters: loudness.filters });
    const seconds =
      mix?.seconds ?? (window.trimmed ? window.seconds : (source.audio?.durationSeconds ?? window.seconds));
    const codec = codecName[encoding.codec];
    return {
      kind: 'branch',
      output: name,
      source,
      window,
      sound: sound.branch,
      encode: [...sound.arguments, '-vn', ...audioFileArguments(encoding)],
      file: `${name}.${encoding.extension}`,
      contentType: encoding.contentType,
      expects: {
        video: null,
        audio: { codec, channels: sound.channels },
        ...(seconds === null ? {} : { durationSeconds: seconds }),
      },
      produces: predictProbe({
        container: encoding.muxer,
        seconds,
        audio: predictAudio({ ...sound, index: 0, codec, seconds }),
      }),
      warnings: [...loudness.warnings, ...(sound.copied ? ['sound is stream-copied'] : [])],
    };
  },
});
