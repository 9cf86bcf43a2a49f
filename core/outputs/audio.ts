import { Failure } from '../failures.ts';
import { audioCodecArguments, audioFileArguments, codecName } from '../ffmpeg/codecs.ts';
import type { Recipe } from '../ffmpeg/recipe.ts';
import { audioEncoding } from '../presets/audio.ts';
import { defineOutput } from './define-output.ts';
import { predictAudio, predictProbe } from './predict.ts';
import { soundOf } from './sound.ts';
import { windowOf } from './window.ts';

export const audio = defineOutput({
  type: 'audio',
  summary: 'The sound alone; copied where the source has the codec already.',
  examples: [
    { title: 'An mp3', output: { type: 'audio', encode: 'mp3' } },
    { title: 'Opus for speech', output: { type: 'audio', encode: { preset: 'opus', bitrate: 32_000, channels: 1 } } },
    { title: 'Lossless', output: { type: 'audio', encode: 'flac' } },
  ],
  unsupported: (output) => {
    if (output.audio) return 'layers of sound are not built yet';
    return output.normalize ? 'loudness normalization is not built yet' : undefined;
  },
  plan: ({ name, output, source }): Recipe => {
    if (!source.audio) throw new Failure('input.no_audio_stream', { detail: `"${source.name}" has no sound.` });
    const window = windowOf(source, {});
    const encoding = audioEncoding(output.encode);
    // Asking for a bitrate asks for an encode.
    const asked = typeof output.encode === 'object' && output.encode.bitrate !== undefined;
    const sound = soundOf(source.audio, window, {
      codec: encoding.codec,
      arguments: audioCodecArguments(encoding.codec, { bitrate: encoding.bitrate }),
      channels: encoding.channels,
      sampleRate: encoding.sampleRate,
      copyBelow: asked ? 0 : undefined,
    });
    const seconds = window.trimmed ? window.seconds : (source.audio.durationSeconds ?? window.seconds);
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
      warnings: sound.copied ? ['sound is stream-copied'] : [],
    };
  },
});
